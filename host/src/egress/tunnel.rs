//! A connection through a proxy.

use super::error::WireError;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

/// A stream of bytes both ways.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection to a proxy, or through one.
pub type Tunnel = Box<dyn Duplex>;

/// Begins to speak to a proxy, with TLS or without.
pub(super) async fn greet(host: &str, stream: TcpStream, tls: Option<Arc<ClientConfig>>) -> Result<Tunnel, WireError> {
    stream.set_nodelay(true).map_err(|error| WireError::of_connect(&error))?;
    let Some(tls) = tls else { return Ok(Box::new(stream)) };
    let name = ServerName::try_from(host.to_owned()).map_err(|error| WireError::Tls(error.to_string()))?;
    let stream = TlsConnector::from(tls).connect(name, stream).await;
    Ok(Box::new(stream.map_err(|error| WireError::of_io(&error, WireError::Terminated))?))
}

/// Has a proxy connect to a host (RFC 9110, 9.3.6). A failure is told as in "the proxy ...".
pub(super) async fn connect(
    stream: Tunnel,
    host: &str,
    port: u16,
    authorization: Option<&HeaderValue>,
) -> Result<Tunnel, String> {
    let broke = |error: hyper::Error| format!("broke off: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broke)?;
    // It ends when the tunnel stands, or with this future.
    let mut running = JoinSet::new();
    running.spawn(connection.with_upgrades());
    let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let mut request = Request::builder().method(Method::CONNECT).uri(&authority).header(header::HOST, &authority);
    if let Some(authorization) = authorization {
        request = request.header(header::PROXY_AUTHORIZATION, authorization);
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|error| format!("can't be asked: {error}"))?;
    let answer = sender.send_request(request).await.map_err(broke)?;
    if !answer.status().is_success() {
        return Err(format!("answers {}", answer.status()));
    }
    let stream = hyper::upgrade::on(answer).await.map_err(broke)?;
    Ok(Box::new(TokioIo::new(stream)))
}
