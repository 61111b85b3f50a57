//! A client: one connection for each request.

use std::net::SocketAddr;
use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response, header};
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::host::{Served, until};

pub type Body = BoxBody<Bytes, std::io::Error>;

/// A body that comes in pieces of 64 KiB, without its length.
pub fn chunked(content: Bytes) -> Body {
    let pieces: Vec<_> = content.chunks(64 << 10).map(|piece| Ok(Frame::data(content.slice_ref(piece)))).collect();
    BodyExt::boxed(StreamBody::new(stream::iter(pieces)))
}

/// A body that breaks off behind its content, once the request has arrived.
pub fn broken(content: Bytes, served: &Served) -> Body {
    let (begun, before) = (served.begun.clone(), served.begun.load(Relaxed));
    let end = stream::once(async move {
        until("the request has arrived", || begun.load(Relaxed) > before).await;
        Err(std::io::Error::other("the client breaks off"))
    });
    BodyExt::boxed(StreamBody::new(Box::pin(stream::iter([Ok(Frame::data(content))]).chain(end))))
}

pub fn whole(content: impl Into<Bytes>) -> Body {
    Full::new(content.into()).map_err(|never| match never {}).boxed()
}

/// Sends a request as it is; its response's head, and its body as it comes.
pub async fn open(to: SocketAddr, request: Request<Body>) -> Result<Response<Incoming>, hyper::Error> {
    let stream = TcpStream::connect(to).await.expect("a connection");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (mut head, body) = request.into_parts();
    head.headers.entry(header::HOST).or_insert(to.to_string().parse().expect("a header's value"));
    sender.send_request(Request::from_parts(head, body)).await
}

/// Sends a request and waits for all of its response.
pub async fn send(to: SocketAddr, request: Request<Body>) -> Response<Bytes> {
    let (head, body) = open(to, request).await.expect("a response").into_parts();
    Response::from_parts(head, body.collect().await.expect("a whole body").to_bytes())
}
