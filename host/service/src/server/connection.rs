//! One connection: what speaks HTTP on it, and how it ends.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::X_CONTENT_TYPE_OPTIONS;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use ossicle_api::RequestId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tracing::Instrument;
use uuid::Uuid;

use super::application::{Application, Peer};
use super::client_certificate::ClientCertificate;
use super::exchange::Exchange;
use super::outgoing::OutgoingBody;
use super::paced::PacedStream;
use super::shared::{Shared, stopped};
use super::usage::{TakenBody, Usage};

/// The most requests at once on one connection of HTTP/2: more than any client has open.
const STREAMS: u32 = 250;

/// After how long without a frame a peer of HTTP/2 is asked whether it is there.
const PING: Duration = Duration::from_secs(30);

/// Serves a connection until it ends, or until it is idle once the server is to stop.
pub(super) async fn serve<A: Application>(
    shared: Arc<Shared<A>>,
    stream: TcpStream,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
) {
    let stream = PacedStream::new(stream, shared.settings.pace());
    let Some(tls) = tls else {
        return serve_http1(shared, stream, Peer { address, scheme: "http", certificate: None }).await;
    };
    match tokio::time::timeout(shared.settings.head_timeout, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let session = stream.get_ref().1;
            let certificate = session.peer_certificates().and_then(<[_]>::first).map(ClientCertificate::read);
            let peer = Peer { address, scheme: "https", certificate: certificate.map(Arc::new) };
            match session.alpn_protocol() {
                Some(b"h2") => serve_http2(shared, stream, peer).await,
                _ => serve_http1(shared, stream, peer).await,
            }
        }
        Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
        Err(_) => tracing::debug!("no TLS in time"),
    }
}

/// Answers a request.
async fn answer<A: Application>(
    shared: Arc<Shared<A>>,
    peer: Peer,
    request: Request<Incoming>,
) -> Result<Response<OutgoingBody<A::Content>>, Infallible> {
    let id = RequestId::of(request.headers(), || Uuid::new_v4().into_bytes());
    let observation = shared.settings.observers.begin(&request, &id, peer.address, peer.scheme);
    let route = A::route(request.method(), request.uri().path());
    let exchange = Exchange::begin(&shared.metrics, observation, route, &request, id.clone());
    let span = exchange.span().clone();
    let mut response = A::answer(shared, peer, request, exchange).instrument(span).await;
    id.add_to(response.headers_mut());
    // Browsers must not take what was stored for a script or a page of this host.
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

async fn serve_http1<A, S>(shared: Arc<Shared<A>>, stream: S, peer: Peer)
where
    A: Application,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stopping = shared.stopping.subscribe();
    let mut http = http1::Builder::new();
    // It also ends connections that are idle for so long.
    http.timer(TokioTimer::new()).header_read_timeout(shared.settings.head_timeout);
    http.max_buf_size(shared.settings.head_bytes.max(MOST_READ));
    let service = service_fn(move |request| answer(shared.clone(), peer.clone(), request));
    let mut serving = pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = stopped(&mut stopping) => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    log(ended);
}

/// The least that hyper takes for its buffer.
const MOST_READ: usize = 8 << 10;

async fn serve_http2<A, S>(shared: Arc<Shared<A>>, stream: S, peer: Peer)
where
    A: Application,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stopping = shared.stopping.subscribe();
    let (limit, head) = (shared.settings.head_timeout, shared.settings.head_bytes);
    let body_timeout = shared.settings.body_timeout;
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new()).keep_alive_interval(PING).keep_alive_timeout(limit);
    http.max_concurrent_streams(STREAMS).adaptive_window(true);
    http.max_header_list_size(u32::try_from(head).unwrap_or(u32::MAX));
    let usage = Arc::new(Usage::new(shared.settings.pace()));
    let answering = usage.clone();
    let service = service_fn(move |request| {
        let (shared, peer, exchanging) = (shared.clone(), peer.clone(), answering.begin());
        async move {
            let response = answer(shared, peer, request).await;
            response.map(|response| response.map(|body| TakenBody::new(body, exchanging)))
        }
    });
    let mut serving = pin!(http.serve_connection(TokioIo::new(stream), service));
    let serve = async {
        tokio::select! {
            ended = &mut serving => return log(ended),
            () = usage.idle_for(limit) => {}
            () = stopped(&mut stopping) => {}
        }
        serving.as_mut().graceful_shutdown();
        tokio::select! {
            ended = serving => log(ended),
            // Only what no exchange has any more can be left: the end of a body that its client does not take.
            () = usage.idle_for(limit + body_timeout) => {}
        }
    };
    tokio::select! {
        () = serve => {}
        () = usage.stalled() => tracing::debug!("a client takes too little"),
    }
}

fn log(ended: hyper::Result<()>) {
    // Clients that go away and broken responses end here.
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}
