//! A server that gives one answer to everything, such as a broken or a hostile one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub struct Canned {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Canned {
    /// Starts one. Its thread ends with the tests.
    pub fn start(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let mut answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
        for (name, value) in headers {
            answer.push_str(&format!("{name}: {value}\r\n"));
        }
        let answer = [answer.as_bytes(), b"\r\n", &body].concat();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let lines = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client may go away as it likes.
                let _ = serve(stream.unwrap(), &answer, &lines);
            }
        });
        Self { address, seen }
    }

    /// As OSS answers: with a request id, and an error's document in a header as well, for HEAD.
    pub fn oss(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let document = STANDARD.encode(&body);
        let mut headers = vec![("x-oss-request-id", "5C3D9175B6FC201293AD4567")];
        headers.extend((status >= 400).then_some(("x-oss-err", document.as_str())));
        Self::start(status, &headers, body)
    }

    /// The first line of each request.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(stream: TcpStream, answer: &[u8], lines: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line)?;
    lines.lock().unwrap().push(line.trim().to_owned());
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
    }
    std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
    reader.get_mut().write_all(answer)
}
