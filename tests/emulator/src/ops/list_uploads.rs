//! ListMultipartUploads.

use super::encoding::{Encoding, bounded, limit};
use crate::call::Call;
use crate::failures::Failure;
use crate::reply::Reply;
use crate::store::Upload;
use crate::timestamp;
use crate::xml::Writer;

/// No page names the EC of a prefix or marker that is too long here.
const UNKNOWN: &str = "";

/// A line of the listing.
enum Line {
    Upload(Upload),
    Group(String),
}

impl Line {
    fn name(&self) -> &str {
        match self {
            Self::Upload(upload) => &upload.key,
            Self::Group(group) => group,
        }
    }

    fn id(&self) -> &str {
        match self {
            Self::Upload(upload) => &upload.id,
            Self::Group(_) => "",
        }
    }
}

pub(crate) fn list(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let encoding = Encoding::of(call)?;
    let limit = limit(call, "max-uploads", 1000, "0042-00000401")?;
    let (prefix, delimiter) = (bounded(call, "prefix", UNKNOWN)?, bounded(call, "delimiter", UNKNOWN)?);
    let (key_marker, id_marker) = (bounded(call, "key-marker", UNKNOWN)?, bounded(call, "upload-id-marker", UNKNOWN)?);
    let mut lines: Vec<Line> = Vec::new();
    for upload in bucket.read().uploads.iter() {
        let Some(rest) = upload.key.strip_prefix(prefix) else { continue };
        let group = if delimiter.is_empty() { None } else { rest.find(delimiter) };
        let line = match group {
            Some(found) => Line::Group(upload.key[..prefix.len() + found + delimiter.len()].to_owned()),
            None => Line::Upload(upload.clone()),
        };
        // With an upload id marker, uploads of the marked key itself go on after that id.
        let later = match &line {
            Line::Upload(upload) if upload.key == key_marker && !id_marker.is_empty() => *upload.id > *id_marker,
            line => line.name() > key_marker,
        };
        let repeated = matches!((&line, lines.last()), (Line::Group(new), Some(Line::Group(old))) if new == old);
        if later && !repeated {
            lines.push(line);
        }
    }
    let truncated = lines.len() > limit;
    lines.truncate(limit);
    let mut xml = Writer::new();
    xml.open("ListMultipartUploadsResult");
    if encoding == Encoding::Url {
        xml.text("EncodingType", "url");
    }
    xml.text("Bucket", bucket.name());
    xml.text("KeyMarker", &encoding.encode(key_marker));
    xml.text("UploadIdMarker", id_marker);
    // Both are there even where there is no next page.
    let last = lines.last();
    xml.text("NextKeyMarker", &encoding.encode(last.map_or("", Line::name)));
    xml.text("NextUploadIdMarker", last.map_or("", Line::id));
    xml.text("Delimiter", &encoding.encode(delimiter));
    xml.text("Prefix", &encoding.encode(prefix));
    xml.text("MaxUploads", &limit.to_string());
    xml.text("IsTruncated", if truncated { "true" } else { "false" });
    for line in &lines {
        match line {
            Line::Upload(upload) => {
                xml.open("Upload");
                xml.text("Key", &encoding.encode(&upload.key));
                xml.text("UploadId", &upload.id);
                xml.text("StorageClass", upload.metadata.class());
                xml.text("Initiated", &timestamp::iso_millis(upload.initiated));
                xml.close("Upload");
            }
            Line::Group(group) => {
                xml.open("CommonPrefixes");
                xml.text("Prefix", &encoding.encode(group));
                xml.close("CommonPrefixes");
            }
        }
    }
    xml.close("ListMultipartUploadsResult");
    Ok(Reply::xml(xml.finish()))
}
