//! The page for people, as responses.

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};

use super::reply;
use crate::tenant::Tenants;
use crate::ui::{self, Policy, REGISTRY};

/// The page may ask this host, and where clients get their tokens.
pub(super) fn policy(tenants: &Tenants) -> Policy {
    let mut servers: Vec<String> = tenants.all().iter().filter_map(|tenant| origin(tenant.token_realm()?)).collect();
    servers.sort();
    servers.dedup();
    Policy::new(&servers)
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
pub(super) fn answer(policy: &Policy, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response<Bytes>> {
    let response = match path {
        "/ui/" => {
            let mut moved = Response::new(Bytes::new());
            *moved.status_mut() = StatusCode::PERMANENT_REDIRECT;
            moved.headers_mut().insert(LOCATION, HeaderValue::from_static("/ui"));
            moved
        }
        path => ui::answer(&REGISTRY, policy, path, headers)?,
    };
    Some(if matches!(*method, Method::GET | Method::HEAD) { response } else { reply::only_read() })
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
