//! Makes connections: looks the host up, checks its addresses, connects, shakes hands.

use super::error::WireError;
use super::problem::ConnectionCause;
use super::proxy::Proxy;
use super::request_body::Progress;
use super::resolver::Names;
use super::stream::{Open, Stream, Transport};
use crate::admission::Share;
use crate::config::AddressRule;
use crate::metrics::{Counted, Gauge, Meter};
use futures_util::stream::{FuturesUnordered, StreamExt};
use http::uri::Scheme;
use http::{HeaderValue, Uri};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The next address is tried beside the one before when that has not answered for so long (RFC 8305).
const STAGGER: Duration = Duration::from_millis(250);

/// A request that may need a connection.
#[derive(Clone)]
pub(crate) struct ConnectRequest {
    /// How long it waits for one.
    pub(crate) timeout: Duration,
    pub(crate) progress: Progress,
}

tokio::task_local! {
    /// The request that asks for a connection. The pool hands the connector nothing but a URI, but asks it within the
    /// request's own future.
    pub(crate) static CONNECT_REQUEST: ConnectRequest;
}

/// Makes connections for one tenant.
#[derive(Clone)]
pub(crate) struct Connector {
    reach: AddressRule,
    names: Names,
    tls: Option<TlsConnector>,
    /// The proxy before it, and the TLS with that.
    proxy: Option<(Proxy, Option<Arc<ClientConfig>>)>,
    meter: Arc<Meter>,
    /// In the connections of all tenants.
    share: Share,
    /// Why the last attempt came to nothing; none where it did not.
    problem: Arc<Mutex<Option<ConnectionCause>>>,
}

impl Connector {
    pub(crate) fn new(
        reach: AddressRule,
        names: Names,
        tls: Option<Arc<ClientConfig>>,
        meter: Arc<Meter>,
        share: Share,
    ) -> Self {
        Self { reach, names, tls: tls.map(TlsConnector::from), proxy: None, meter, share, problem: Arc::default() }
    }

    /// Puts a proxy before it, with what TLS with that needs.
    pub(crate) fn through(mut self, proxy: Proxy, tls: Option<Arc<ClientConfig>>) -> Self {
        self.proxy = Some((proxy, tls));
        self
    }

    /// What a request has to show the proxy that sends it on; none in a tunnel, which is shown it once.
    pub(super) fn proxy_authorization(&self) -> Option<&HeaderValue> {
        self.proxy.as_ref().filter(|_| self.tls.is_none()).and_then(|(proxy, _)| proxy.authorization())
    }

    /// Why the last connection could not be made; none where it could.
    pub(crate) fn problem(&self) -> Option<ConnectionCause> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn connect(self, uri: Uri) -> Result<Stream, WireError> {
        let secure = uri.scheme() == Some(&Scheme::HTTPS);
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        if let Some((proxy, tls)) = self.proxy.clone() {
            return self.connect_through(&proxy, tls, host, port, secure).await;
        }
        let addresses = self.names.resolve(host, port, self.reach).await?;
        let held = self.share.one().await;
        let stream = first_of(addresses).await?;
        // Requests and answers are small and alternate: what Nagle's algorithm makes slowest.
        stream.set_nodelay(true).map_err(|error| WireError::of_connect(&error))?;
        let open = Open::new(self.opened(), held);
        if !secure {
            return Ok(Stream::new(Transport::Plain(TokioIo::new(stream)), open));
        }
        Ok(Stream::new(Transport::Tls(TokioIo::new(self.shake_hands(host, stream).await?)), open))
    }

    /// A connection stands.
    fn opened(&self) -> Counted {
        self.meter.connections.fetch_add(1, Relaxed);
        self.meter.count(Gauge::Connections)
    }

