//! What the headers of a write say of the object.

use std::sync::Arc;

use http::HeaderName;

use super::settings;
use crate::access;
use crate::call::Call;
use crate::failures::Failure;
use crate::percent;
use crate::reply::Reply;
use crate::store::{Bucket, Encryption, Metadata};

/// The standard headers that are kept and given back.
pub(crate) const STANDARD: [&str; 6] =
    ["content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires"];

/// The names of user metadata in which the SDKs keep the keys of their client-side encryption begin so.
pub(crate) const CLIENT_ENCRYPTION: &str = "client-side-encryption-";

pub(crate) const CLASSES: [&str; 5] = ["Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"];
pub(crate) const ACLS: [&str; 4] = ["default", "private", "public-read", "public-read-write"];

/// All user metadata together may have 8 KB.
const MAX_USER: usize = 8 * 1024;

/// Reads the metadata of a write.
pub(crate) fn read(call: &Call) -> Result<Arc<Metadata>, Failure> {
    let bucket = call.shared.store.bucket(call.bucket_name());
    let default_class = || bucket.as_ref().map(|bucket| bucket.storage_class().to_owned());
    let mut metadata = Metadata {
        headers: Vec::new(),
        user: user(call)?,
        storage_class: one_of(call, "x-oss-storage-class", &CLASSES)?.or_else(default_class),
        encryption: encryption(call, bucket.as_deref())?,
        acl: acl(call)?,
        symlink: None,
        restoration: None,
        retention: None,
        legal_hold: None,
        tags: match call.header("x-oss-tagging") {
            Some(text) => tags(text)?,
            None => Vec::new(),
        },
    };
    for name in STANDARD {
        if let Some(value) = call.header(name).filter(|value| !value.is_empty()) {
            metadata.headers.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(Arc::new(metadata))
}

/// The object ACL that a write states, which must not grant anything where public access is blocked.
pub(crate) fn acl(call: &Call) -> Result<Option<String>, Failure> {
    let acl = one_of(call, "x-oss-object-acl", &ACLS)?;
    if let (Some(acl), Some(bucket)) = (&acl, call.shared.store.bucket(call.bucket_name())) {
        access::check_acl(call, &bucket, acl)?;
    }
    Ok(acl)
}

fn user(call: &Call) -> Result<Vec<(String, String)>, Failure> {
    let mut found = Vec::new();
    let mut size = 0;
    for (name, value) in &call.headers {
        let Some(name) = name.as_str().strip_prefix("x-oss-meta-") else { continue };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(Failure::metadata_name(name));
        }
        let value = std::str::from_utf8(value.as_bytes()).map_err(|_| Failure::metadata_name(name))?;
        size += name.len() + value.len();
        found.push((name.to_owned(), value.to_owned()));
    }
    if size > MAX_USER { Err(Failure::metadata_size()) } else { Ok(found) }
}

fn one_of(call: &Call, name: &'static str, allowed: &[&str]) -> Result<Option<String>, Failure> {
    match call.header(name) {
        None => Ok(None),
        Some(value) if allowed.contains(&value) => Ok(Some(value.to_owned())),
        Some(value) => {
            Err(Failure::argument("The value of a header is not one of those allowed.", "0017-00000230", name, value))
        }
    }
}

/// The encryption of what is written: that which the request asks for, or else the bucket's. Buckets are given the ids of
/// keys unseen; it is the write that fails. (Go v1's `TestBucketEncyptionPutObjectError`, EC 0005-00000208.)
fn encryption(call: &Call, bucket: Option<&Bucket>) -> Result<Option<Encryption>, Failure> {
    let encryption = asked_encryption(call)?.or_else(|| settings::encryption_of(bucket?));
    match encryption.as_ref().and_then(|encryption| encryption.key_id.as_deref()) {
        Some(id) if !is_key_id(id) => Err(Failure::kms_key(id)),
        _ => Ok(encryption),
    }
}

/// There is no KMS here, so every id that has the form of a key's is taken for that of one that exists: a UUID, or one that
/// begins with `key-` or `alias/`. (KMS documentation: *Manage a key*.)
fn is_key_id(id: &str) -> bool {
    let named = |prefix: &str| id.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
    let uuid = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    uuid || named("key-") || named("alias/")
}

/// The encryption that a request asks for.
pub(crate) fn asked_encryption(call: &Call) -> Result<Option<Encryption>, Failure> {
    let key_id = call.header("x-oss-server-side-encryption-key-id").map(str::to_owned);
    let data = call.header("x-oss-server-side-data-encryption").map(str::to_owned);
    match call.header("x-oss-server-side-encryption") {
        Some(algorithm @ ("AES256" | "KMS" | "SM4")) => {
            if let Some(data) = data.as_deref().filter(|data| *data != "SM4") {
                return Err(Failure::encryption(data));
            }
            Ok(Some(Encryption::new(algorithm, key_id, data)))
        }
        Some(other) => Err(Failure::encryption(other)),
        // How data are to be encrypted means nothing without KMS, and is not refused. (oss2's
        // `test_put_object_with_encryption`.)
        None => key_id.map_or(Ok(None), |orphan| Err(Failure::encryption(&orphan))),
    }
}

/// The encryption of an object, which every answer about it repeats.
pub(crate) fn echo_encryption(reply: &mut Reply, metadata: &Metadata) {
    let Some(encryption) = &metadata.encryption else { return };
    reply.set(HeaderName::from_static("x-oss-server-side-encryption"), encryption.algorithm.as_str());
    if let Some(id) = &encryption.key_id {
        reply.set(HeaderName::from_static("x-oss-server-side-encryption-key-id"), id.as_str());
    }
    if let Some(data) = &encryption.data {
        reply.set(HeaderName::from_static("x-oss-server-side-data-encryption"), data.as_str());
    }
}

/// Reads tags as a header or a URL spells them: `k=v&k2=v2`, percent-encoded.
pub(crate) fn tags(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let decode = |part: &str| {
        percent::decode_query(part).ok_or_else(|| Failure::tag("0010-00000219", "The tag is not valid UTF-8."))
    };
    let mut tags = Vec::new();
    for piece in text.split('&').filter(|piece| !piece.is_empty()) {
        let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
        tags.push((decode(key)?, decode(value)?));
    }
    check_tags(&tags)?;
    Ok(tags)
}

/// At most 10 tags; keys of 1 to 128 and values of up to 256 characters out of a small set.
/// (OSS documentation: Object tagging.)
pub(crate) fn check_tags(tags: &[(String, String)]) -> Result<(), Failure> {
    if tags.len() > 10 {
        return Err(Failure::tag("0010-00000209", "An object has at most 10 tags."));
    }
    for (index, (key, value)) in tags.iter().enumerate() {
        if key.is_empty() || key.chars().count() > 128 {
            return Err(Failure::tag("0010-00000216", "The key of a tag has 1 to 128 characters."));
        }
        if value.chars().count() > 256 {
            return Err(Failure::tag("0010-00000217", "The value of a tag has at most 256 characters."));
        }
        let plain = |c: char| c.is_alphanumeric() || " +-=._:/".contains(c);
        if !key.chars().all(plain) || !value.chars().all(plain) {
            return Err(Failure::tag("0010-00000219", "A tag has letters, digits, spaces and + - = . _ : / only."));
        }
        if tags[..index].iter().any(|(earlier, _)| earlier == key) {
            return Err(Failure::tag("0010-00000219", "A tag is given twice."));
        }
    }
    Ok(())
}
