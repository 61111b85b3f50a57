//! Where the server listens, and its course from the first connection to the last.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::connection;
use super::housekeeping;
use super::settings::ServerSettings;
use super::shared::Shared;
use super::tls::{TlsError, TlsFiles};
use crate::tenant::Tenants;

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
    /// The certificate can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    shared: Arc<Shared>,
}

struct Tls(TlsAcceptor);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Server {
    /// Listens on an address, over TLS where there is a certificate. Port 0 is a free one.
    ///
    /// # Errors
    /// When the address can't be listened on, or the certificate not be used.
    pub async fn bind(
        address: SocketAddr,
        tls: Option<&TlsFiles>,
        tenants: Tenants,
        settings: ServerSettings,
    ) -> Result<Self, StartError> {
        let tls = tls.map(TlsFiles::acceptor).transpose()?.map(Tls);
        let unbound = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(unbound)?;
        let address = listener.local_addr().map_err(unbound)?;
        Ok(Self { listener, address, tls, shared: Arc::new(Shared::new(tenants, settings)) })
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
    /// ended after [`ServerSettings::shutdown_timeout`], and uploads in progress are put down in OSS, where another process
    /// can go on with them. A collection of garbage is given up wherever it is: its epoch then ends without further deletes,
    /// and the next collection, of any process, takes what it left.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, tls, shared, .. } = self;
        let mut chores = JoinSet::new();
        for tenant in shared.tenants.all() {
            chores.spawn(housekeeping::suspend_idle(tenant.clone()));
            if let Some(purging) = tenant.purging() {
                chores.spawn(housekeeping::purge(tenant.clone(), purging.clone()));
            }
            if let Some(collecting) = tenant.collecting() {
                chores.spawn(housekeeping::collect(tenant.clone(), collecting.clone()));
            }
        }
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
        for tenant in shared.tenants.all() {
            housekeeping::suspend(tenant, Duration::ZERO).await;
            tenant.blobs().tenant().close_within(limit).await;
        }
        if let Some(notifier) = &shared.settings.observers.notifier {
            notifier.close(limit).await;
        }
    }
}

/// Accepts connections, for ever.
async fn accept(listener: &TcpListener, tls: Option<&Tls>, shared: &Arc<Shared>, connections: &mut JoinSet<()>) {
    let room = Arc::new(Semaphore::new(shared.settings.connections));
    loop {
        // It is never closed.
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, address)) => {
                let (shared, tls) = (shared.clone(), tls.map(|Tls(acceptor)| acceptor.clone()));
                connections.spawn(serve(shared, stream, address, tls, permit));
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

async fn serve(
    shared: Arc<Shared>,
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
