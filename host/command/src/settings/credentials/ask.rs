//! One request of this program's own, to a server that gives credentials, and its answer within bounds.

use bytes::Bytes;
use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use ossicle::TrustRoots;
use rustls::pki_types::ServerName;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// As the official library has it: 5 s to connect, 10 s to read.
const PATIENCE: Duration = Duration::from_secs(15);
/// Answers with credentials are under 4 KiB.
const LIMIT: usize = 64 * 1024;
/// The address of the metadata service.
pub const METADATA: IpAddr = IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200));

/// A header of a question.
pub type Header<'a> = (&'static str, &'a str);

/// What a server answered.
pub struct Reply {
    pub status: u16,
    /// The server's own time.
    pub date: Option<SystemTime>,
    pub body: Bytes,
}

/// Whether what is sent to an address, and what it answers, is heard by nobody else: this machine, and the metadata
/// service, which no network leads out of.
pub fn is_at_hand(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address == METADATA
}

/// Asks a server once. It is never asked over plain HTTP but at an address that [`is_at_hand`], and no redirect is followed.
/// A failure is told as in "the server ...", without anything that the server said.
pub async fn ask(method: Method, uri: &Uri, headers: &[Header<'_>]) -> Result<Reply, String> {
    let asked = tokio::time::timeout(PATIENCE, exchange(method, uri, headers)).await;
    asked.map_err(|_| "gave no answer in time".to_owned())?
}

async fn exchange(method: Method, uri: &Uri, headers: &[Header<'_>]) -> Result<Reply, String> {
    let is_secure = uri.scheme_str() == Some("https");
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let mut request = Request::builder()
        .method(method)
        .uri(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(header::HOST, uri.authority().map_or("", |authority| authority.as_str()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|error| format!("can't be asked: {error}"))?;
    if is_secure {
        let proxies = super::super::proxies::proxies().map_err(|problem| format!("can't be asked: {problem}"))?;
        if let Some(tunnel) = proxies.tunnel(uri, &TrustRoots::default()).await {
            return over(secured(host, tunnel?).await?, request).await;
        }
    }
    let stream =
        TcpStream::connect((host.as_str(), port)).await.map_err(|error| format!("can't be reached: {error}"))?;
    if is_secure {
        return over(secured(host, stream).await?, request).await;
    }
    let address = stream.peer_addr().map_err(|error| format!("can't be reached: {error}"))?.ip();
    if !is_at_hand(address) {
        return Err(format!("has the address {address}, and over plain HTTP only this machine is asked: use https://"));
    }
    over(stream, request).await
}

async fn secured<S: AsyncRead + AsyncWrite + Unpin>(host: String, stream: S) -> Result<TlsStream<S>, String> {
    let trusted = TrustRoots::default().client_config().map_err(|error| format!("can't be verified: {error}"))?;
    let name = ServerName::try_from(host).map_err(|error| format!("can't be verified: {error}"))?;
    let stream = TlsConnector::from(trusted).connect(name, stream).await;
    stream.map_err(|error| format!("can't be verified: {error}"))
}

async fn over<S>(stream: S, request: Request<Empty<Bytes>>) -> Result<Reply, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |error: hyper::Error| format!("gave no answer: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // Dropped at the end, it ends the connection.
    let mut running = JoinSet::new();
    running.spawn(connection);
    let answer = sender.send_request(request).await.map_err(failed)?;
    let status = answer.status().as_u16();
    let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok()).map(SystemTime::from);
    let body = Limited::new(answer.into_body(), LIMIT).collect().await;
    let body = body.map_err(|_| "gave an answer that broke off or is too long".to_owned())?.to_bytes();
    Ok(Reply { status, date, body })
}
