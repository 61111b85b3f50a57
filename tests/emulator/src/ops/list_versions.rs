//! ListObjectVersions (GetBucketVersions).

use std::sync::Arc;

use super::encoding::{Encoding, bounded, limit};
use crate::call::Call;
use crate::failures::Failure;
use crate::names;
use crate::reply::Reply;
use crate::store::{Item, Version, Walk, walk};
use crate::timestamp;
use crate::xml::Writer;

/// A line of the listing.
struct Line {
    key: String,
    /// `None` for a group.
    version: Option<Arc<Version>>,
    latest: bool,
}

/// Keys in order, and under each its versions, the newest first.
pub(crate) fn list(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let encoding = Encoding::of(call)?;
    let limit = limit(call, "max-keys", 100, "0012-00000102")?;
    let (prefix, delimiter) = (bounded(call, "prefix", "0012-00000103")?, bounded(call, "delimiter", "0012-00000107")?);
    let (key_marker, id_marker) =
        (bounded(call, "key-marker", "0012-00000104")?, call.query.get("version-id-marker").unwrap_or(""));
    if key_marker.is_empty() && !id_marker.is_empty() {
        let message = "A version-id marker cannot be specified without a key marker.";
        return Err(Failure::argument(message, "0012-00000106", "version-id-marker", id_marker));
    }
    if !id_marker.is_empty() && names::check_version(id_marker).is_err() {
        return Err(Failure::argument("Invalid version id specified", "0012-00000105", "version-id-marker", id_marker));
    }
    let mut lines = rest_of_marked(&bucket, key_marker, id_marker);
    let state = bucket.read();
    walk(
        &state.index,
        &Walk { prefix, delimiter, after: key_marker },
        |_| false,
        |item| {
            match item {
                Item::Group(group) => lines.push(Line { key: group, version: None, latest: false }),
                Item::Key(key, entry) => lines.extend(entry.versions.iter().rev().enumerate().map(|(age, version)| {
                    Line { key: key.as_str().to_owned(), version: Some(version.clone()), latest: age == 0 }
                })),
            }
            lines.len() <= limit
        },
    );
    drop(state);
    let truncated = lines.len() > limit;
    lines.truncate(limit);
    let mut xml = Writer::new();
    xml.open("ListVersionsResult");
    xml.text("Name", bucket.name());
    xml.text("Prefix", &encoding.encode(prefix));
    xml.text("KeyMarker", &encoding.encode(key_marker));
    xml.text("VersionIdMarker", id_marker);
    xml.text("MaxKeys", &limit.to_string());
    xml.text("Delimiter", &encoding.encode(delimiter));
    if encoding == Encoding::Url {
        xml.text("EncodingType", "url");
    }
    xml.text("IsTruncated", if truncated { "true" } else { "false" });
    if truncated && let Some(last) = lines.last() {
        xml.text("NextKeyMarker", &encoding.encode(&last.key));
        xml.text("NextVersionIdMarker", last.version.as_ref().map_or("", |version| &version.id));
    }
    for line in &lines {
        write(&mut xml, line, encoding, bucket.owner(), call.now);
    }
    xml.close("ListVersionsResult");
    Ok(Reply::xml(xml.finish()))
}

/// The versions of the marked key that come after the marked version.
fn rest_of_marked(bucket: &crate::store::Bucket, key: &str, id: &str) -> Vec<Line> {
    let state = bucket.read();
    let Some(entry) = state.index.get(key).filter(|_| !id.is_empty()) else { return Vec::new() };
    let newest_first = entry.versions.iter().rev();
    let rest = newest_first.skip_while(|version| &*version.id != id).skip(1);
    rest.map(|version| Line { key: key.to_owned(), version: Some(version.clone()), latest: false }).collect()
}

fn write(xml: &mut Writer, line: &Line, encoding: Encoding, owner: &str, now: i64) {
    let Some(version) = &line.version else {
        xml.open("CommonPrefixes");
        xml.text("Prefix", &encoding.encode(&line.key));
        xml.close("CommonPrefixes");
        return;
    };
    let name = if version.is_marker() { "DeleteMarker" } else { "Version" };
    xml.open(name);
    xml.text("Key", &encoding.encode(&line.key));
    xml.text("VersionId", &version.id);
    xml.text("IsLatest", if line.latest { "true" } else { "false" });
    xml.text("LastModified", &timestamp::iso_millis(version.modified));
    if let Some(content) = &version.content {
        xml.text("ETag", &content.quoted_etag());
        xml.text("Type", content.kind.name());
        xml.text("Size", &content.body.len().to_string());
        xml.text("StorageClass", content.metadata.class());
        if let Some(state) = content.metadata.restoration.as_ref().and_then(|it| it.spell(now)) {
            xml.text("RestoreInfo", &state);
        }
    }
    xml.owner(owner);
    xml.close(name);
}
