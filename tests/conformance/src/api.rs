//! Requests and what is expected of their responses.

use bytes::Bytes;
use http::{Method, Request, Response, Uri, header};

use crate::client::Client;

pub(crate) const OCTETS: &str = "application/octet-stream";

/// The codes of the specification, its legacy ones that a registry of its version can have a use for, and those that
/// distribution adds for what has none, which clients know.
const CODES: [&str; 19] = [
    "BLOB_UNKNOWN",
    "BLOB_UPLOAD_INVALID",
    "BLOB_UPLOAD_UNKNOWN",
    "DIGEST_INVALID",
    "MANIFEST_BLOB_UNKNOWN",
    "MANIFEST_INVALID",
    "MANIFEST_UNKNOWN",
    "NAME_INVALID",
    "NAME_UNKNOWN",
    "SIZE_INVALID",
    "UNAUTHORIZED",
    "DENIED",
    "UNSUPPORTED",
    "TOOMANYREQUESTS",
    "TAG_INVALID",
    "RANGE_INVALID",
    "PAGINATION_NUMBER_INVALID",
    "UNAVAILABLE",
    "UNKNOWN",
];

/// The most bytes of warnings in one response.
const WARNINGS: usize = 4096;

/// A request to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: Method,
    uri: String,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Call {
    pub fn new(method: &str, uri: impl Into<String>) -> Self {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        Self { method, uri: uri.into(), headers: Vec::new(), body: Bytes::new() }
    }

    pub fn get(uri: impl Into<String>) -> Self {
        Self::new("GET", uri)
    }

    pub fn head(uri: impl Into<String>) -> Self {
        Self::new("HEAD", uri)
    }

    pub fn delete(uri: impl Into<String>) -> Self {
        Self::new("DELETE", uri)
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn body(self, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self { body: body.clone(), ..self }.header("content-length", body.len().to_string())
    }

    /// A body whose length is not said beforehand.
    pub fn stream(self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// Sends it, and checks that the response has one of these statuses.
    pub async fn expect(self, client: &impl Client, statuses: &[u16]) -> Response<Bytes> {
        let what = format!("{} {}", self.method, self.uri);
        let is_head = self.method == Method::HEAD;
        let mut request = Request::builder().method(self.method).uri(&self.uri);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let response = client.send(request.body(self.body).expect("a request")).await;
        let status = response.status().as_u16();
        assert!(statuses.contains(&status), "{what}: {status} is not one of {statuses:?}: {:?}", response.body());
        assert!(!is_head || response.body().is_empty(), "{what}: a body");
        if status >= 400 && !is_head {
            assert!(!codes(&response).is_empty(), "{what}: no error");
        }
        check_warnings(&response);
        response
    }

    /// Sends it, and checks that it is refused with this status and code.
    pub async fn expect_error(self, client: &impl Client, status: u16, code: &str) -> Response<Bytes> {
        let response = self.expect(client, &[status]).await;
        let codes = codes(&response);
        assert!(codes.iter().all(|one| one == code), "{code} and not {codes:?}");
        response
    }
}

/// The codes of an error response, whose form is checked.
pub(crate) fn codes(response: &Response<Bytes>) -> Vec<String> {
    let document = json(response);
    let errors = document["errors"].as_array().expect("a list of errors");
    let codes = errors.iter().map(|error| {
        assert!(error["message"].is_string() || error["message"].is_null(), "{error}");
        let code = error["code"].as_str().expect("a code");
        assert!(CODES.contains(&code), "{code} is no code");
        code.to_owned()
    });
    codes.collect()
}

/// Checks that warnings have the form `299 - "text"`.
fn check_warnings(response: &Response<Bytes>) {
    let warnings = response.headers().get_all(header::WARNING).iter();
    let warnings: Vec<&str> = warnings.map(|value| value.to_str().expect("text")).collect();
    for warning in &warnings {
        let text = warning.strip_prefix("299 - \"").and_then(|rest| rest.strip_suffix('"'));
        assert!(text.is_some(), "{warning} is no warning of a registry");
    }
    assert!(warnings.iter().map(|warning| warning.len()).sum::<usize>() <= WARNINGS);
}

/// A header of a response; empty where it is not there.
pub(crate) fn header<'a>(response: &'a Response<Bytes>, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().expect("text")).unwrap_or_default()
}

/// The path and query of a `Location`, which may be absolute.
pub(crate) fn location(response: &Response<Bytes>) -> String {
    let uri: Uri = header(response, "location").parse().expect("a Location");
    uri.path_and_query().expect("a path in the Location").to_string()
}

/// Where a `Link` of a response leads, which must be to the next page; `None` if there is none.
pub(crate) fn next_page(response: &Response<Bytes>) -> Option<String> {
    let link = response.headers().get(header::LINK)?.to_str().expect("text");
    let (uri, relation) = link.strip_prefix('<').and_then(|link| link.split_once('>')).expect("a Link");
    assert_eq!(relation.trim_start_matches([';', ' ']), "rel=\"next\"");
    let uri: Uri = uri.parse().expect("a URI");
    Some(uri.path_and_query().expect("a path in the Link").to_string())
}

/// A URI with another parameter.
pub(crate) fn with_parameter(uri: &str, name: &str, value: &str) -> String {
    let separator = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{separator}{name}={}", value.replace('%', "%25").replace('+', "%2B").replace('/', "%2F"))
}

/// The document that a response holds.
pub(crate) fn json(response: &Response<Bytes>) -> serde_json::Value {
    serde_json::from_slice(response.body()).expect("a document")
}

/// Checks that the response names a digest, where the specification asks for that.
pub(crate) fn check_digest(response: &Response<Bytes>, digest: &str) {
    assert_eq!(header(response, "docker-content-digest"), digest);
}

/// Checks how long a response says that its content is.
pub(crate) fn check_length(response: &Response<Bytes>, length: usize) {
    assert_eq!(header(response, "content-length"), length.to_string());
}
