//! ListParts.

use super::encoding::{Encoding, limit};
use super::metadata::CLIENT_ENCRYPTION;
use crate::call::Call;
use crate::failures::Failure;
use crate::reply::Reply;
use crate::timestamp;
use crate::xml::Writer;

pub(crate) fn list(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let key = call.key()?;
    let encoding = Encoding::of(call)?;
    let limit = limit(call, "max-parts", 1000, "0042-00000301")?;
    let marker = call.query.filled("part-number-marker").unwrap_or("0");
    let after: u32 = marker.parse().map_err(|_| {
        Failure::argument("The marker must be a number.", "0042-00000302", "part-number-marker", marker)
    })?;
    let id = call.query.get("uploadId").unwrap_or("");
    let state = bucket.read();
    let upload = state.uploads.get(key, id).ok_or_else(|| Failure::no_such_upload("0042-00000002", id))?;
    let mut parts: Vec<_> =
        upload.parts.range(after.saturating_add(1)..).map(|(_, part)| part).take(limit + 1).collect();
    let truncated = parts.len() > limit;
    parts.truncate(limit);
    let mut xml = Writer::new();
    xml.open("ListPartsResult");
    if encoding == Encoding::Url {
        xml.text("EncodingType", "url");
    }
    xml.text("Bucket", bucket.name());
    xml.text("Key", &encoding.encode(key));
    xml.text("UploadId", id);
    xml.text("StorageClass", upload.metadata.class());
    // Whoever resumes an upload that the client encrypts needs its keys. (Python v2's and Go v2's encryption clients.)
    for (name, element) in [
        ("key", "ClientEncryptionKey"),
        ("start", "ClientEncryptionStart"),
        ("cek-alg", "ClientEncryptionCekAlg"),
        ("wrap-alg", "ClientEncryptionWrapAlg"),
        ("data-size", "ClientEncryptionDataSize"),
        ("part-size", "ClientEncryptionPartSize"),
    ] {
        let stated = upload.metadata.user.iter().find(|(given, _)| given.strip_prefix(CLIENT_ENCRYPTION) == Some(name));
        if let Some((_, value)) = stated {
            xml.text(element, value);
        }
    }
    xml.text("PartNumberMarker", &after.to_string());
    // The SDKs rely on this even where there are no parts and no next page.
    xml.text("NextPartNumberMarker", &parts.last().map_or(0, |last| last.number).to_string());
    xml.text("MaxParts", &limit.to_string());
    xml.text("IsTruncated", if truncated { "true" } else { "false" });
    for part in parts {
        xml.open("Part");
        xml.text("PartNumber", &part.number.to_string());
        xml.text("LastModified", &timestamp::iso_millis(part.modified));
        xml.text("ETag", &format!("\"{}\"", part.etag));
        xml.text("HashCrc64ecma", &part.crc64.to_string());
        xml.text("Size", &part.body.len().to_string());
        xml.close("Part");
    }
    xml.close("ListPartsResult");
    Ok(Reply::xml(xml.finish()))
}
