//! One connection: what speaks HTTP on it, and how it ends.

use std::convert::Infallible;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::exchange::{Exchange, exchange, refuse};
use super::respond_admin;
use super::side;
use super::wire::{Flushes, Wire};
use crate::shared::Shared;

/// Which service a port has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The OSS API.
    Oss,
    /// The metadata service of an ECS instance.
    Metadata,
    /// STS.
    Sts,
    /// The emulator's own controls.
    Admin,
}

/// Serves a connection until it ends, or until it is idle once `stop` says so.
pub(crate) async fn serve<S>(shared: Arc<Shared>, role: Role, stream: S, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut http = http1::Builder::new();
    // It also ends connections that are idle for so long.
    http.timer(TokioTimer::new()).header_read_timeout(shared.header_patience);
    match role {
        Role::Oss | Role::Metadata | Role::Sts => {
            let connection =
                Exchange { number: shared.stats.connected(), flushes: Arc::new(Flushes::default()), shared };
            let connection = Arc::new(connection);
            let refusing = connection.clone();
            let refusal = Box::new(move |status| refuse(&refusing, status));
            let wire = Wire::new(TokioIo::new(stream), connection.flushes.clone(), refusal);
            let service = service_fn(move |request| {
                let connection = connection.clone();
                connection.flushes.request_begins();
                async move {
                    if role == Role::Oss {
                        exchange(connection, request).await
                    } else {
                        side::exchange(connection, role, request).await
                    }
                }
            });
            let mut serving = std::pin::pin!(http.serve_connection(wire, service));
            let ended = tokio::select! {
                ended = &mut serving => ended,
                () = stopped(&mut stop) => {
                    serving.as_mut().graceful_shutdown();
                    serving.await
                }
            };
            // Clients that go away and connections cut on purpose both end here.
            if let Err(error) = ended {
                tracing::debug!(%error, "connection ended");
            }
        }
        Role::Admin => {
            let service = service_fn(move |request| {
                let shared = shared.clone();
                async move { Ok::<_, Infallible>(respond_admin(&shared, request).await) }
            });
            let serving = http.serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                _ = serving => {}
                () = stopped(&mut stop) => {}
            }
        }
    }
}

/// Waits for the order to stop, or for the end of whoever could give it.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    while !*stop.borrow_and_update() {
        if stop.changed().await.is_err() {
            return;
        }
    }
}
