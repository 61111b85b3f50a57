//! UploadPart and UploadPartCopy.

use http::header;
use md5::{Digest as _, Md5};

use super::put_object::{MAX_PUT, MD5, require_length};
use super::range::{self, Part as Asked};
use super::{conditions, copy_source, metadata};
use crate::call::{Call, Halt};
use crate::checksum::Crc64;
use crate::failures::Failure;
use crate::reply::{CRC64, Reply};
use crate::store::{Body, Part, upper_hex};
use crate::timestamp;
use crate::xml::Writer;

/// The part number and the upload id of a request. Numbers go from 1 to 10000.
fn place(call: &Call) -> Result<(u32, String), Failure> {
    let text = call.query.get("partNumber").unwrap_or("");
    let number = text.parse().ok().filter(|number| (1..=10_000).contains(number));
    let number = number.ok_or_else(|| Failure::part_number(text))?;
    Ok((number, call.query.get("uploadId").unwrap_or("").to_owned()))
}

/// Stores a part, however small: its size is looked at when the upload is completed.
pub(crate) async fn upload(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let key = call.key()?.to_owned();
    let (number, id) = place(call)?;
    require_length(call)?;
    conditions::refuse_on_write(call)?;
    if call.headers.contains_key("x-oss-server-side-encryption") {
        return Err(Failure::encryption_on_part().into());
    }
    let upload = bucket.check_upload(&key, &id, "0042-00000104")?;
    let received = call.inbound.receive_into(MAX_PUT, bucket.spool()).await?;
    received.check_md5(call.header("content-md5"))?;
    let (etag, md5, crc64) = (received.etag(), received.md5(), received.crc64);
    let body = received.body;
    let quoted = format!("\"{etag}\"");
    bucket.add_part(&key, &id, Part { number, etag, crc64, modified: call.now, body })?;
    let mut reply = Reply::ok().header(header::ETAG, quoted).header(MD5, md5).header(CRC64, crc64);
    metadata::echo_encryption(&mut reply, &upload);
    Ok(reply)
}

/// Makes a part of (a range of) an object.
pub(crate) async fn copy(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let key = call.key()?.to_owned();
    let (number, id) = place(call)?;
    bucket.check_upload(&key, &id, "0042-00000311")?;
    let source = copy_source::find(call)?;
    let Some(content) = &source.version.content else { return Err(Failure::no_such_key(&source.key).into()) };
    let size = content.body.len();
    let asked = range::of_copy(call.header("x-oss-copy-source-range"), size);
    let body = match asked {
        Asked::Whole => content.body.clone(),
        Asked::Range(start, end) => content.body.slice(start..end + 1),
    };
    // Gigabytes may have to be read and hashed, so this leaves the other connections their thread.
    let copied = body.clone();
    let digests = tokio::task::spawn_blocking(move || digests(&copied)).await;
    let digests = digests.map_err(std::io::Error::other).and_then(|digests| digests);
    let (etag, crc64) = digests.map_err(|error| Failure::internal(error.to_string()))?;
    let mut xml = Writer::new();
    xml.open("CopyPartResult");
    xml.text("LastModified", &timestamp::iso_millis(call.now));
    xml.text("ETag", &format!("\"{etag}\""));
    xml.close("CopyPartResult");
    let quoted = format!("\"{etag}\"");
    bucket.add_part(&key, &id, Part { number, etag, crc64, modified: call.now, body })?;
    let mut reply = Reply::xml(xml.finish()).header(CRC64, crc64).header(header::ETAG, quoted);
    source.name_version(call, &mut reply);
    if let Asked::Range(start, end) = asked {
        reply.set(header::CONTENT_RANGE, format!("bytes {start}-{end}/{size}"));
    }
    Ok(reply)
}

/// ETag and CRC-64 of a body; blocks.
fn digests(body: &Body) -> std::io::Result<(String, u64)> {
    let (mut md5, mut crc64) = (Md5::new(), Crc64::new());
    for piece in body.pieces(1 << 20) {
        let bytes = piece.read()?;
        md5.update(&bytes);
        crc64.update(&bytes);
    }
    Ok((upper_hex(&md5.finalize()), crc64.finish()))
}
