//! A server of HTTP/1.1 that does what the path says, most of it wrong.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) accepted: AtomicUsize,
    pub(crate) requests: AtomicUsize,
    open: AtomicUsize,
    pub(crate) most_open: AtomicUsize,
    pub(crate) heads: Mutex<Vec<String>>,
}

pub(crate) struct Server {
    pub(crate) address: std::net::SocketAddr,
    pub(crate) seen: Arc<Seen>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let task = {
            let seen = seen.clone();
            tokio::spawn(async move {
                loop {
                    let (stream, _): (TcpStream, _) = listener.accept().await.unwrap();
                    seen.accepted.fetch_add(1, SeqCst);
                    tokio::spawn(serve(stream, seen.clone()));
                }
            })
        };
        Self { address, seen, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn accepted(&self) -> usize {
        self.seen.accepted.load(SeqCst)
    }

    pub(crate) fn requests(&self) -> usize {
        self.seen.requests.load(SeqCst)
    }
}

/// Answers requests until the client goes.
pub(crate) async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, seen: Arc<Seen>) {
    let mut buffer = Vec::new();
    while let Some(head) = head(&mut stream, &mut buffer).await {
        let path = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
        let path = path.split('?').next().unwrap_or_default().to_owned();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map(|n| n.parse().unwrap());
        body(&mut stream, &mut buffer, length.unwrap_or(0)).await;
        seen.requests.fetch_add(1, SeqCst);
        seen.heads.lock().unwrap().push(head);
        seen.most_open.fetch_max(seen.open.fetch_add(1, SeqCst) + 1, SeqCst);
        let open = Guard(&seen);
        let stays = answer(&mut stream, &path).await;
        drop(open);
        if !stays {
            return;
        }
    }
}

struct Guard<'a>(&'a Seen);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, SeqCst);
    }
}

async fn answer(stream: &mut (impl AsyncWrite + Unpin), path: &str) -> bool {
    let mut words = path.trim_matches('/').split('/');
    let word = words.next().unwrap_or_default();
    let number: u64 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let forever = Duration::from_secs(3600);
    let text = match word {
        "delay" => {
            tokio::time::sleep(Duration::from_millis(number)).await;
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
        }
        "close" => "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello",
        "hang-up" => "",
        "garbage" => "SSH-2.0-OpenSSH_9.9\r\n\r\n",
        "cut" => "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0123456789",
        "cut-chunk" => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\n0123456789\r\n",
        "bad-chunk" => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n0123456789\r\n",
        "redirect" => "HTTP/1.1 302 Found\r\nlocation: http://100.100.100.200/\r\ncontent-length: 0\r\n\r\n",
        "silent" => {
            tokio::time::sleep(forever).await;
            ""
        }
        "stall" => {
            let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0123456789";
            stream.write_all(begun).await.unwrap();
            tokio::time::sleep(forever).await;
            ""
        }
        "endless" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n").await.unwrap();
            while stream.write_all(&[b'x'; 65536]).await.is_ok() {}
            ""
        }
        _ => "HTTP/1.1 200 OK\r\nx-oss-request-id: 5C3D9175B6FC201293AD4F8A\r\ncontent-length: 5\r\n\r\nhello",
    };
    let written = stream.write_all(text.as_bytes()).await.is_ok() && stream.flush().await.is_ok();
    let stays = !matches!(word, "close" | "hang-up" | "garbage" | "cut" | "cut-chunk" | "bad-chunk");
    if !stays {
        // Whoever asked may have hung up first.
        let _ = stream.shutdown().await;
    }
    written && stays
}

async fn head(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = buffer.split_off(end + 4);
            return String::from_utf8(std::mem::replace(buffer, rest)).ok();
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

async fn body(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>, length: usize) {
    while buffer.len() < length {
        if stream.read_buf(buffer).await.unwrap_or(0) == 0 {
            return;
        }
    }
    buffer.drain(..length);
}
