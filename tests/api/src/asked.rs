//! Requests and their responses.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use serde_json::Value;

use crate::site::Site;

/// A request.
#[derive(Clone, Debug)]
pub struct Asked(Request<Bytes>);

/// A response.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    response: Response<Bytes>,
}

impl Asked {
    pub fn new(method: &str, path: &str) -> Self {
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::from_bytes(method.as_bytes()).expect("a method");
        *request.uri_mut() = path.parse().expect("a path");
        Self(request)
    }

    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let value = HeaderValue::from_str(value.as_ref()).expect("a header's value");
        self.0.headers_mut().insert(HeaderName::from_static(name), value);
        self
    }

    pub fn content(mut self, content: impl Into<Bytes>) -> Self {
        *self.0.body_mut() = content.into();
        self
    }

    pub fn into_request(self) -> Request<Bytes> {
        self.0
    }

    /// Has somebody with all rights send it.
    pub async fn send<S: Site>(self, site: &S) -> Got {
        Got::of(site.send(self.0).await)
    }
}

pub fn get(path: &str) -> Asked {
    Asked::new("GET", path)
}

pub fn head(path: &str) -> Asked {
    Asked::new("HEAD", path)
}

pub fn put(path: &str, content: impl Into<Bytes>) -> Asked {
    Asked::new("PUT", path).content(content)
}

pub fn delete(path: &str) -> Asked {
    Asked::new("DELETE", path)
}

/// A POST of a JSON document.
pub fn post(path: &str, document: &Value) -> Asked {
    Asked::new("POST", path).header("content-type", "application/json").content(document.to_string())
}

impl Got {
    pub fn of(response: Response<Bytes>) -> Self {
        Self { status: response.status().as_u16(), response }
    }

    /// The same, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
    }

    pub fn body(&self) -> &[u8] {
        self.response.body()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(self.body()).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The name of the problem that it tells.
    #[track_caller]
    pub fn problem(&self) -> String {
        let document = self.json();
        let kind = document["type"].as_str().and_then(|kind| kind.strip_prefix("urn:ossicle:problem:"));
        kind.unwrap_or_else(|| panic!("no problem: {self:?}")).to_owned()
    }
}
