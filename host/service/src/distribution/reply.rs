//! Responses as the registry's specification words them.

use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderValue, Response, StatusCode};

use crate::server::reply::text;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An error as the specification words it.
pub(super) fn document(status: StatusCode, code: &str, message: &str) -> Response<Bytes> {
    let document = format!("{{\"errors\":[{{\"code\":\"{code}\",\"message\":\"{message}\",\"detail\":null}}]}}");
    text(status, JSON, document)
}

/// For a method by which nothing is done with what can only be read.
pub(super) fn only_read() -> Response<Bytes> {
    let message = "this can only be read";
    let mut response = document(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", message);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}