    /// The proxy looks the host's name up; an address that is given as such is held against what may be reached all the same.
    async fn connect_through(
        &self,
        proxy: &Proxy,
        tls: Option<Arc<ClientConfig>>,
        host: &str,
        port: u16,
        secure: bool,
    ) -> Result<Stream, WireError> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse::<IpAddr>()
            && !self.reach.includes(address)
        {
            return Err(WireError::Prohibited(vec![address]));
        }
        let addresses = self.names.resolve(proxy.host(), proxy.port(), AddressRule::ANY).await;
        let addresses = addresses.map_err(|fault| proxy.fault(fault))?;
        // Not before: a name server that does not answer would have connections be waited for that nobody makes.
        let held = self.share.one().await;
        let stream = first_of(addresses).await.map_err(|fault| proxy.fault(fault))?;
        let stream = proxy.greet(stream, tls).await?;
        let open = Open::new(self.opened(), held);
        if !secure {
            return Ok(Stream::new(Transport::Proxied(TokioIo::new(stream)), open));
        }
        let stream = proxy.tunnel(stream, host, port).await?;
        Ok(Stream::new(Transport::Tunnelled(TokioIo::new(self.shake_hands(host, stream).await?)), open))
    }

    async fn shake_hands<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        host: &str,
        stream: S,
    ) -> Result<Box<TlsStream<S>>, WireError> {
        let Some(tls) = &self.tls else { return Err(WireError::Tls("the tenant's endpoint is not HTTPS".to_owned())) };
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|error| WireError::Tls(error.to_string()))?;
        let stream = tls.connect(name, stream).await;
        stream.map(Box::new).map_err(|error| WireError::of_io(&error, WireError::Terminated))
    }
}

/// The first connection that stands.
async fn first_of(addresses: Vec<SocketAddr>) -> Result<TcpStream, WireError> {
    let mut addresses = addresses.into_iter();
    let mut attempts = FuturesUnordered::new();
    let mut fault = WireError::Unreachable("it has no address".to_owned());
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
                Err(error) => fault = WireError::of_connect(&error),
            },
            () = tokio::time::sleep(STAGGER), if more => {}
        }
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = Stream;
    type Error = WireError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, WireError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), WireError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        // None where no request of ours waits for the connection: the usual limit holds then.
        let asker = CONNECT_REQUEST.try_with(Clone::clone).ok();
        let connect = self.clone().connect(uri);
        let problem = Arc::clone(&self.problem);
        Box::pin(async move {
            let limit = asker.as_ref().map_or(super::timeouts::DEFAULT_TIMEOUTS.0, |asker| asker.timeout);
            // Until there is a connection this limit holds and no other.
            let _connecting = asker.as_ref().map(|asker| asker.progress.connecting());
            let connected = tokio::time::timeout(limit, connect).await.unwrap_or(Err(WireError::ConnectTimeout));
            *problem.lock().unwrap_or_else(PoisonError::into_inner) =
                connected.as_ref().err().and_then(WireError::cause);
            connected
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::Bound;
    use crate::config::Origin;
    use crate::egress::{Proxies, Resolver};
    use std::pin::pin;
    use std::sync::mpsc;

    /// By a proxy or not: others would wait for connections that nobody makes.
    #[tokio::test]
    async fn who_waits_for_a_name_server_has_no_connection() {
        let (silence, silent) = mpsc::channel::<()>();
        let (silent, bound) = (Mutex::new(silent), Bound::new(8));
        let lookup = move |_: &str| {
            drop(silent.lock().map(|silent| silent.recv()));
            Err(std::io::Error::other("no such name"))
        };
        let names = Names::new(Resolver::by(Arc::new(lookup), 8).unwrap(), Bound::new(8).share(), Arc::default());
        let reach = AddressRule { loopback: false, private: true, metadata: false };
        let direct = || Connector::new(reach, names.clone(), None, Arc::default(), bound.share());
        let origin = Origin { secure: false, host: "oss.test".to_owned(), port: 80 };
        let proxy = Proxies::all("http://proxy.test:3128", "").unwrap().before(&origin, reach).unwrap();
        for connector in [direct(), direct().through(proxy, None)] {
            let mut connecting = pin!(connector.connect(Uri::from_static("http://oss.test/")));
            assert!(tokio::time::timeout(Duration::from_millis(100), connecting.as_mut()).await.is_err());
            assert_eq!(bound.used(), 0);
        }
        drop(silence);
    }
}
