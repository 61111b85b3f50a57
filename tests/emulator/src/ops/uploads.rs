//! InitiateMultipartUpload and AbortMultipartUpload.

use super::encoding::Encoding;
use super::{conditions, metadata};
use crate::call::Call;
use crate::failures::Failure;
use crate::reply::Reply;
use crate::xml::Writer;

/// Begins an upload; an object of that key stays as it is.
pub(crate) fn initiate(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let key = call.key()?;
    let encoding = Encoding::of(call)?;
    let forbid = conditions::forbid(call, "0026-00000002")?;
    let metadata = metadata::read(call)?;
    bucket.check_forbidden(key, forbid)?;
    let mut encrypted = Reply::ok();
    metadata::echo_encryption(&mut encrypted, &metadata);
    let id = bucket.initiate(key, metadata, call.query.has("sequential"), call.now)?;
    let mut xml = Writer::new();
    xml.open("InitiateMultipartUploadResult");
    if encoding == Encoding::Url {
        xml.text("EncodingType", "url");
    }
    xml.text("Bucket", bucket.name());
    xml.text("Key", &encoding.encode(key));
    xml.text("UploadId", &id);
    xml.close("InitiateMultipartUploadResult");
    let mut reply = Reply::xml(xml.finish());
    reply.headers.extend(encrypted.headers);
    Ok(reply)
}

pub(crate) fn abort(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    bucket.abort(call.key()?, call.query.get("uploadId").unwrap_or(""))?;
    Ok(Reply::no_content())
}
