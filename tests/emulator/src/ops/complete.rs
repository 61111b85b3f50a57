//! CompleteMultipartUpload.

use http::header;

use super::encoding::Encoding;
use super::put_object::refuse_callback;
use super::{conditions, metadata};
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::{CRC64, Reply};
use crate::store::Chosen;
use crate::xml::{Element, Writer};

pub(crate) async fn complete(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let key = call.key()?.to_owned();
    let id = call.query.get("uploadId").unwrap_or("").to_owned();
    let encoding = Encoding::of(call)?;
    conditions::refuse_on_write(call)?;
    // Asked for here again: that no object was there when the upload began proves nothing.
    let forbid = conditions::forbid(call, "0042-00000214")?;
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
    let version = bucket.complete(&key, &id, &chosen, call.now, forbid)?;
    let Some(content) = &version.content else { return Err(Failure::no_such_key(&key).into()) };
    refuse_callback(call)?;
    let mut xml = Writer::new();
    xml.open("CompleteMultipartUploadResult");
    if encoding == Encoding::Url {
        xml.text("EncodingType", "url");
    }
    xml.text("Location", &format!("http://{}.oss-{}.aliyuncs.com/{key}", bucket.name(), bucket.region()));
    xml.text("Bucket", bucket.name());
    xml.text("Key", &encoding.encode(&key));
    xml.text("ETag", &content.quoted_etag());
    xml.close("CompleteMultipartUploadResult");
    let mut reply = Reply::xml(xml.finish()).header(CRC64, content.crc64).header(header::ETAG, content.quoted_etag());
    metadata::echo_encryption(&mut reply, &content.metadata);
    Ok(reply.version(bucket.versioning(), &version))
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
