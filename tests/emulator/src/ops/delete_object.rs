//! DeleteObject.

use crate::call::Call;
use crate::failures::Failure;
use crate::reply::{DELETE_MARKER, Reply, VERSION_ID};
use crate::store::Versioning;

/// Deleting what is not there succeeds. (OSS documentation: DeleteObject.)
pub(crate) fn delete(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let deleted = bucket.delete(call.key()?, call.version_id()?, call.now)?;
    let mut reply = Reply::no_content();
    if let Some(version) = deleted.version.as_ref().filter(|_| bucket.versioning() != Versioning::Never) {
        reply.set(VERSION_ID, &**version);
    }
    if deleted.marker {
        reply.set(DELETE_MARKER, "true");
    }
    Ok(reply)
}
