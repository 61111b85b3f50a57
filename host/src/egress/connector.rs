//! Makes connections: looks the host up, checks its addresses, connects, shakes hands.

use super::address::Reach;
use super::fault::Fault;
use super::problem::ConnectionCause;
use super::resolver::Names;
use super::stream::Stream;
use super::upload::Progress;
use crate::metrics::Meter;
use futures_util::stream::{FuturesUnordered, StreamExt};
use http::Uri;
use http::uri::Scheme;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The next address is tried beside the one before when that has not answered for so long (RFC 8305).
const STAGGER: Duration = Duration::from_millis(250);

/// A request that may need a connection.
#[derive(Clone)]
pub(crate) struct Asker {
    /// How long it waits for one.
    pub(crate) timeout: Duration,
    pub(crate) progress: Progress,
}

tokio::task_local! {
    /// The request that asks for a connection. The pool hands the connector nothing but a URI, but asks it within the
    /// request's own future.
    pub(crate) static ASKER: Asker;
}

/// Makes connections for one tenant.
#[derive(Clone)]
pub(crate) struct Connector {
    reach: Reach,
    names: Names,
    tls: Option<TlsConnector>,
    meter: Arc<Meter>,
    /// Why the last attempt came to nothing; none where it did not.
    problem: Arc<Mutex<Option<ConnectionCause>>>,
}

impl Connector {
    pub(crate) fn new(reach: Reach, names: Names, tls: Option<Arc<rustls::ClientConfig>>, meter: Arc<Meter>) -> Self {
        Self { reach, names, tls: tls.map(TlsConnector::from), meter, problem: Arc::default() }
    }

    /// Why the last connection could not be made; none where it could.
    pub(crate) fn problem(&self) -> Option<ConnectionCause> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn connect(self, uri: Uri) -> Result<Stream, Fault> {
        let secure = uri.scheme() == Some(&Scheme::HTTPS);
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let addresses = self.names.resolve(host, port, self.reach).await?;
        let stream = first_of(addresses).await?;
        // Requests and answers are small and alternate: what Nagle's algorithm makes slowest.
        stream.set_nodelay(true).map_err(|error| Fault::of_connect(&error))?;
        self.meter.connections.fetch_add(1, Relaxed);
        if !secure {
            return Ok(Stream::Plain(TokioIo::new(stream)));
        }
        let Some(tls) = self.tls else { return Err(Fault::Tls("the tenant's endpoint is not HTTPS".to_owned())) };
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|error| Fault::Tls(error.to_string()))?;
        let stream = tls.connect(name, stream).await;
        let stream = stream.map_err(|error| Fault::of_io(&error, Fault::Terminated))?;
        Ok(Stream::Tls(TokioIo::new(Box::new(stream))))
    }
}

/// The first connection that stands.
async fn first_of(addresses: Vec<SocketAddr>) -> Result<TcpStream, Fault> {
    let mut addresses = addresses.into_iter();
    let mut attempts = FuturesUnordered::new();
    let mut fault = Fault::Unreachable("it has no address".to_owned());
    loop {
        let next = addresses.next();
        let more = next.is_some();
        attempts.extend(next.map(TcpStream::connect));
        if attempts.is_empty() {
            return Err(fault);
        }
        tokio::select! {
            biased;
            Some(attempt) = attempts.next() => match attempt {
                Ok(stream) => return Ok(stream),
                Err(error) => fault = Fault::of_connect(&error),
            },
            () = tokio::time::sleep(STAGGER), if more => {}
        }
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = Stream;
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Fault>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        // None where no request of ours waits for the connection: the usual limit holds then.
        let asker = ASKER.try_with(Clone::clone).ok();
        let connect = self.clone().connect(uri);
        let problem = Arc::clone(&self.problem);
        Box::pin(async move {
            let limit = asker.as_ref().map_or(super::DEFAULT_TIMEOUTS.0, |asker| asker.timeout);
            // Until there is a connection this limit holds and no other.
            let _connecting = asker.as_ref().map(|asker| asker.progress.connecting());
            let connected = tokio::time::timeout(limit, connect).await.unwrap_or(Err(Fault::ConnectTimeout));
            *problem.lock().unwrap_or_else(PoisonError::into_inner) = connected.as_ref().err().and_then(Fault::cause);
            connected
        })
    }
}
