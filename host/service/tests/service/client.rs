//! A client: one connection for each request.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

pub const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

pub type Body = BoxBody<Bytes, std::io::Error>;

/// A body that comes in pieces of 64 KiB, without its length.
pub fn chunked(content: Bytes) -> Body {
    let pieces: Vec<_> = content.chunks(64 << 10).map(|piece| Ok(Frame::data(content.slice_ref(piece)))).collect();
    BodyExt::boxed(StreamBody::new(stream::iter(pieces)))
}

/// A body that the test brings piece by piece.
pub fn brought() -> (mpsc::Sender<Bytes>, Body) {
    let (pieces, came) = mpsc::channel(1);
    let stream = stream::unfold(came, async |mut came: mpsc::Receiver<_>| {
        came.recv().await.map(|piece| (Ok::<_, std::io::Error>(Frame::data(piece)), came))
    });
    (pieces, BodyExt::boxed(StreamBody::new(Box::pin(stream))))
}

pub fn whole(content: impl Into<Bytes>) -> Body {
    Full::new(content.into()).map_err(|never| match never {}).boxed()
}

pub fn sha256(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    format!("sha256:{}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Content of this length, of which no two seeds' are alike.
pub fn content(seed: u64, length: usize) -> Bytes {
    let words = (0..=length as u64 / 8)
        .flat_map(|place| (place ^ seed << 40).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    words.take(length).collect()
}

pub fn with_digest(location: &str, digest: &str) -> String {
    let separator = if location.contains('?') { '&' } else { '?' };
    format!("{location}{separator}digest={digest}")
}

pub fn descriptor(media_type: &str, content: &[u8]) -> serde_json::Value {
    serde_json::json!({ "mediaType": media_type, "digest": sha256(content), "size": content.len() })
}

pub fn image(config: &serde_json::Value, layers: &[serde_json::Value]) -> String {
    serde_json::json!({ "schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": layers }).to_string()
}

/// A response that came as a whole.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }

    pub fn location(&self) -> String {
        self.header("location").to_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A client of a server.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub SocketAddr);

impl Client {
    /// Sends a request as it is; its response's head, and its body as it comes.
    pub async fn open(self, request: Request<Body>) -> Result<Response<hyper::body::Incoming>, hyper::Error> {
        let stream = TcpStream::connect(self.0).await.expect("a connection");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let (mut head, body) = request.into_parts();
        head.headers.entry(header::HOST).or_insert(self.0.to_string().parse().unwrap());
        sender.send_request(Request::from_parts(head, body)).await
    }

    pub async fn send_body(self, method: &str, uri: &str, headers: &[(&str, &str)], body: Body) -> Reply {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.open(request.body(body).unwrap()).await.expect("a response");
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        Reply { status: head.status, headers: head.headers, body }
    }

    pub async fn send(self, method: &str, uri: &str, body: impl Into<Bytes>) -> Reply {
        self.send_body(method, uri, &[], whole(body)).await
    }

    pub async fn get(self, uri: &str) -> Reply {
        self.send("GET", uri, "").await
    }

    pub async fn head(self, uri: &str) -> Reply {
        self.send("HEAD", uri, "").await
    }

    /// Begins an upload; its `Location`.
    pub async fn begin(self, name: &str) -> String {
        self.send("POST", &format!("/v2/{name}/blobs/uploads/"), "").await.expect(202).location()
    }

    /// Pushes a blob as docker does: `PATCH` without a length, and an empty `PUT`.
    pub async fn push_streamed(self, name: &str, content: &Bytes) -> String {
        let location = self.begin(name).await;
        let reply = self.send_body("PATCH", &location, &[], chunked(content.clone())).await;
        let (location, digest) = (reply.expect(202).location(), sha256(content));
        self.send("PUT", &with_digest(&location, &digest), "").await.expect(201);
        digest
    }

    pub async fn put_manifest(self, name: &str, tag: &str, manifest: String) -> Reply {
        let uri = format!("/v2/{name}/manifests/{tag}");
        self.send_body("PUT", &uri, &[("content-type", IMAGE)], whole(manifest)).await
    }

    /// Pushes an image of one layer under a tag, as docker does.
    pub async fn push_image(self, name: &str, tag: &str, layer: &Bytes) -> String {
        let config = Bytes::from(format!("{{\"tag\":\"{tag}\"}}"));
        self.push_streamed(name, layer).await;
        self.push_streamed(name, &config).await;
        let manifest = image(&descriptor(CONFIG, &config), &[descriptor(LAYER, layer)]);
        self.put_manifest(name, tag, manifest).await.expect(201).header("docker-content-digest").to_owned()
    }

    /// Reads a blob, from OSS itself where that is said.
    pub async fn read_blob(self, name: &str, digest: &str) -> Bytes {
        let reply = self.get(&format!("/v2/{name}/blobs/{digest}")).await;
        self.follow(reply).await.expect(200).body
    }

    /// Follows a redirect.
    pub async fn follow(self, reply: Reply) -> Reply {
        if reply.status != StatusCode::TEMPORARY_REDIRECT {
            return reply;
        }
        let uri: http::Uri = reply.location().parse().expect("a Location");
        let address = uri.authority().expect("a host").as_str().parse().expect("an address");
        Client(address).get(uri.path_and_query().expect("a path").as_str()).await
    }
}
