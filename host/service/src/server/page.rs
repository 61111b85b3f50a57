//! The page for people, as responses.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, LOCATION, REFERRER_POLICY};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};
use ossicle_registry::is_unchanged;

use super::reply;
use crate::tenant::Tenants;
use crate::ui::PageFile;

/// The page may run its own scripts, and send requests to this host and to where clients get their tokens. Nothing else is
/// loaded, run, framed or sent, whatever it is that was pushed.
pub(super) fn policy(tenants: &Tenants) -> HeaderValue {
    let mut servers: Vec<String> = tenants.all().iter().filter_map(|tenant| origin(tenant.token_realm()?)).collect();
    servers.sort();
    servers.dedup();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {}; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        [vec!["'self'".to_owned()], servers].concat().join(" ")
    );
    // Of characters that were looked at.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// The origin of a URL, if it can stand in a policy.
fn origin(url: &str) -> Option<String> {
    let url: Uri = url.parse().ok()?;
    let (scheme, host) = (url.scheme_str()?, url.host()?);
    let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte));
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    is_plain.then(|| format!("{scheme}://{host}{port}"))
}

/// The response for a path of the page; `None` where there is nothing.
pub(super) fn answer(
    policy: &HeaderValue,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Option<Response<Bytes>> {
    let file = match path {
        "/ui/" => None,
        path => Some(PageFile::find(path)?),
    };
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Some(reply::only_read());
    }
    let Some(file) = file else {
        let mut moved = Response::new(Bytes::new());
        *moved.status_mut() = StatusCode::PERMANENT_REDIRECT;
        moved.headers_mut().insert(LOCATION, HeaderValue::from_static("/ui"));
        return Some(moved);
    };
    let etag = file.etag();
    let mut response = match is_unchanged(headers, &etag) {
        true => {
            let mut unchanged = Response::new(Bytes::new());
            *unchanged.status_mut() = StatusCode::NOT_MODIFIED;
            unchanged
        }
        false => reply::text(StatusCode::OK, HeaderValue::from_static(file.media_type), file.content),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // The files belong together: none of another version may stay in a browser.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(ETAG, etag);
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_what_a_policy_can_hold() {
        for (realm, expected) in [
            ("https://auth.example.com/token?x=y", Some("https://auth.example.com")),
            ("http://[::1]:5001/", Some("http://[::1]:5001")),
            ("/token", None),
            ("https://a;script-src/token", None),
            ("not a URL", None),
        ] {
            assert_eq!(origin(realm).as_deref(), expected, "{realm}");
        }
    }
}
