//! Responses of the server itself, which are whole from the beginning.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, StatusCode};

use super::metrics::Exchange;
use super::outgoing::OutgoingBody;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A response with a text.
pub(super) fn text(status: StatusCode, media_type: HeaderValue, text: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

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

/// Sends a response. One to `HEAD` has the length of what `GET` would give, and no body.
pub(super) fn send(mut exchange: Exchange, method: &Method, response: Response<Bytes>) -> Response<OutgoingBody> {
    let (mut head, mut content) = response.into_parts();
    if *method == Method::HEAD {
        head.headers.insert(CONTENT_LENGTH, content.len().into());
        content.clear();
    }
    let head = Response::from_parts(head, ());
    exchange.answered(&head);
    head.map(|()| OutgoingBody::text(content, exchange))
}
