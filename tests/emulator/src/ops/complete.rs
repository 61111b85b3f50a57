//! CompleteMultipartUpload.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header;
use md5::{Digest as _, Md5};

use super::encoding::Encoding;
use super::put_object::MD5;
use super::{callback, conditions, metadata};
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::percent;
use crate::reply::{CRC64, Reply};
use crate::store::{Body, Chosen, Completion};
use crate::xml::{Element, Writer};

pub(crate) async fn complete(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let key = call.key()?.to_owned();
    let id = call.query.get("uploadId").unwrap_or("").to_owned();
    let encoding = Encoding::of(call)?;
    conditions::refuse_on_write(call)?;
    // An upload is encrypted as it was begun. (oss2's `test_multipart_upload`.)
    if call.headers.contains_key("x-oss-server-side-encryption") {
        return Err(Failure::encryption_on_part().into());
    }
    // Asked for here again: that no object was there when the upload began proves nothing.
    let forbid = conditions::forbid(call, "0042-00000214")?;
    let callback = callback::wanted(call)?;
    let received = call.inbound.receive(16 << 20).await?;
    received.check_md5(call.header("content-md5"))?;
    let bytes = received.body.read().map_err(|error| Failure::internal(error.to_string()))?;
    let chosen = match call.header("x-oss-complete-all") {
        None => parse(&bytes)?,
        Some("yes") if bytes.is_empty() => Chosen::All,
        Some("yes") => return Err(Failure::complete_all_with_body().into()),
        Some(other) => {
            let message = "x-oss-complete-all must be yes.";
            return Err(Failure::argument(message, "0042-00000215", "x-oss-complete-all", other).into());
        }
    };
    let acl = metadata::acl(call)?;
    let md5 = match bucket.sequential_content(&key, &id, &chosen) {
        Some(content) => Some((content.etag, whole_md5(content.body).await?)),
        None => None,
    };
    let version = bucket.complete(&key, &id, Completion { chosen: &chosen, now: call.now, forbid, acl, md5 })?;
    let Some(content) = &version.content else { return Err(Failure::no_such_key(&key).into()) };
    let mut xml = Writer::new();
    xml.open("CompleteMultipartUploadResult");
    if encoding == Encoding::Url {
        xml.text("EncodingType", "url");
    }
    // Encoded whatever the encoding-type: a key may have characters that no XML document may.
    let mut location = format!("http://{}.oss-{}.aliyuncs.com/", bucket.name(), bucket.region());
    percent::encode_path_into(&mut location, &key);
    xml.text("Location", &location);
    xml.text("Bucket", bucket.name());
    xml.text("Key", &encoding.encode(&key));
    xml.text("ETag", &content.quoted_etag());
    xml.close("CompleteMultipartUploadResult");
    let mut reply = Reply::xml(xml.finish()).header(CRC64, content.crc64).header(header::ETAG, content.quoted_etag());
    if let Some(md5) = &content.md5 {
        reply.set(MD5, md5.as_str());
    }
    metadata::echo_encryption(&mut reply, &content.metadata);
    Ok(callback::make(call, callback, content, reply).await?.version(bucket.versioning(), &version))
}

/// The MD5 of a body as `Content-MD5` spells it. It may have gigabytes, so this leaves the other connections their thread.
async fn whole_md5(body: Body) -> Result<String, Failure> {
    let hash = move || {
        let mut md5 = Md5::new();
        for piece in body.pieces(1 << 20) {
            md5.update(piece.read()?);
        }
        Ok(STANDARD.encode(md5.finalize()))
    };
    let hashed = tokio::task::spawn_blocking(hash).await;
    hashed
        .map_err(std::io::Error::other)
        .and_then(|hashed| hashed)
        .map_err(|error| Failure::internal(error.to_string()))
}

fn parse(bytes: &[u8]) -> Result<Chosen, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::complete_malformed())?;
    let root = Element::parse(text).filter(|root| root.name == "CompleteMultipartUpload");
    let root = root.ok_or_else(Failure::complete_malformed)?;
    let part = |part: &Element| {
        let number: u32 = part.value("PartNumber")?.trim().parse().ok()?;
        Some((number, part.value("ETag")?.trim().trim_matches('"').to_owned()))
    };
    let listed: Option<Vec<_>> = root.all("Part").map(part).collect();
    Ok(Chosen::Listed(listed.ok_or_else(Failure::complete_malformed)?))
}
