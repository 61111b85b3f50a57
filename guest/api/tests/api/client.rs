//! A client that believes nothing that the document does not say.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::stream::iter;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Either, Full, StreamBody};
use ossicle_api::memory::{MemoryTenant, run};
use ossicle_api::ports::StorageError;
use ossicle_api::{Api, Grant, Operation, RequestId, Right, Rights, document};
use ossicle_api_suites::Site;
use serde_json::{Value, json};

/// What a response was, as far as the document has it: the operation's id, the status, and the problem's name.
pub type Seen = (String, u16, String);

/// A client of the API over a bucket in memory.
pub struct Client {
    pub tenant: MemoryTenant,
    pub api: Api<MemoryTenant>,
    pub grant: Grant,
    seen: Rc<RefCell<BTreeSet<Seen>>>,
    document: Value,
}

/// The content of a request.
#[derive(Clone, Debug, Default)]
pub enum Sent {
    #[default]
    Nothing,
    Bytes(&'static [u8]),
    Text(String),
    /// Pieces, and then the content breaks off.
    Broken(&'static [u8]),
    /// Pieces of which nobody says how many there are.
    Pieces(Vec<&'static [u8]>),
}

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub sent: Sent,
}

/// A response.
#[derive(Debug)]
pub struct Got {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Why the content broke off, if it did.
    pub broken: Option<StorageError>,
}

impl Asked {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.parse().unwrap(), path: path.to_owned(), ..Self::default() }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn bytes(mut self, bytes: &'static [u8]) -> Self {
        self.sent = Sent::Bytes(bytes);
        self
    }

    pub fn json(mut self, document: Value) -> Self {
        self.sent = Sent::Text(document.to_string());
        self.header("content-type", "application/json")
    }
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The name of the problem.
    pub fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap().to_owned();
        kind.strip_prefix("urn:ossicle:problem:").unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

fn body(sent: Sent) -> impl http_body::Body<Data = Bytes, Error: std::fmt::Display> + Unpin {
    let pieces = |pieces: Vec<Result<&'static [u8], std::io::Error>>| {
        Either::Right(StreamBody::new(iter(
            pieces.into_iter().map(|piece| piece.map(|piece| Frame::data(Bytes::from_static(piece)))),
        )))
    };
    match sent {
        Sent::Nothing => Either::Left(Full::new(Bytes::new())),
        Sent::Bytes(bytes) => Either::Left(Full::new(Bytes::from_static(bytes))),
        Sent::Text(text) => Either::Left(Full::new(Bytes::from(text))),
        Sent::Broken(bytes) => pieces(vec![Ok(bytes), Err(std::io::Error::other("the client went away"))]),
        Sent::Pieces(all) => pieces(all.into_iter().map(Ok).collect()),
    }
}

impl Default for Client {
    fn default() -> Self {
        let tenant = MemoryTenant::new();
        Self {
            api: Api::new(tenant.clone()),
            tenant,
            grant: Grant { rights: Rights::all(), body_limit: 1 << 20 },
            seen: Rc::default(),
            document: serde_json::from_slice(&document()).unwrap(),
        }
    }
}

impl Client {
    /// A client of another process for the same tenant.
    pub fn other_process(&self) -> Self {
        Self { api: Api::new(self.tenant.clone()), tenant: self.tenant.clone(), ..Self::default() }
    }

    /// With these rights only.
    pub fn with_rights(mut self, rights: &[Right]) -> Self {
        self.grant.rights = rights.iter().copied().collect();
        self
    }

    /// What the document has.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// What was seen so far.
    pub fn seen(&self) -> BTreeSet<Seen> {
        self.seen.borrow().clone()
    }

    pub fn send(&self, asked: Asked) -> Got {
        run(self.sending(asked))
    }

    pub async fn sending(&self, asked: Asked) -> Got {
        let described = format!("{asked:?}");
        let mut request = Request::builder().method(asked.method).uri(&asked.path);
        for (name, value) in &asked.headers {
            request = request.header(*name, value);
        }
        self.deliver(&described, request.body(body(asked.sent)).unwrap()).await
    }

