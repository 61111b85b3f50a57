//! Signature Version 4, OSS4-HMAC-SHA256.

use zeroize::Zeroizing;

use super::encode::{encode_hex, encode_path};
use super::hash::{HmacSha256, hmac_sha256, sha256};
use super::moment::Moment;
use super::view::{CanonicalHeaders, Ordered, Query, Subject};
use crate::credentials::Credentials;

const ALGORITHM: &str = "OSS4-HMAC-SHA256";
/// The only payload hash that OSS accepts (EC 0002-00000214): the body is protected by CRC-64, and by MD5 or TLS,
/// instead.
const PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// The product of every OSS region; CloudBox has one of its own.
pub const PRODUCT: &str = "oss";
/// The longest validity of a presigned URL in seconds: seven days (EC 0002-00000232).
pub const MAX_EXPIRES: u64 = 604_800;

/// Where and when a signature is valid: `20231216/cn-hangzhou/oss/aliyun_v4_request`.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// When the request is signed.
    pub moment: Moment,
    /// The bucket's region.
    pub region: &'a str,
    /// [`PRODUCT`], except for CloudBox.
    pub product: &'a str,
}

impl Scope<'_> {
    fn text(&self) -> String {
        [self.moment.date(), "/", self.region, "/", self.product, "/aliyun_v4_request"].concat()
    }
}

/// The key that signs every request of one day, region and product. Wiped from memory when dropped.
pub struct SigningKey {
    date: String,
    /// The text of its scope.
    scope: String,
    key: HmacSha256,
    /// The state of the HMAC after the first half of the text, which is the same for all requests that are signed in
    /// this second.
    begun: Option<(Moment, HmacSha256)>,
}

impl SigningKey {
    /// Derives the key from an AccessKey secret.
    pub fn derive(secret: &str, scope: &Scope<'_>) -> Self {
        let date = scope.moment.date();
        let start = Zeroizing::new(["aliyun_v4", secret].concat());
        let mut key = hmac_sha256(start.as_bytes(), date.as_bytes());
        for message in [scope.region, scope.product, "aliyun_v4_request"] {
            key = hmac_sha256(&*key, message.as_bytes());
        }
        Self { date: date.to_owned(), scope: scope.text(), key: HmacSha256::new(&*key), begun: None }
    }

    /// Whether the key signs requests of this day. The owner must check region and product.
    pub fn is_of(&self, moment: &Moment) -> bool {
        moment.date() == self.date
    }

    /// Appends the signature of a request at a moment of this day.
    fn sign(&mut self, moment: &Moment, mut canonical: String, out: &mut String) {
        let begun = match self.begun.take() {
            Some((second, begun)) if second == *moment => begun,
            _ => self.key.after([ALGORITHM, "\n", moment.basic(), "\n", &self.scope, "\n"].concat().as_bytes()),
        };
        let digest = sha256(canonical.as_bytes());
        canonical.clear();
        encode_hex(&digest, &mut canonical);
        encode_hex(&*begun.code(canonical.as_bytes()), out);
        self.begun = Some((*moment, begun));
    }
}

/// Whether a header is signed without being named: some are, and so is every `x-oss-` header.
fn is_default(name: &str) -> bool {
    name == "content-type" || name == "content-md5" || name.starts_with("x-oss-")
}

/// The names of the additional headers that the request contains and that are not signed anyway: lower-case, sorted,
/// joined by `;`.
fn additional_names(headers: &CanonicalHeaders, additional: &[&str]) -> String {
    let mut names = Ordered::default();
    for name in additional.iter().map(|name| name.to_ascii_lowercase()) {
        if !is_default(&name) && headers.get(&name).is_some() {
            names.set(name, ());
        }
    }
    let mut out = String::new();
    for (number, name) in names.names().enumerate() {
        out.extend([if number > 0 { ";" } else { "" }, name]);
    }
    out
}

fn canonical_request(subject: &Subject<'_>, additional: &str) -> String {
    let mut out = String::with_capacity(512);
    out.push_str(subject.method);
    out.push_str("\n/");
    if let Some(bucket) = subject.bucket {
        encode_path(bucket, &mut out);
        out.push('/');
        encode_path(subject.object.unwrap_or_default(), &mut out);
    }
    out.push('\n');
    subject.query.encode(&mut out);
    out.push('\n');
    for (name, value) in subject.headers.iter() {
        if is_default(name) || additional.split(';').any(|extra| extra == name) {
            out.extend([name, ":", value, "\n"]);
        }
    }
    out.extend(["\n", additional, "\n", PAYLOAD]);
    out
}

/// Sets the headers with the signature's inputs; must be called before [`authorization`].
pub fn prepare(headers: &mut CanonicalHeaders, moment: &Moment, credentials: &Credentials) {
    headers.set("x-oss-content-sha256", PAYLOAD);
    headers.set("x-oss-date", moment.basic());
    if let Some(token) = &credentials.security_token {
        headers.set("x-oss-security-token", token.as_str());
    }
}

/// The value of the `Authorization` header, at a moment of the key's day.
pub fn authorization(
    subject: &Subject<'_>,
    additional: &[&str],
    moment: &Moment,
    access_key_id: &str,
    key: &mut SigningKey,
) -> String {
    let additional = additional_names(subject.headers, additional);
    let mut out = String::with_capacity(224);
    out.extend([ALGORITHM, " Credential=", access_key_id, "/", &key.scope]);
    if !additional.is_empty() {
        out.extend([",AdditionalHeaders=", &additional]);
    }
    out.push_str(",Signature=");
    key.sign(moment, canonical_request(subject, &additional), &mut out);
    out
}

/// The query of a presigned URL that is valid for so many seconds (1 to [`MAX_EXPIRES`]), including the subject's own
/// query.
pub fn presign(
    subject: &Subject<'_>,
    additional: &[&str],
    expires: u64,
    scope: &Scope<'_>,
    credentials: &Credentials,
) -> Query {
    let additional = additional_names(subject.headers, additional);
    let mut key = SigningKey::derive(&credentials.access_key_secret, scope);
    let mut query = subject.query.clone();
    query.set("x-oss-signature-version", ALGORITHM);
    query.set("x-oss-date", scope.moment.basic());
    query.set("x-oss-expires", expires.to_string());
    query.set("x-oss-credential", [&credentials.access_key_id, "/", &key.scope].concat());
    if !additional.is_empty() {
        query.set("x-oss-additional-headers", additional.as_str());
    }
    if let Some(token) = &credentials.security_token {
        query.set("x-oss-security-token", token.as_str());
    }
    let canonical = canonical_request(&Subject { query: &query, ..*subject }, &additional);
    let mut signature = String::with_capacity(64);
    key.sign(&scope.moment, canonical, &mut signature);
    query.set("x-oss-signature", signature);
    query
}

#[cfg(test)]
pub(super) fn canonical_hash(subject: &Subject<'_>, additional: &[&str]) -> String {
    let canonical = canonical_request(subject, &additional_names(subject.headers, additional));
    let mut hex = String::new();
    encode_hex(&sha256(canonical.as_bytes()), &mut hex);
    hex
}
