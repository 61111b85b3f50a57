//! GetObject, HeadObject and GetObjectMeta.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, StatusCode, header};

use super::range::{self, Part};
use super::{conditions, settings, symlink};
use crate::call::Call;
use crate::failures::Failure;
use crate::reply::{CRC64, Reply};
use crate::store::{Bucket, Content, Metadata, Missing, Version};
use crate::timestamp;

const ACCESS_TIME: HeaderName = HeaderName::from_static("x-oss-last-access-time");

/// A version that was found, which is no delete marker.
pub(crate) struct Found {
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) version: Arc<Version>,
}

impl Found {
    /// The object's content.
    pub(crate) fn content(&self) -> Result<&Content, Failure> {
        self.version.content.as_ref().ok_or_else(|| Failure::no_such_key(""))
    }
}

/// The version a request is about.
pub(crate) fn find(call: &Call) -> Result<Found, Failure> {
    let bucket = call.bucket()?;
    let key = call.key()?;
    let id = call.version_id()?;
    let version = bucket.find(key, id).map_err(|missing| explain(&missing, call.method.as_str(), key, id))?;
    Ok(Found { bucket, version })
}

/// The same; in a website a directory that is not there is answered by its index.
fn find_page(call: &Call) -> Result<Found, Failure> {
    let found = find(call);
    if !call.key()?.ends_with('/') || call.version_id()?.is_some() || found.is_ok() {
        return found;
    }
    let bucket = call.bucket()?;
    let index = settings::index_of(&bucket).and_then(|name| bucket.find(&name, None).ok());
    index.map_or(found, |version| Ok(Found { bucket, version }))
}

/// The error for a version that is not there.
pub(crate) fn explain(missing: &Missing, method: &str, key: &str, id: Option<&str>) -> Failure {
    match missing {
        Missing::Key => Failure::no_such_key(key),
        Missing::Deleted(marker) => Failure::deleted(key, &marker.id),
        Missing::Marker(marker) => Failure::marker(method, &marker.id),
        Missing::Version => Failure::no_such_version(key, id.unwrap_or("")),
    }
}

