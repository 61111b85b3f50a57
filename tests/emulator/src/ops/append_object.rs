//! AppendObject.

use std::sync::Arc;

use http::header;

use super::put_object::{MAX_PUT, require_length};
use super::{conditions, metadata};
use crate::call::{Call, Halt};
use crate::failures::{Failure, NEXT_POSITION};
use crate::reply::{CRC64, Reply, VERSION_ID};
use crate::store::{Part, Versioning};

pub(crate) async fn append(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let key = call.key()?.to_owned();
    let position = position(call)?;
    require_length(call)?;
    conditions::refuse_on_write(call)?;
    // What later appends say of the object is not even looked at. (Tests of Python v2 against the service.)
    let metadata = if bucket.append_makes(&key) { metadata::read(call)? } else { Arc::default() };
    if let class @ ("ColdArchive" | "DeepColdArchive") = metadata.class() {
        return Err(Failure::append_class(class).into());
    }
    let received = call.inbound.receive_into(MAX_PUT, bucket.spool_append()).await?;
    received.check_md5(call.header("content-md5"))?;
    let (etag, crc64) = (received.etag(), received.crc64);
    let piece = Part { number: 0, etag, crc64, modified: call.now, body: received.body };
    let appended = bucket.append(&key, position, &piece, &metadata)?;
    // But for the ACL, which each append may set. (Go v1's `TestAppendObject`.)
    if let Some(acl) = call.header("x-oss-object-acl").filter(|acl| metadata::ACLS.contains(acl))
        && let Ok(version) = bucket.find(&key, Some(&appended.version))
    {
        bucket.amend(&key, &version, |metadata| metadata.acl = Some(acl.to_owned()))?;
    }
    let mut reply = Reply::ok()
        .header(NEXT_POSITION, appended.length)
        .header(CRC64, appended.crc64)
        .header(header::ETAG, format!("\"{}\"", appended.etag));
    metadata::echo_encryption(&mut reply, &appended.metadata);
    if bucket.versioning() != Versioning::Never {
        reply.set(VERSION_ID, &*appended.version);
    }
    Ok(reply)
}

/// OSS seals for those accounts only that it has let in; everybody else gets this. (Go v2's `TestSealAppendObject`.)
pub(crate) fn seal(call: &Call) -> Failure {
    match call.bucket() {
        Ok(_) => Failure::seal(),
        Err(failure) => failure,
    }
}

fn position(call: &Call) -> Result<u64, Failure> {
    if let Some(version) = call.query.get("versionId") {
        return Err(Failure::append_version(version));
    }
    let text = call.query.filled("position").ok_or_else(Failure::position_missing)?;
    text.parse().map_err(|_| Failure::position_invalid(text))
}
