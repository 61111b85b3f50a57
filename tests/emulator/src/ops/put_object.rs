//! PutObject.

use http::{HeaderName, header};

use super::{callback, conditions, metadata};
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::{CRC64, Reply};
use crate::store::{Content, ObjectType};

/// The largest object that is put in one piece: 5 GB.
pub(crate) const MAX_PUT: u64 = 5 << 30;
pub(crate) const MD5: HeaderName = HeaderName::from_static("content-md5");

pub(crate) async fn put(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let key = call.key()?.to_owned();
    require_length(call)?;
    conditions::refuse_on_write(call)?;
    let forbid = conditions::forbid(call, "0026-00000002")?;
    let metadata = metadata::read(call)?;
    bucket.check_forbidden(&key, forbid)?;
    let callback = callback::wanted(call)?;
    let received = call.inbound.receive_into(MAX_PUT, bucket.spool()).await?;
    received.check_md5(call.header("content-md5"))?;
    let (etag, md5, crc64) = (received.etag(), received.md5(), received.crc64);
    let body = received.body;
    let content = Content { kind: ObjectType::Normal, body, etag, crc64, md5: Some(md5.clone()), metadata };
    let quoted = content.quoted_etag();
    let mut reply = Reply::ok().header(header::ETAG, quoted).header(MD5, md5).header(CRC64, crc64);
    metadata::echo_encryption(&mut reply, &content.metadata);
    let version = bucket.put(&key, content.clone(), call.now, forbid)?;
    Ok(callback::make(call, callback, &content, reply).await?.version(bucket.versioning(), &version))
}

/// A body must say its length or be chunked. (OSS documentation: PutObject, MissingContentLength.)
pub(crate) fn require_length(call: &Call) -> Result<(), Failure> {
    if call.headers.contains_key(header::CONTENT_LENGTH) || call.headers.contains_key(header::TRANSFER_ENCODING) {
        Ok(())
    } else {
        Err(Failure::length_missing())
    }
}