pub(crate) fn get(call: &Call) -> Result<Reply, Failure> {
    let found = symlink::resolve(find_page(call)?)?;
    let content = found.content()?;
    readable(call, &found.bucket, call.key()?, content)?;
    conditions::check(call, &conditions::OWN, &found.version, content)?;
    // Neither ranges nor overrides work on the objects that stand for directories. (OSS documentation: GetObject.)
    let directory = call.key()?.ends_with('/');
    let size = content.body.len();
    let part = if directory { Part::Whole } else { range::of(call, size)? };
    let mut reply = Reply::ok();
    describe(&mut reply, &found, content, call.now);
    if !directory {
        overrides(call, &mut reply);
    }
    match part {
        Part::Whole => {
            reply.body = content.body.clone();
            if compresses(call, &reply, size) {
                reply.gzip = true;
                reply.set(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                reply.headers.remove(header::ETAG);
                reply.headers.remove(super::put_object::MD5);
            }
        }
        Part::Range(start, end) => {
            reply.status = StatusCode::PARTIAL_CONTENT;
            reply.set(header::CONTENT_RANGE, format!("bytes {start}-{end}/{size}"));
            reply.body = content.body.slice(start..end + 1);
        }
    }
    Ok(reply)
}

/// Types that are compressed on request. (OSS documentation: GetObject.)
const COMPRESSIBLE: [&str; 10] = [
    "text/cache-manifest",
    "text/xml",
    "text/css",
    "text/html",
    "text/plain",
    "application/javascript",
    "application/x-javascript",
    "application/rss+xml",
    "application/json",
    "text/json",
];

/// Whether an object is sent compressed: 1 KB or more of text, asked for whole by somebody who takes gzip.
fn compresses(call: &Call, reply: &Reply, size: u64) -> bool {
    let takes = |list: &str| list.split(',').any(|one| one.split(';').next().is_some_and(|one| one.trim() == "gzip"));
    let kind = reply.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    size >= 1024
        && COMPRESSIBLE.contains(&kind)
        && !reply.headers.contains_key(header::CONTENT_ENCODING)
        && !call.headers.contains_key(header::RANGE)
        && call.header("accept-encoding").is_some_and(takes)
}

pub(crate) fn head(call: &Call) -> Result<Reply, Failure> {
    let found = symlink::resolve(find(call)?)?;
    let content = found.content()?;
    conditions::check(call, &conditions::OWN, &found.version, content)?;
    let mut reply = Reply::ok();
    describe(&mut reply, &found, content, call.now);
    reply.announced = Some(content.body.len());
    Ok(reply)
}

/// The few headers of GetObjectMeta.
pub(crate) fn meta(call: &Call) -> Result<Reply, Failure> {
    let found = symlink::resolve(find(call)?)?;
    let content = found.content()?;
    let mut reply = Reply::ok()
        .header(header::ETAG, content.quoted_etag())
        .header(header::LAST_MODIFIED, timestamp::http_date(found.version.modified))
        .header(CRC64, content.crc64)
        .version(found.bucket.versioning(), &found.version);
    if settings::tells_access_time(&found.bucket) {
        // Reads are not recorded, so it is the time of the last change.
        reply.set(ACCESS_TIME, timestamp::http_date(found.version.modified));
    }
    if call.method == http::Method::HEAD {
        reply.announced = Some(content.body.len());
    }
    Ok(reply)
}

/// Archived objects must be restored first, but for those of Archive where the bucket lets them be read directly.
pub(crate) fn readable(call: &Call, bucket: &Bucket, key: &str, content: &Content) -> Result<(), Failure> {
    let metadata = &content.metadata;
    let restored = metadata.restoration.as_ref().is_some_and(|it| it.is_restored(call.now));
    let direct = || metadata.class() == "Archive" && settings::reads_archive_directly(bucket);
    if !metadata.is_archived() || restored || direct() { Ok(()) } else { Err(Failure::storage_state(key)) }
}

fn describe(reply: &mut Reply, found: &Found, content: &Content, now: i64) {
    reply.describe(&found.version);
    reply.set(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    reply.set(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    let metadata = &content.metadata;
    for (name, value) in &metadata.headers {
        if let Ok(name) = HeaderName::try_from(name.as_str()) {
            reply.set(name, value.as_str());
        }
    }
    user_headers(reply, metadata);
    if let Some(state) = metadata.restoration.as_ref().and_then(|it| it.spell(now)) {
        reply.set(HeaderName::from_static("x-oss-restore"), state);
    }
    super::metadata::echo_encryption(reply, metadata);
    if !metadata.tags.is_empty() {
        reply.set(HeaderName::from_static("x-oss-tagging-count"), metadata.tags.len());
    }
    if found.bucket.versioning() != crate::store::Versioning::Never {
        reply.set(crate::reply::VERSION_ID, &*found.version.id);
    }
}

/// The user metadata of an object.
pub(crate) fn user_headers(reply: &mut Reply, metadata: &Metadata) {
    for (name, value) in &metadata.user {
        if let Ok(name) = HeaderName::try_from(format!("x-oss-meta-{name}")) {
            reply.set(name, value.as_str());
        }
    }
}

/// `response-…` parameters replace headers of the answer.
fn overrides(call: &Call, reply: &mut Reply) {
    for (parameter, name) in [
        ("response-content-type", header::CONTENT_TYPE),
        ("response-content-language", header::CONTENT_LANGUAGE),
        ("response-expires", header::EXPIRES),
        ("response-cache-control", header::CACHE_CONTROL),
        ("response-content-disposition", header::CONTENT_DISPOSITION),
        ("response-content-encoding", header::CONTENT_ENCODING),
    ] {
        if let Some(value) = call.query.filled(parameter) {
            reply.set(name, value);
        }
    }
}
