//! Checks a registry that is served over HTTP, some groups at once: a line for each, and exit code 1 if one of them failed.
//!
//!     cargo run -p ossicle-conformance --example conformance -- 127.0.0.1:5000 1024 8
//!
//! The address is that of an empty registry without TLS, which sends all content itself; the first number is how long the
//! chunks of blobs are (see [`Client::chunk`]), the other one how many groups are checked at once. That must be one if several
//! instances have the requests and each of them remembers what another one deletes.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::{iter, thread};

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper_util::rt::TokioIo;
use ossicle_conformance::{Client, for_each_group, groups};
use tokio::net::TcpStream;

/// The length of the pieces in which a body comes that does not state its length.
const PIECE: usize = 64 << 10;

/// A registry, which has a connection for each request.
#[derive(Clone, Copy)]
struct Registry {
    address: SocketAddr,
    chunk: usize,
}

impl Client for Registry {
    async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
        tokio::spawn(connection);
        let (mut head, content) = request.into_parts();
        let is_stream = !content.is_empty() && !head.headers.contains_key(header::CONTENT_LENGTH);
        head.headers.insert(header::HOST, self.address.to_string().parse().expect("a header's value"));
        let request = Request::from_parts(head, if is_stream { pieces(content) } else { Full::new(content).boxed() });
        let (head, body) = sender.send_request(request).await.expect("a response").into_parts();
        Response::from_parts(head, body.collect().await.expect("a whole body").to_bytes())
    }

    fn chunk(&self) -> usize {
        self.chunk
    }
}

type Body = BoxBody<Bytes, std::convert::Infallible>;

/// A body that does not state its length.
fn pieces(content: Bytes) -> Body {
    let pieces: Vec<_> = content.chunks(PIECE).map(|piece| Ok(Frame::data(content.slice_ref(piece)))).collect();
    BodyExt::boxed(StreamBody::new(stream::iter(pieces)))
}

/// The name of a group, and what checks it.
type Group = (&'static str, Box<dyn FnOnce() + Send>);

/// Checks a group. The panic of one that fails says what is wrong, and ends no other group.
fn passes((name, group): Group) -> bool {
    let passed = catch_unwind(AssertUnwindSafe(group)).is_ok();
    println!("{name} {}", if passed { "passed" } else { "failed" });
    passed
}

fn block_on(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime").block_on(work);
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (Some(address), Some(chunk), Some(at_once)) = (words.next(), words.next(), words.next()) else {
        eprintln!("usage: conformance ADDRESS CHUNK AT_ONCE");
        return ExitCode::from(2);
    };
    let at_once: usize = at_once.parse().expect("a number of groups");
    let registry = Registry {
        address: address.parse().expect("an address and a port"),
        chunk: chunk.parse().expect("a number of bytes"),
    };
    macro_rules! each {
        ($($group:ident,)*) => {
            vec![$((stringify!($group), Box::new(move || block_on(groups::$group(&registry))) as Box<_>)),*]
        };
    }
    let waiting: Mutex<Vec<Group>> = Mutex::new(for_each_group!(each));
    let next = || waiting.lock().expect("no panic").pop();
    let all_passed = thread::scope(|scope| {
        let check = || iter::from_fn(next).map(passes).fold(true, |all, one| all & one);
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(check)).collect();
        workers.into_iter().map(|worker| worker.join().expect("no panic")).fold(true, |all, one| all & one)
    });
    if all_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
