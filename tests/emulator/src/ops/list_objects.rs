//! ListObjects (GetBucket) and ListObjectsV2.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::encoding::{Encoding, bounded, limit};
use crate::call::Call;
use crate::failures::Failure;
use crate::reply::Reply;
use crate::store::{Bucket, Entry, Item, Key, Version, Walk, walk};
use crate::timestamp;
use crate::xml::Writer;

/// What is left out of every listing of objects.
fn deleted(entry: &Entry) -> bool {
    entry.current().is_none_or(|version| version.is_marker())
}

/// A page of a listing.
#[derive(Default)]
struct Page {
    objects: Vec<(Key, std::sync::Arc<Version>)>,
    groups: Vec<String>,
    /// The last key or group, if there is more after it.
    next: Option<String>,
}

fn page(bucket: &Bucket, query: &Walk<'_>, limit: usize) -> Page {
    let state = bucket.read();
    let mut page = Page::default();
    let mut last = String::new();
    walk(&state.index, query, deleted, |item| {
        if page.objects.len() + page.groups.len() == limit {
            page.next = Some(std::mem::take(&mut last));
            return false;
        }
        match item {
            Item::Key(key, entry) => {
                key.as_str().clone_into(&mut last);
                page.objects.extend(entry.current().map(|version| (key.clone(), version.clone())));
            }
            Item::Group(group) => {
                last.clone_from(&group);
                page.groups.push(group);
            }
        }
        true
    });
    page
}

fn prefix_and_delimiter(call: &Call) -> Result<(&str, &str), Failure> {
    Ok((bounded(call, "prefix", "0015-00000403")?, bounded(call, "delimiter", "0015-00000406")?))
}

/// ListObjects: `Owner` always, `NextMarker` whenever there is more, 100 entries unless asked otherwise.
pub(crate) fn v1(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let encoding = Encoding::of(call)?;
    let limit = limit(call, "max-keys", 100, "0015-00000402")?;
    let (prefix, delimiter) = prefix_and_delimiter(call)?;
    let marker = bounded(call, "marker", "0015-00000405")?;
    let page = page(&bucket, &Walk { prefix, delimiter, after: marker }, limit);
    let mut xml = Writer::new();
    xml.open("ListBucketResult");
    xml.text("Name", bucket.name());
    xml.text("Prefix", &encoding.encode(prefix));
    xml.text("Marker", &encoding.encode(marker));
    common(&mut xml, encoding, limit, delimiter, &page);
    if let Some(next) = &page.next {
        xml.text("NextMarker", &encoding.encode(next));
    }
    entries(&mut xml, encoding, &page, Some(bucket.owner()), call.now);
    xml.close("ListBucketResult");
    Ok(Reply::xml(xml.finish()))
}

/// ListObjectsV2: `Owner` only if asked for, an opaque token, `KeyCount` over keys and groups.
pub(crate) fn v2(call: &Call) -> Result<Reply, Failure> {
    let version = call.query.get("list-type").unwrap_or("");
    if version != "2" {
        return Err(Failure::argument("list-type must be 2.", "0017-00000226", "list-type", version));
    }
    let bucket = call.bucket()?;
    let encoding = Encoding::of(call)?;
    let limit = limit(call, "max-keys", 100, "0015-00000402")?;
    let (prefix, delimiter) = prefix_and_delimiter(call)?;
    let start_after = bounded(call, "start-after", "0015-00000405")?;
    let token = call.query.filled("continuation-token");
    let resumed = token.map(open_token).transpose()?;
    let after = resumed.as_deref().unwrap_or(start_after);
    let page = page(&bucket, &Walk { prefix, delimiter, after }, limit);
    let mut xml = Writer::new();
    xml.open("ListBucketResult");
    xml.text("Name", bucket.name());
    xml.text("Prefix", &encoding.encode(prefix));
    if !start_after.is_empty() {
        xml.text("StartAfter", &encoding.encode(start_after));
    }
    if let Some(token) = token {
        xml.text("ContinuationToken", token);
    }
    common(&mut xml, encoding, limit, delimiter, &page);
    if let Some(next) = &page.next {
        xml.text("NextContinuationToken", &URL_SAFE_NO_PAD.encode(next));
    }
    xml.text("KeyCount", &(page.objects.len() + page.groups.len()).to_string());
    let owner = (call.query.get("fetch-owner") == Some("true")).then(|| bucket.owner());
    entries(&mut xml, encoding, &page, owner, call.now);
    xml.close("ListBucketResult");
    Ok(Reply::xml(xml.finish()))
}

/// Tokens are of characters that no encoding changes: some SDKs decode them where `encoding-type` is `url`, others do not.
fn open_token(token: &str) -> Result<String, Failure> {
    let opened = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    opened.ok_or_else(|| {
        Failure::argument("The continuation token is incorrect.", "0017-00000227", "continuation-token", token)
    })
}

fn common(xml: &mut Writer, encoding: Encoding, limit: usize, delimiter: &str, page: &Page) {
    xml.text("MaxKeys", &limit.to_string());
    xml.text("Delimiter", &encoding.encode(delimiter));
    if encoding == Encoding::Url {
        xml.text("EncodingType", "url");
    }
    xml.text("IsTruncated", if page.next.is_some() { "true" } else { "false" });
}

fn entries(xml: &mut Writer, encoding: Encoding, page: &Page, owner: Option<&str>, now: i64) {
    for (key, version) in &page.objects {
        let Some(content) = &version.content else { continue };
        xml.open("Contents");
        xml.text("Key", &encoding.encode(key.as_str()));
        xml.text("LastModified", &timestamp::iso_millis(version.modified));
        xml.text("ETag", &content.quoted_etag());
        xml.text("Type", content.kind.name());
        xml.text("Size", &content.body.len().to_string());
        xml.text("StorageClass", content.metadata.class());
        if let Some(state) = content.metadata.restoration.as_ref().and_then(|it| it.spell(now)) {
            xml.text("RestoreInfo", &state);
        }
        if let Some(owner) = owner {
            xml.owner(owner);
        }
        xml.close("Contents");
    }
    for group in &page.groups {
        xml.open("CommonPrefixes");
        xml.text("Prefix", &encoding.encode(group));
        xml.close("CommonPrefixes");
    }
}