    async fn deliver<B>(&self, described: &str, request: Request<B>) -> Got
    where
        B: http_body::Body<Data = Bytes, Error: std::fmt::Display> + Unpin,
    {
        let is_head = request.method() == Method::HEAD;
        let id = RequestId::of(request.headers(), || [7; 16]);
        let response = self.api.handle(request, &self.grant, &id).await;
        let operation = response.extensions().get::<Operation>().copied();
        let (head, mut content) = response.into_parts();
        let (mut collected, mut broken) = (Vec::new(), None);
        while let Some(frame) = content.frame().await {
            match frame {
                Ok(frame) => collected.extend_from_slice(&frame.into_data().unwrap()),
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        let got = Got { status: head.status, headers: head.headers, body: collected.into(), broken };
        self.check(operation, is_head, described, &got);
        got
    }

    fn check(&self, operation: Option<Operation>, is_head: bool, asked: &str, got: &Got) {
        let is_problem = got.status.is_client_error() || got.status.is_server_error();
        if is_problem {
            assert_eq!(got.header("content-type"), "application/problem+json", "{asked}");
        }
        let problem = if is_problem && !is_head { got.problem() } else { String::new() };
        if !problem.is_empty() {
            assert_eq!(got.json()["request_id"], got.header("x-request-id"), "{asked}");
        }
        if !is_head
            && got.broken.is_none()
            && !matches!(got.status.as_u16(), 204 | 304)
            && got.headers.contains_key("content-length")
        {
            assert_eq!(got.header("content-length"), got.body.len().to_string(), "{asked}");
        }
        let Some(operation) = operation else {
            assert!(
                matches!(problem.as_str(), "unknown-route" | "method-not-allowed") || is_head,
                "{asked}: {problem}"
            );
            self.check_schema(&json!({ "$ref": "#/components/schemas/Problem" }), &got.body, asked);
            return;
        };
        let described = self.described(operation.name());
        let response = &described["responses"][got.status.as_str()];
        assert!(response.is_object(), "{asked}: {} is not in the document: {:?}", got.status, got.body);
        if !problem.is_empty() {
            let told = response["description"].as_str().unwrap();
            assert!(told.contains(&format!("`{problem}`")), "{asked}: {problem} is not in the document");
        }
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let is_required = header["required"].as_bool().unwrap();
            assert!(got.headers.contains_key(name) || !is_required, "{asked}: there is no {name}");
        }
        match response["content"].as_object() {
            None => assert!(got.body.is_empty(), "{asked}: a content that is not in the document"),
            Some(content) => {
                let (media_type, content) = content.iter().next().unwrap();
                assert!(media_type == "*/*" || media_type == got.header("content-type"), "{asked}");
                if let Some(schema) = content.get("schema") {
                    self.check_schema(schema, &got.body, asked);
                }
                if let Some(schema) = content.get("x-line-schema") {
                    for line in got.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                        self.check_schema(schema, line, asked);
                    }
                }
            }
        }
        self.seen.borrow_mut().insert((operation.name().to_owned(), got.status.as_u16(), problem));
    }

    fn check_schema(&self, schema: &Value, body: &[u8], asked: &str) {
        if body.is_empty() && asked.contains("HEAD") {
            return;
        }
        let mut root = schema.clone();
        root["components"] = self.document["components"].clone();
        let validator = jsonschema::validator_for(&root).unwrap();
        let instance: Value = serde_json::from_slice(body).unwrap();
        let wrong: Vec<_> = validator.iter_errors(&instance).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{asked}: {instance} is not as the document says: {wrong:?}");
    }

    fn described(&self, name: &str) -> &Value {
        let paths = self.document["paths"].as_object().unwrap();
        let mut operations = paths.values().flat_map(|path| path.as_object().unwrap().values());
        operations.find(|operation| operation["operationId"] == name).unwrap()
    }
}

impl Site for Client {
    async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let described = format!("{} {} {:?}", request.method(), request.uri(), request.headers());
        let got = self.deliver(&described, request.map(Full::new)).await;
        assert!(got.broken.is_none(), "{described}: {got:?}");
        let mut response = Response::new(got.body);
        *response.status_mut() = got.status;
        *response.headers_mut() = got.headers;
        response
    }
}

/// A client each of whose requests goes to another process.
pub struct Processes(pub Client);

impl Site for Processes {
    async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        Site::send(&self.0.other_process(), request).await
    }
}

/// A GET.
pub fn get(path: &str) -> Asked {
    Asked::new("GET", path)
}

/// A PUT of bytes.
pub fn put(path: &str, bytes: &'static [u8]) -> Asked {
    Asked::new("PUT", path).bytes(bytes)
}

/// A DELETE.
pub fn delete(path: &str) -> Asked {
    Asked::new("DELETE", path)
}

/// A POST of a JSON document.
pub fn post(path: &str, document: Value) -> Asked {
    Asked::new("POST", path).json(document)
}
