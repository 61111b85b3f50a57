//! Requests and what is expected of their responses.

use bytes::Bytes;
use http::{Method, Request, Response, Uri};

use crate::client::Client;

/// A request to be sent.
#[derive(Debug)]
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
        let mut request = Request::builder().method(self.method).uri(&self.uri);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let response = client.send(request.body(self.body).expect("a request")).await;
        let status = response.status().as_u16();
        assert!(statuses.contains(&status), "{what}: {status} is not one of {statuses:?}: {:?}", response.body());
        response
    }
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

/// A URI with another parameter.
pub(crate) fn with_parameter(uri: &str, name: &str, value: &str) -> String {
    let separator = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{separator}{name}={value}")
}

/// The document that a response holds.
pub(crate) fn json(response: &Response<Bytes>) -> serde_json::Value {
    serde_json::from_slice(response.body()).expect("a document")
}

/// Checks that the response names a digest, where the specification asks for that.
pub(crate) fn check_digest(response: &Response<Bytes>, digest: &str) {
    assert_eq!(header(response, "docker-content-digest"), digest);
}
