//! Responses that are in memory.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;

use crate::json;
use crate::problem::Problem;

/// A response with a JSON document. What it says may change at any time, and may be a secret: nobody keeps it.
pub(crate) fn document<T: Serialize>(status: StatusCode, document: &T) -> Result<Response<Bytes>, Problem> {
    let mut response = Response::new(json::to_bytes(document)?);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A response without a content.
pub(crate) fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// Adds a header of text that headers can have; anything else is left out.
pub(crate) fn add_header(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.insert(name, value);
    }
}
