//! One connection: what speaks HTTP on it, and how it ends.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::dispatch::{self, Peer};
use super::paced::PacedStream;
use super::shared::{Shared, stopped};
use super::usage::{TakenBody, Usage};

/// The most requests at once on one connection of HTTP/2: more than any client has open.
const STREAMS: u32 = 250;

/// After how long without a frame a peer of HTTP/2 is asked whether it is there.
const PING: Duration = Duration::from_secs(30);

/// Serves a connection until it ends, or until it is idle once the server is to stop.
pub(super) async fn serve(shared: Arc<Shared>, stream: TcpStream, address: SocketAddr, tls: Option<TlsAcceptor>) {
    let stream = PacedStream::new(stream, shared.settings.pace());
    let Some(tls) = tls else { return serve_http1(shared, stream, Peer { address, scheme: "http" }).await };
    let peer = Peer { address, scheme: "https" };
    match tokio::time::timeout(shared.settings.head_timeout, tls.accept(stream)).await {
        Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => serve_http2(shared, stream, peer).await,
        Ok(Ok(stream)) => serve_http1(shared, stream, peer).await,
        Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
        Err(_) => tracing::debug!("no TLS in time"),
    }
}

async fn serve_http1<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(shared: Arc<Shared>, stream: S, peer: Peer) {
    let mut stopping = shared.stopping.subscribe();
    let mut http = http1::Builder::new();
    // It also ends connections that are idle for so long.
    http.timer(TokioTimer::new()).header_read_timeout(shared.settings.head_timeout);
    http.max_buf_size(shared.settings.head_bytes.max(MOST_READ));
    let service = service_fn(move |request| dispatch::answer(shared.clone(), peer, request));
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

async fn serve_http2<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(shared: Arc<Shared>, stream: S, peer: Peer) {
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
        let (shared, exchanging) = (shared.clone(), answering.begin());
        async move {
            let response = dispatch::answer(shared, peer, request).await;
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
