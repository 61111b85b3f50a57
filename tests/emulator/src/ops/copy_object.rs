//! CopyObject.

use std::sync::Arc;

use super::metadata::CLIENT_ENCRYPTION;
use super::{conditions, copy_source, metadata};
use crate::call::Call;
use crate::failures::Failure;
use crate::reply::{CRC64, Reply};
use crate::store::{Content, Metadata, ObjectType, Versioning};
use crate::timestamp;
use crate::xml::Writer;

/// The largest object that is copied in one piece: 5 GB; the documentation recommends parts from 1 GB on.
const MAX_COPY: u64 = 5 << 30;

pub(crate) fn copy(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let key = call.key()?;
    // Conditions under their plain names are not refused here, as a put refuses them, and mean nothing: ali-oss sends
    // each condition under both names, and its tests against the service meet what those on the source say.
    let forbid = conditions::forbid(call, "0026-00000201")?;
    let source = copy_source::find(call)?;
    let Some(from) = &source.version.content else { return Err(Failure::no_such_key(&source.key)) };
    if from.body.len() > MAX_COPY {
        return Err(Failure::too_large(MAX_COPY));
    }
    let onto_itself = source.bucket == bucket.name() && source.key == key;
    let metadata = resulting(call, &from.metadata, onto_itself, bucket.versioning() != Versioning::Never)?;
    // Only the copy of an appendable object onto itself stays one: that is how its metadata is changed.
    let kind = match from.kind {
        ObjectType::Appendable if onto_itself => ObjectType::Appendable,
        ObjectType::Appendable => ObjectType::Normal,
        other => other,
    };
    let content = Content { kind, metadata, ..from.clone() };
    let quoted = content.quoted_etag();
    let mut reply = Reply::ok();
    metadata::echo_encryption(&mut reply, &content.metadata);
    let version = bucket.put(key, content, call.now, forbid)?;
    let mut xml = Writer::new();
    xml.open("CopyObjectResult");
    xml.text("ETag", &quoted);
    xml.text("LastModified", &timestamp::iso_millis(version.modified));
    xml.close("CopyObjectResult");
    let mut document = Reply::xml(xml.finish()).header(CRC64, from.crc64).header(http::header::ETAG, quoted);
    document.headers.extend(reply.headers);
    source.name_version(call, &mut document);
    Ok(document.version(bucket.versioning(), &version))
}

/// The metadata of the copy: that of the source, or with `x-oss-metadata-directive: REPLACE` that of the request. A copy
/// onto itself, where no versions are kept, always takes that of the request. What is stored how is the request's affair in
/// every case.
fn resulting(call: &Call, source: &Metadata, onto_itself: bool, versioned: bool) -> Result<Arc<Metadata>, Failure> {
    let given = metadata::read(call)?;
    let replaces = |header: &'static str| match call.header(header) {
        None => Ok(false),
        Some(text) if text.eq_ignore_ascii_case("replace") => Ok(true),
        Some(text) if text.eq_ignore_ascii_case("copy") => Ok(false),
        Some(other) => Err(Failure::argument("The directive must be COPY or REPLACE.", "0017-00000231", header, other)),
    };
    let replace = replaces("x-oss-metadata-directive")? || (onto_itself && !versioned);
    let replace_tags = replaces("x-oss-tagging-directive")?;
    let from = if replace { &given } else { source };
    let mut headers = from.headers.clone();
    // The type outlives a replacement that names none. (oss2's `test_update_metadata_versioning`.)
    let typed = |headers: &[(String, String)]| headers.iter().find(|(name, _)| name == "content-type").cloned();
    if typed(&headers).is_none() {
        headers.extend(typed(&source.headers));
    }
    // So does what a client needs to decrypt the object. (Python v2's `test_different_bucket_single_replace_meta_and_tag`.)
    let mut user = from.user.clone();
    for (name, value) in source.user.iter().filter(|(name, _)| name.starts_with(CLIENT_ENCRYPTION)) {
        if !user.iter().any(|(given, _)| given == name) {
            user.push((name.clone(), value.clone()));
        }
    }
    // A copy onto itself keeps the ACL if it names none, unless it asks for an encryption, and so for other bytes in the
    // store. (ossutil's `TestSetObjectMetaBasic` and `TestSetObjectMetaUpdateEncryptionWithAclStatus`.)
    let in_place = onto_itself && metadata::asked_encryption(call)?.is_none();
    Ok(Arc::new(Metadata {
        headers,
        user,
        storage_class: given.storage_class.clone(),
        encryption: given.encryption.clone(),
        acl: given.acl.clone().or_else(|| source.acl.clone().filter(|_| in_place)),
        // The copy of a symlink is a symlink. (OSS documentation: CopyObject.)
        symlink: source.symlink.clone(),
        restoration: None,
        retention: None,
        legal_hold: None,
        tags: if replace_tags { given.tags.clone() } else { source.tags.clone() },
    }))
}
