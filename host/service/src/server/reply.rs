//! Responses of the server itself, which are whole from the beginning.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, StatusCode};

use super::exchange::Exchange;
use super::outgoing::OutgoingBody;

/// Plain text.
pub(crate) const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// A response with a text.
pub(crate) fn text(status: StatusCode, media_type: HeaderValue, text: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// Sends a response. One to `HEAD` has the length of what `GET` would give, and no body.
pub(crate) fn send<C>(mut exchange: Exchange, method: &Method, response: Response<Bytes>) -> Response<OutgoingBody<C>> {
    let (mut head, mut content) = response.into_parts();
    if *method == Method::HEAD {
        head.headers.insert(CONTENT_LENGTH, content.len().into());
        content.clear();
    }
    let head = Response::from_parts(head, ());
    exchange.answered(&head);
    head.map(|()| OutgoingBody::text(content, exchange))
}
