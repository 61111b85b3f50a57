//! A registry that a test starts, and requests to it.

use crate::world::{SECRET, World};
use rustix::process::{Pid, Signal, kill_process};
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout};
use std::time::Duration;

/// A registry that was started, and what it says.
pub struct Served {
    child: Child,
    out: BufReader<ChildStdout>,
    pub address: String,
}

/// What it answered.
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    /// The value of a header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.unwrap_or_default()
    }
}

impl Served {
    /// Starts it on a free port, unless that is said elsewhere.
    pub fn start(world: &World, arguments: &[&str]) -> Self {
        let mut child = world.spawn(&[&["registry"], arguments].concat());
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address = line.trim().rsplit('/').next().unwrap().to_owned();
        assert!(line.starts_with("a registry listens on http://"), "{line:?}: {:?}", child.wait_with_output());
        Self { child, out, address }
    }

    pub fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
        send(&self.address, "registry", method, path, headers, body)
    }

    /// Sends a request whose headers say how its body ends, to a process that may be gone before it has answered.
    pub fn try_send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> std::io::Result<Reply> {
        try_send(&self.address, "registry", method, path, headers, body)
    }

    /// Pushes a blob.
    pub fn push(&self, name: &str, content: &[u8]) -> String {
        let digest = digest_of(content);
        let pushed = self.send("POST", &format!("/v2/{name}/blobs/uploads/?digest={digest}"), "", content);
        assert_eq!(pushed.status, 201, "{}", pushed.head);
        digest
    }

    /// Pushes a blob, and reads it.
    pub fn keep(&self, name: &str, content: &[u8]) -> String {
        let digest = self.push(name, content);
        let read = self.send("GET", &format!("/v2/{name}/blobs/{digest}"), "", b"");
        assert!(read.status == 200 && read.body == content, "{}", read.head);
        digest
    }

    /// Pushes an image of one layer and a config that names the tag; the manifest's digest.
    pub fn push_image(&self, name: &str, tag: &str, layer: &[u8]) -> String {
        let config = format!("{{\"tag\":\"{tag}\"}}");
        let (layer_digest, config_digest) = (self.keep(name, layer), self.keep(name, config.as_bytes()));
        let manifest = image(&config_digest, config.len(), &layer_digest, layer.len());
        let pushed = self.send("PUT", &format!("/v2/{name}/manifests/{tag}"), IMAGE, manifest.as_bytes());
        assert_eq!(pushed.status, 201, "{}", pushed.head);
        digest_of(manifest.as_bytes())
    }

    /// The number of its process.
    pub fn id(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    /// Ends it at once, wherever it is.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it; what it said besides.
    pub fn end(mut self, signal: Signal) -> (String, String) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let ended = self.child.wait().unwrap();
        assert_eq!(ended.code(), Some(0), "{err}");
        assert!(!out.contains(SECRET) && !err.contains(SECRET));
        (out, err)
    }
}

/// Sends a request to an address, whatever host it names.
pub fn send(address: &str, host: &str, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
    let headers = format!("content-length: {}\r\n{headers}", body.len());
    try_send(address, host, method, path, &headers, body).unwrap()
}

/// Sends a request whose headers say how its body ends, to a process that may be gone before it has answered.
fn try_send(address: &str, host: &str, method: &str, path: &str, headers: &str, body: &[u8]) -> std::io::Result<Reply> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    stream.write_all(&[head.as_bytes(), headers.as_bytes(), b"\r\n", body].concat())?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply)?;
    let end = reply.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or(ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8(reply[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok(Reply { status, head, body: reply[end + 4..].to_vec() })
}

/// The digest of content.
pub fn digest_of(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    format!("sha256:{}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The header of an image's manifest.
pub const IMAGE: &str = "content-type: application/vnd.oci.image.manifest.v1+json\r\n";

/// The manifest of an image of one layer.
pub fn image(config: &str, config_size: usize, layer: &str, layer_size: usize) -> String {
    format!(
        "{{\"schemaVersion\":2,\"config\":{{\"mediaType\":\"c/c\",\"digest\":\"{config}\",\"size\":{config_size}}},\
         \"layers\":[{{\"mediaType\":\"l/l\",\"digest\":\"{layer}\",\"size\":{layer_size}}}]}}"
    )
}

/// Where a blob is in the bucket.
pub fn blob_object(digest: &str) -> String {
    let (algorithm, hex) = digest.split_once(':').unwrap();
    format!("docker/registry/v2/blobs/{algorithm}/{}/{hex}/data", &hex[..2])
}

/// A free port.
pub const PORT: [&str; 2] = ["--listen", "127.0.0.1:0"];
