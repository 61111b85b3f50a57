//! Requests without any component, in place of calls: what threads of a runtime do to one another whatever they run.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use ossicle::{ExposeSecret, Tenant, UrlMethod};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The processor time that is spent on each answer: with what the exchange takes it is about that of a call.
const WORK: Duration = Duration::from_micros(80);
const CALIBRATION: u32 = 10_000_000;

/// Steps that take [`WORK`]. They are counted once, so that a request has the same work on any number of cores.
static STEPS: LazyLock<u32> = LazyLock::new(|| {
    let begun = Instant::now();
    work(CALIBRATION);
    (f64::from(CALIBRATION) * WORK.as_secs_f64() / begun.elapsed().as_secs_f64()) as u32
});

/// A request for an object.
#[derive(Clone)]
pub struct Request {
    authority: String,
    text: String,
    size: usize,
}

impl Request {
    /// For a file of so many bytes. To be made by a thread that has a whole processor.
    pub async fn new(tenant: &Tenant, path: &str, size: usize) -> Self {
        let url = tenant.blobs().url(path, UrlMethod::Get, None).await.expect("a URL");
        let url = url.url.expose_secret().strip_prefix("http://").expect("over HTTP");
        let (authority, target) = url.split_once('/').expect("a path");
        let text = format!("GET /{target} HTTP/1.1\r\nhost: {authority}\r\n\r\n");
        LazyLock::force(&STEPS);
        Self { authority: authority.to_owned(), text, size }
    }

    pub async fn connect(&self) -> Connection {
        let stream = TcpStream::connect(&self.authority).await.expect("a connection");
        Connection { request: self.clone(), stream, buffer: Vec::new() }
    }
}

pub struct Connection {
    request: Request,
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Asks for the object, reads it, and works.
    pub async fn ask(&mut self) {
        self.stream.write_all(self.request.text.as_bytes()).await.expect("a request");
        self.buffer.clear();
        loop {
            let head = self.buffer.windows(4).position(|window| window == b"\r\n\r\n");
            if head.is_some_and(|head| self.buffer.len() >= head + 4 + self.request.size) {
                break;
            }
            assert!(self.stream.read_buf(&mut self.buffer).await.expect("an answer") > 0, "it ends");
        }
        assert!(self.buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&self.buffer));
        work(*STEPS);
    }
}

fn work(steps: u32) {
    for step in 0..steps {
        black_box(step);
    }
}
