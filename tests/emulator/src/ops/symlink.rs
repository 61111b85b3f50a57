//! PutSymlink, GetSymlink, and what reading an object means that is a symlink.

use std::sync::Arc;

use http::{HeaderName, StatusCode, header};
use md5::{Digest as _, Md5};

use super::get_object::{self, Found};
use super::{conditions, metadata};
use crate::call::Call;
use crate::failures::Failure;
use crate::names;
use crate::percent;
use crate::reply::Reply;
use crate::store::{Body, Content, ObjectType, Version, upper_hex};
use crate::timestamp;

const TARGET: HeaderName = HeaderName::from_static("x-oss-symlink-target");

/// The target need not exist, and lies in the same bucket. (OSS documentation: PutSymlink.)
pub(crate) fn put(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let key = call.key()?;
    let forbid = conditions::forbid(call, "0026-00000002")?;
    let header = call.header(TARGET.as_str()).unwrap_or("");
    let target = percent::decode(header).unwrap_or_default();
    if names::check_key(&target).is_err() {
        return Err(Failure::argument("The target of the symlink is not valid.", "", TARGET.as_str(), header));
    }
    let mut metadata = metadata::read(call)?;
    let etag = upper_hex(&Md5::digest(&target));
    Arc::make_mut(&mut metadata).symlink = Some(target);
    let content = Content { kind: ObjectType::Symlink, body: Body::default(), etag, crc64: 0, md5: None, metadata };
    let quoted = content.quoted_etag();
    let version = bucket.put(key, content, call.now, forbid)?;
    Ok(Reply::ok().header(header::ETAG, quoted).version(bucket.versioning(), &version))
}

pub(crate) fn get(call: &Call) -> Result<Reply, Failure> {
    let found = get_object::find(call)?;
    let content = found.content()?;
    let Some(target) = &content.metadata.symlink else {
        let message = "The object is not symlink.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "NotSymlink", message, ""));
    };
    let mut encoded = String::new();
    percent::encode_path_into(&mut encoded, target);
    let mut reply = Reply::ok()
        .header(TARGET, encoded)
        .header(header::ETAG, content.quoted_etag())
        .header(header::LAST_MODIFIED, timestamp::http_date(found.version.modified))
        .version(found.bucket.versioning(), &found.version);
    get_object::user_headers(&mut reply, &content.metadata);
    Ok(reply)
}

/// What a read of a symlink finds: the bytes of its target under the symlink's own metadata.
/// (OSS documentation: GetObject, HeadObject.)
pub(crate) fn resolve(found: Found) -> Result<Found, Failure> {
    let Some(target) = found.content()?.metadata.symlink.clone() else { return Ok(found) };
    let missing = || {
        let message = "The symlink target object does not exist";
        Failure::new(StatusCode::NOT_FOUND, "SymlinkTargetNotExist", message, "").field("TargetObject", target.clone())
    };
    let aim = found.bucket.find(&target, None).map_err(|_| missing())?;
    let there = aim.content.as_ref().ok_or_else(missing)?;
    if there.kind == ObjectType::Symlink {
        let message = "The symlink's target object type is invalid";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "InvalidTargetType", message, ""));
    }
    let own = found.content()?;
    let content = Content { kind: ObjectType::Symlink, metadata: own.metadata.clone(), ..there.clone() };
    let version = Version {
        modified: aim.modified.max(found.version.modified),
        content: Some(content),
        ..Version::clone(&found.version)
    };
    Ok(Found { bucket: found.bucket, version: Arc::new(version) })
}
