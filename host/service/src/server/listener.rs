//! Where the server listens, and its course from the first connection to the last.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::application::Application;
use super::connection;
use super::settings::ServerSettings;
use super::shared::Shared;
use super::tls::{Tls, TlsError, TlsFiles};

/// How long to wait when the system has no room for another connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Why a server can't be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address can't be listened on.
    #[error("can't listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The socket can't be used.
    #[error("can't listen: {0}")]
    Socket(io::Error),
    /// The certificate can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Where a server listens.
#[derive(Debug)]
pub enum Listening {
    /// At an address. Port 0 is a free one.
    Address(SocketAddr),
    /// At a socket that listens already, such as one that systemd has made.
    Socket(std::net::TcpListener),
}

impl From<SocketAddr> for Listening {
    fn from(address: SocketAddr) -> Self {
        Self::Address(address)
    }
}

impl Listening {
    async fn begin(self) -> Result<TcpListener, StartError> {
        match self {
            Self::Address(address) => {
                let unbound = |source| StartError::Listen { address, source };
                TcpListener::bind(address).await.map_err(unbound)
            }
            Self::Socket(socket) => {
                socket.set_nonblocking(true).map_err(StartError::Socket)?;
                TcpListener::from_std(socket).map_err(StartError::Socket)
            }
        }
    }
}

/// A server that listens.
#[derive(Debug)]
pub struct Server<A> {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    shared: Arc<Shared<A>>,
}

impl<A: Application> Server<A> {
    /// Listens, over TLS where there is a certificate.
    ///
    /// # Errors
    /// When it can't be listened there, or the certificate not be used.
    pub async fn bind(
        listening: impl Into<Listening>,
        tls: Option<&TlsFiles>,
        application: A,
        settings: ServerSettings,
    ) -> Result<Self, StartError> {
        let tls = tls.map(TlsFiles::watch).transpose()?;
        let listener = listening.into().begin().await?;
        let address = listener.local_addr().map_err(StartError::Socket)?;
        Ok(Self { listener, address, tls, shared: Arc::new(Shared::new(application, settings)) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it speaks TLS.
    pub fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    /// Serves until `stop` ends. Then no more connections are accepted, those that are there end with their requests, or are
    /// ended after [`ServerSettings::shutdown_timeout`], and the application ends in good order.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, tls, shared, .. } = self;
        let mut chores = JoinSet::new();
        A::begin(&shared, &mut chores);
        let mut connections = JoinSet::new();
        tokio::select! {
            () = accept(&listener, tls.as_ref(), &shared, &mut connections) => {}
            () = stop => {}
        }
        drop(listener);
        shared.stopping.send_replace(true);
        let limit = shared.settings.shutdown_timeout;
        let all_ended = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(limit, all_ended).await.is_err() {
            tracing::warn!(count = connections.len(), "connections are ended that did not end in {limit:?}");
            connections.shutdown().await;
        }
        // Without their connections they end soon.
        if tokio::time::timeout(limit, shared.requests_ended()).await.is_err() {
            tracing::warn!(count = shared.requests_left(), "requests did not end in {limit:?}");
        }
        chores.shutdown().await;
        shared.application.end(limit).await;
        if let Some(notifier) = &shared.settings.observers.notifier {
            notifier.close(limit).await;
        }
    }
}

/// Accepts connections, for ever.
async fn accept<A: Application>(
    listener: &TcpListener,
    tls: Option<&Tls>,
    shared: &Arc<Shared<A>>,
    connections: &mut JoinSet<()>,
) {
    let room = Arc::new(Semaphore::new(shared.settings.connections));
    loop {
        // It is never closed.
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, address)) => {
                let acceptor = match tls {
                    Some(tls) => Some(tls.acceptor().await),
                    None => None,
                };
                connections.spawn(serve(shared.clone(), stream, address, acceptor, permit));
            }
            Err(error) => {
                // Too many open files, or a client that has gone already.
                tracing::warn!(%error, "a connection can't be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve<A: Application>(
    shared: Arc<Shared<A>>,
    stream: TcpStream,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    _permit: OwnedSemaphorePermit,
) {
    // Heads of responses are small, and a client waits for each.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays slow");
    }
    connection::serve(shared, stream, address, tls).await;
}
