//! Signature Version 1, HMAC-SHA1.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::hash::hmac_sha1;
use super::moment::Moment;
use super::view::{CanonicalHeaders, Ordered, Query, Subject};
use crate::credentials::Credentials;

/// The query parameters that are part of the resource and so are signed, in byte order: those of the operations that
/// Ossicle sends and those that may accompany them. OSS publishes no complete list; this is the part on which all of
/// its SDKs agree. Parameters that begin with `x-oss-` are signed as well.
const SUB_RESOURCES: [&str; 27] = [
    "acl",
    "append",
    "bucketInfo",
    "continuation-token",
    "delete",
    "location",
    "objectMeta",
    "partNumber",
    "position",
    "resourceGroup",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "security-token",
    "sequential",
    "stat",
    "symlink",
    "tagging",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
];

fn is_signed(name: &str) -> bool {
    name.starts_with("x-oss-") || SUB_RESOURCES.binary_search(&name).is_ok()
}

fn string_to_sign(subject: &Subject<'_>, date: &str) -> String {
    let header = |name| subject.headers.get(name).unwrap_or_default();
    let mut out =
        [subject.method, "\n", header("content-md5"), "\n", header("content-type"), "\n", date, "\n"].concat();
    for (name, value) in subject.headers.iter() {
        if name.starts_with("x-oss-") {
            out.extend([name, ":", value, "\n"]);
        }
    }
    out.push('/');
    if let Some(bucket) = subject.bucket {
        out.extend([bucket, "/", subject.object.unwrap_or_default()]);
    }
    let mut separator = "?";
    // The query is sorted by encoded names, but the names are signed decoded.
    let mut signed = Ordered::default();
    subject
        .query
        .iter()
        .filter(|(name, _)| is_signed(name))
        .for_each(|(name, value)| signed.set(name.to_owned(), value));
    for (name, value) in signed.iter() {
        out.extend([separator, name]);
        if let Some(value) = value {
            out.extend(["=", value]);
        }
        separator = "&";
    }
    out
}

fn sign(subject: &Subject<'_>, date: &str, secret: &str) -> String {
    STANDARD.encode(hmac_sha1(secret.as_bytes(), string_to_sign(subject, date).as_bytes()))
}

/// Sets the headers with the signature's inputs; must be called before [`authorization`]. The date is sent as
/// `x-oss-date`, because a host of components may forbid `Date`.
pub fn prepare(headers: &mut CanonicalHeaders, moment: &Moment, credentials: &Credentials) {
    headers.set("x-oss-date", moment.http());
    if let Some(token) = &credentials.security_token {
        headers.set("x-oss-security-token", token.as_str());
    }
}

/// The value of the `Authorization` header.
pub fn authorization(subject: &Subject<'_>, moment: &Moment, credentials: &Credentials) -> String {
    let signature = sign(subject, &moment.http(), &credentials.access_key_secret);
    ["OSS ", &credentials.access_key_id, ":", &signature].concat()
}

/// The query of a presigned URL that is valid until a time in seconds since 1970, including the subject's own query.
pub fn presign(subject: &Subject<'_>, expires_at: u64, credentials: &Credentials) -> Query {
    let mut query = subject.query.clone();
    if let Some(token) = &credentials.security_token {
        query.set("security-token", token.as_str());
    }
    let expires = expires_at.to_string();
    let signature = sign(&Subject { query: &query, ..*subject }, &expires, &credentials.access_key_secret);
    query.set("OSSAccessKeyId", credentials.access_key_id.as_str());
    query.set("Expires", expires);
    query.set("Signature", signature);
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_resources_are_in_order() {
        assert!(SUB_RESOURCES.is_sorted());
    }

    #[test]
    fn the_string_of_the_published_example() {
        let mut headers = CanonicalHeaders::default();
        for (name, value) in [
            ("Content-MD5", "eB5eJF1ptWaXm4bijSPyxw=="),
            ("Content-Type", "text/html"),
            ("x-oss-date", "Wed, 28 Dec 2022 10:27:41 GMT"),
            ("X-OSS-Meta-Author", " alice "),
            ("X-OSS-Meta-Magic", "abracadabra"),
        ] {
            headers.set(name, value);
        }
        let query = Query::default();
        let subject = Subject {
            method: "PUT",
            bucket: Some("examplebucket"),
            object: Some("nelson"),
            query: &query,
            headers: &headers,
        };
        assert_eq!(
            string_to_sign(&subject, "Wed, 28 Dec 2022 10:27:41 GMT"),
            "PUT\neB5eJF1ptWaXm4bijSPyxw==\ntext/html\nWed, 28 Dec 2022 10:27:41 GMT\n\
             x-oss-date:Wed, 28 Dec 2022 10:27:41 GMT\nx-oss-meta-author:alice\nx-oss-meta-magic:abracadabra\n\
             /examplebucket/nelson"
        );
    }
}
