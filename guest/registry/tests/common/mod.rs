//! A registry over a bucket in memory, and requests to it.
#![allow(dead_code, reason = "each test uses some of it")]

mod watched;

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use ossicle_registry::gc::LOG;
use ossicle_registry::memory::{Driver, Operation, Request as OssRequest, run};
use ossicle_registry::ports::{Anyone, Ports};
use ossicle_registry::{Event, Options, Registry};
use sha2::{Digest, Sha256, Sha512};
#[allow(unused_imports, reason = "each test uses some of it")]
pub use watched::{Change, Watched, pause};

/// The size of a part: small, so that uploads have several.
pub const PART: usize = 1000;

pub const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// The ports of one process.
#[derive(Clone, Debug)]
pub struct Process(pub Watched);

impl Ports for Process {
    type Storage = Watched;
    type Environment = Driver;
    type Access = Anyone;

    fn storage(&self) -> &Watched {
        &self.0
    }

    fn environment(&self) -> &Driver {
        &self.0.driver
    }

    fn access(&self) -> &Anyone {
        &Anyone
    }
}

/// One process of a registry.
pub struct World {
    pub driver: Driver,
    pub registry: Registry<Process>,
}

/// A response that has come.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// `Err` where the body broke off.
    pub body: Result<Bytes, String>,
    /// What the request did to content.
    pub event: Option<Event>,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub fn bytes(&self) -> &Bytes {
        self.body.as_ref().unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.bytes()).unwrap()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }

    #[track_caller]
    pub fn expect_code(self, status: u16, code: &str) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.json()["errors"][0]["code"], code, "{reply:?}");
        reply
    }

    pub fn location(&self) -> String {
        self.header("location").to_owned()
    }
}

pub fn options() -> Options {
    Options { part_size: PART, delete_enabled: true, ..Options::new("a secret that is long enough") }
}

pub type TestBody = BoxBody<Bytes, std::io::Error>;

pub fn whole(body: impl Into<Bytes>) -> TestBody {
    Full::new(body.into()).map_err(|never: Infallible| match never {}).boxed()
}

impl World {
    pub fn new() -> Self {
        Self::with(&Driver::new(PART), options())
    }

    /// Another process of the registry with this bucket.
    pub fn with(driver: &Driver, options: Options) -> Self {
        Self { driver: driver.clone(), registry: Registry::new(Process(Watched::new(driver)), options) }
    }

    /// The driver of this process.
    pub fn storage(&self) -> &Watched {
        &self.registry.ports().0
    }

    pub fn send_body(&self, method: &str, uri: &str, headers: &[(&str, &str)], body: TestBody) -> Reply {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = run(self.registry.handle(request.body(body).unwrap()));
        let (head, body) = response.into_parts();
        let body = run(body.collect()).map(|body| body.to_bytes()).map_err(|error| error.to_string());
        let event = head.extensions.get().cloned();
        Reply { status: head.status, headers: head.headers, body, event }
    }

    pub fn send(&self, method: &str, uri: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
        let body = body.into();
        let length = body.len().to_string();
        let mut headers = headers.to_vec();
        headers.push(("content-length", &length));
        self.send_body(method, uri, &headers, whole(body))
    }

    pub fn get(&self, uri: &str) -> Reply {
        self.send("GET", uri, &[], "")
    }

    pub fn head(&self, uri: &str) -> Reply {
        self.send("HEAD", uri, &[], "")
    }

    pub fn delete(&self, uri: &str) -> Reply {
        self.send("DELETE", uri, &[], "")
    }

    /// Begins an upload; its `Location`.
    pub fn begin(&self, name: &str) -> String {
        self.send("POST", &format!("/v2/{name}/blobs/uploads/"), &[], "").expect(202).location()
    }

    /// Pushes a blob as docker does: `PATCH` without a length, and an empty `PUT`.
    pub fn push_streamed(&self, name: &str, content: &[u8]) -> String {
        let location = self.begin(name);
        let body = whole(Bytes::copy_from_slice(content));
        let location = self.send_body("PATCH", &location, &[], body).expect(202).location();
        let digest = sha256(content);
        self.send("PUT", &with_digest(&location, &digest), &[], "").expect(201);
        digest
    }

    /// Pushes a blob as containerd does: `PUT` with all of it.
    pub fn push(&self, name: &str, content: &[u8]) -> String {
        let digest = sha256(content);
        let location = with_digest(&self.begin(name), &digest);
        self.send("PUT", &location, &[], Bytes::copy_from_slice(content)).expect(201);
        digest
    }

    pub fn put_manifest(&self, name: &str, reference: &str, manifest: &str, media_type: &str) -> Reply {
        let uri = format!("/v2/{name}/manifests/{reference}");
        self.send("PUT", &uri, &[("content-type", media_type)], manifest.to_owned())
    }

    /// Pushes an image of one layer under a tag; the manifest's digest.
    pub fn push_image(&self, name: &str, tag: &str, layer: &[u8]) -> String {
        let layer = descriptor(LAYER, layer, &self.push(name, layer));
        let config = format!("{{\"tag\":\"{tag}\"}}");
        let config = descriptor(CONFIG, config.as_bytes(), &self.push(name, config.as_bytes()));
        let manifest = image(&config, &[layer]);
        self.put_manifest(name, tag, &manifest, IMAGE).expect(201).header("docker-content-digest").to_owned()
    }

    /// How many requests were sent to OSS since this was asked before, apart from readings of the epoch log: one in half a
    /// minute, whatever is asked for.
    pub fn requests(&self) -> usize {
        self.operations().len()
    }

    /// Which operations those were.
    pub fn operations(&self) -> Vec<Operation> {
        let is_reading = |request: &OssRequest| request.path == LOG && request.operation == Operation::GetObject;
        let requests = self.driver.take_requests().into_iter().filter(|request| !is_reading(request));
        requests.map(|request| request.operation).collect()
    }
}

fn hex(hash: impl AsRef<[u8]>) -> String {
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn sha256(content: &[u8]) -> String {
    format!("sha256:{}", hex(Sha256::digest(content)))
}

pub fn sha512(content: &[u8]) -> String {
    format!("sha512:{}", hex(Sha512::digest(content)))
}

pub fn with_digest(location: &str, digest: &str) -> String {
    format!("{location}&digest={digest}")
}

pub fn descriptor(media_type: &str, content: &[u8], digest: &str) -> serde_json::Value {
    serde_json::json!({ "mediaType": media_type, "digest": digest, "size": content.len() })
}

pub fn image(config: &serde_json::Value, layers: &[serde_json::Value]) -> String {
    serde_json::json!({ "schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": layers }).to_string()
}

/// The place of a blob.
pub fn blob_path(digest: &str) -> String {
    let (algorithm, encoded) = digest.split_once(':').unwrap();
    format!("/docker/registry/v2/blobs/{algorithm}/{}/{encoded}/data", &encoded[..2])
}

/// Content of this length, of which no two lengths are alike.
pub fn content(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place.wrapping_mul(31) ^ (place >> 8) ^ length) as u8).collect()
}
