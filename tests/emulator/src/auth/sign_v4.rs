//! Signature version 4: HMAC-SHA256 over the hash of a canonical request.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::view::RequestView;
use crate::percent;

/// What a signing key is good for: a day, a region, a product.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// `YYYYMMDD`.
    pub date: String,
    /// Such as `cn-hangzhou`, never `oss-cn-hangzhou`.
    pub region: String,
    /// `oss`.
    pub product: String,
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}/aliyun_v4_request", self.date, self.region, self.product)
    }
}

/// The only payload hash OSS accepts.
pub(crate) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The canonical request. `additional` are lower-case names in order.
///
/// The bucket is part of the path wherever it stood in the URL; `x-oss-signature` is not part of the query.
pub fn canonical_request(request: &RequestView<'_>, additional: &[&str]) -> String {
    let mut out = String::with_capacity(512);
    out.push_str(request.method);
    out.push_str("\n/");
    if let Some(bucket) = request.bucket {
        percent::encode_path_into(&mut out, bucket);
        out.push('/');
        percent::encode_path_into(&mut out, request.key.unwrap_or(""));
    }
    out.push('\n');
    query(&mut out, request);
    out.push('\n');
    headers(&mut out, request, additional);
    out.push('\n');
    out.push_str(&additional.join(";"));
    out.push('\n');
    out.push_str(UNSIGNED_PAYLOAD);
    out
}

fn query(out: &mut String, request: &RequestView<'_>) {
    let mut pairs: Vec<(String, String)> = request
        .query
        .pairs()
        .iter()
        .filter(|(name, _)| name != "x-oss-signature")
        .map(|(name, value)| (percent::encode(name), value.as_deref().map(percent::encode).unwrap_or_default()))
        .collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push('&');
        }
        out.push_str(name);
        if !value.is_empty() {
            out.push('=');
            out.push_str(value);
        }
    }
}

/// Whether a header is signed without being declared.
pub(crate) fn signed_by_default(name: &str) -> bool {
    name == "content-type" || name == "content-md5" || name.starts_with("x-oss-")
}

fn headers(out: &mut String, request: &RequestView<'_>, additional: &[&str]) {
    let mut names: Vec<&str> = request
        .headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| signed_by_default(name) || additional.contains(name))
        .collect();
    names.sort_unstable();
    for name in names {
        out.push_str(name);
        out.push(':');
        out.push_str(&request.header(name).unwrap_or_default());
        out.push('\n');
    }
}

/// The string to sign. `date` is `x-oss-date`.
pub fn string_to_sign(date: &str, scope: &Scope, canonical_request: &str) -> String {
    format!("OSS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical_request.as_bytes())))
}

/// The signing key: a chain of HMACs over the parts of the scope.
pub fn signing_key(secret: &str, scope: &Scope) -> [u8; 32] {
    let start = hmac(format!("aliyun_v4{secret}").as_bytes(), scope.date.as_bytes());
    let region = hmac(&start, scope.region.as_bytes());
    let product = hmac(&region, scope.product.as_bytes());
    hmac(&product, b"aliyun_v4_request")
}

/// The signature, in lower-case hexadecimal.
pub fn sign(signing_key: &[u8; 32], string_to_sign: &str) -> String {
    hex(&hmac(signing_key, string_to_sign.as_bytes()))
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
