//! `x-oss-copy-source`: which object a copy reads.

use std::sync::Arc;

use http::HeaderName;

use super::{conditions, get_object};
use crate::access;
use crate::call::Call;
use crate::failures::Failure;
use crate::names;
use crate::percent;
use crate::reply::Reply;
use crate::store::{Missing, Version, Versioning};

const SOURCE_VERSION: HeaderName = HeaderName::from_static("x-oss-copy-source-version-id");

/// The source of a copy.
pub(crate) struct Source {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) version: Arc<Version>,
}

impl Source {
    /// Says in a reply which version was read, if the source's bucket has versions.
    pub(crate) fn name_version(&self, call: &Call, reply: &mut Reply) {
        let bucket = call.shared.store.bucket(&self.bucket);
        if bucket.is_some_and(|bucket| bucket.versioning() != Versioning::Never) {
            reply.set(SOURCE_VERSION, &*self.version.id);
        }
    }
}

/// Finds the source and checks the conditions on it.
pub(crate) fn find(call: &Call) -> Result<Source, Failure> {
    let header = call.header("x-oss-copy-source").unwrap_or("");
    let invalid = || {
        Failure::argument(
            "Copy Source must mention the source bucket and key.",
            "0017-00000224",
            "x-oss-copy-source",
            header,
        )
    };
    let (path, id) = match header.split_once("?versionId=") {
        Some((path, id)) => (path, Some(id)),
        None => (header, None),
    };
    if let Some(id) = id {
        names::check_version(id).map_err(|()| Failure::version_id(id))?;
    }
    // The key is percent-encoded; a slash in it may or may not be. A space may be a plus, as in forms: so Go v1's clients
    // write it. (ossutil's `TestSetObjectMetaSetMetaURLEncoding`.)
    let path = percent::decode_query(path).ok_or_else(invalid)?;
    let (name, key) = path.strip_prefix('/').and_then(|path| path.split_once('/')).ok_or_else(invalid)?;
    if !names::is_bucket(name) {
        return Err(invalid());
    }
    names::check_key(key).map_err(|bad| Failure::key(bad, key))?;
    let bucket = call.shared.store.bucket(name).ok_or_else(|| Failure::no_such_bucket(name))?;
    access::check_source(call, &bucket, key, id)?;
    // Copies do not leave their region. (OSS documentation: CopyObject.)
    if bucket.region() != call.bucket()?.region() {
        return Err(Failure::argument(
            "Target object does not reside in the same data center as source object.",
            "0017-00000225",
            "x-oss-copy-source",
            header,
        ));
    }
    let version = bucket.find(key, id).map_err(|missing| match &missing {
        // A delete marker asked for by its id is a bad request here. (OSS documentation: CopyObject.)
        Missing::Marker(marker) => Failure::version_id(&marker.id),
        other => get_object::explain(other, "PUT", key, id),
    })?;
    if let Some(content) = &version.content {
        conditions::check(call, &conditions::SOURCE, &version, content)?;
        get_object::readable(call, &bucket, key, content)?;
    }
    Ok(Source { bucket: name.to_owned(), key: key.to_owned(), version })
}
