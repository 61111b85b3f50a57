//! A listening port and its connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::connection::{Role, serve, stopped};
use crate::shared::Shared;

/// A port, bound and not yet served.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    pub(crate) role: Role,
    pub(crate) tls: Option<TlsAcceptor>,
}

/// A port being served. Dropped, it ends at once with every connection.
#[derive(Debug)]
pub(crate) struct Lives {
    task: JoinHandle<()>,
}

/// How long connections may take to finish what they are doing.
const LINGER: Duration = Duration::from_secs(5);

impl Listener {
    pub(crate) async fn bind(address: SocketAddr, role: Role, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        Ok(Self { socket: TcpListener::bind(address).await?, role, tls })
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves the port on the current runtime.
    pub(crate) fn start(self, shared: Arc<Shared>, stop: watch::Receiver<bool>) -> Lives {
        Lives { task: tokio::spawn(self.run(shared, stop)) }
    }

    async fn run(self, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
        // Owned by this task: when the task is aborted, so are the connections.
        let mut connections = JoinSet::new();
        loop {
            let stream = tokio::select! {
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        // Out of file descriptors, most likely; waiting is all that helps.
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
                Some(_) = connections.join_next() => continue,
                () = stopped(&mut stop) => break,
            };
            let (shared, stop, role, tls) = (shared.clone(), stop.clone(), self.role, self.tls.clone());
            connections.spawn(accept(shared, role, tls, stream, stop));
        }
        drop(self.socket);
        let finished = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(LINGER, finished).await.is_err() {
            tracing::debug!("connections were cut at shutdown");
        }
    }
}

async fn accept(
    shared: Arc<Shared>,
    role: Role,
    tls: Option<TlsAcceptor>,
    stream: TcpStream,
    stop: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    match tls {
        None => serve(shared, role, stream, stop).await,
        Some(tls) => match tokio::time::timeout(shared.header_patience, tls.accept(stream)).await {
            Ok(Ok(stream)) => serve(shared, role, stream, stop).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_) => tracing::debug!("TLS handshake not finished in time"),
        },
    }
}

impl Lives {
    /// Waits until the port is closed and its connections are done.
    pub(crate) async fn ended(&mut self) {
        if let Err(error) = (&mut self.task).await
            && error.is_panic()
        {
            tracing::error!(%error, "the server panicked");
        }
    }
}

impl Drop for Lives {
    fn drop(&mut self) {
        self.task.abort();
    }
}
