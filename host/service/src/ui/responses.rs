//! The files as responses.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, REFERRER_POLICY};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use ossicle_registry::is_unchanged;

use super::files::Page;

/// What a page may do.
#[derive(Clone, Debug)]
pub(crate) struct Policy(HeaderValue);

impl Policy {
    /// The page may run its own scripts, and send requests to this host and to these origins. Nothing else is loaded, run,
    /// framed or sent, whatever it is that was stored.
    pub fn new(origins: &[String]) -> Self {
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {}; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'",
            [&["'self'".to_owned()], origins].concat().join(" ")
        );
        // Of characters that were looked at.
        Self(HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'")))
    }
}

/// The response with the file of a page at a path; `None` where there is nothing.
pub(crate) fn answer(page: &Page, policy: &Policy, path: &str, headers: &HeaderMap) -> Option<Response<Bytes>> {
    let file = page.find(path)?;
    let etag = file.etag();
    let mut response = Response::new(Bytes::new());
    if is_unchanged(headers, &etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = Bytes::from_static(file.content.as_bytes());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy.0.clone());
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // The files belong together: none of another version may stay in a browser.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(ETAG, etag);
    }
    Some(response)
}
