//! Signature version 2: HMAC-SHA256 over the method, three header values, the headers of OSS and the resource.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::view::RequestView;
use crate::percent;

/// The string to sign. `date` is the `Date` header, or the expiry of a URL; `additional` are lower-case names in order.
///
/// Every query parameter is signed but the signature itself, and everything of the resource is encoded, slashes too.
pub fn string_to_sign(request: &RequestView<'_>, date: &str, additional: &[&str]) -> String {
    let mut out = String::with_capacity(256);
    let header = |name: &str| request.header(name).unwrap_or_default();
    for line in [request.method, &header("content-md5"), &header("content-type"), date] {
        out.push_str(line);
        out.push('\n');
    }
    let mut names = request.oss_headers();
    names.extend(additional.iter().filter(|name| !name.starts_with("x-oss-")));
    names.sort_unstable();
    for name in names {
        out.push_str(name);
        out.push(':');
        out.push_str(&header(name));
        out.push('\n');
    }
    out.push_str(&additional.join(";"));
    out.push('\n');
    resource(&mut out, request);
    out
}

fn resource(out: &mut String, request: &RequestView<'_>) {
    percent::encode_into(out, "/");
    if let Some(bucket) = request.bucket {
        percent::encode_into(out, bucket);
        percent::encode_into(out, "/");
        percent::encode_into(out, request.key.unwrap_or(""));
    }
    let mut pairs: Vec<(String, String)> = request
        .query
        .pairs()
        .iter()
        .filter(|(name, _)| name != "x-oss-signature")
        .map(|(name, value)| (percent::encode(name), value.as_deref().map(percent::encode).unwrap_or_default()))
        .collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out.push_str(name);
        if !value.is_empty() {
            out.push('=');
            out.push_str(value);
        }
    }
}

/// The signature, in base64.
pub fn sign(secret: &str, string_to_sign: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(string_to_sign.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::query::Query;

    /// Computed by oss2 2.19.1 (`AuthV2`, key `ak`, secret `sk`): a known answer that owes nothing to this code.
    #[test]
    fn what_oss2_signs() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "text/plain".parse().expect("value"));
        headers.insert("x-oss-meta-a", "1".parse().expect("value"));
        headers.insert("range", "bytes=0-9".parse().expect("value"));
        let query = Query::parse("acl&prefix=a/b%20c").expect("query");
        let view = RequestView {
            method: "PUT",
            bucket: Some("bucket"),
            key: Some("a b/ü+"),
            query: &query,
            headers: &headers,
        };
        let to_sign = string_to_sign(&view, "Wed, 28 Dec 2022 10:27:41 GMT", &["range"]);
        assert_eq!(
            to_sign,
            "PUT\n\ntext/plain\nWed, 28 Dec 2022 10:27:41 GMT\nrange:bytes=0-9\nx-oss-meta-a:1\nrange\n\
             %2Fbucket%2Fa%20b%2F%C3%BC%2B?acl&prefix=a%2Fb%20c"
        );
        assert_eq!(sign("sk", &to_sign), "YJ6ZZNx61A4etY1PGqkgjYorZbLjtS2UpdN9uVSVPfU=");
    }
}
