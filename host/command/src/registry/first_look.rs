//! Whether a bucket can be served, before it is said that it is.
//!
//! Without it, a wrong name or key shows when the first client pushes, as an error in that client. A registry may start before
//! its network does: only what OSS refuses for good ends it, and anything else is a warning.

use super::opening::Opened;
use crate::error::{Action, CommandError};
use crate::terminal::output;
use ossicle::{BlobError, Blobs};
use ossicle_service::Tenants;
use std::time::Duration;

/// How long OSS is waited for: longer than a slow answer takes, and short enough for whoever waits for the start.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of a look.
enum Looked {
    Fine,
    /// No repetition helps.
    Refused(BlobError),
    /// It may be better later.
    Unreachable(String),
}

/// Looks once at a bucket.
async fn look(blobs: &Blobs) -> Looked {
    match tokio::time::timeout(PATIENCE, blobs.check()).await {
        Ok(Ok(())) => Looked::Fine,
        Ok(Err(error)) if error.is_retryable() => Looked::Unreachable(error.to_string()),
        Ok(Err(error)) => Looked::Refused(error),
        Err(_) => Looked::Unreachable(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

/// Looks at the bucket of a registry. Fails if OSS refuses.
pub async fn look_at_one(opened: &Opened) -> Result<(), CommandError> {
    let storage = &opened.storage;
    let bucket = storage.blobs.tenant().config().bucket.clone();
    match look(&storage.blobs).await {
        Looked::Fine => {}
        Looked::Refused(error) => return Err(storage.call_error(Action::Serve, &bucket, error)),
        Looked::Unreachable(why) => output::warn(&format!("the bucket {bucket:?} can't be reached yet: {why}")),
    }
    Ok(())
}

/// Looks at the bucket of each tenant. The others are served if one can't be.
pub async fn look_at_each(tenants: &Tenants) {
    let looks = tenants.all().iter().map(|tenant| async move { (tenant.name(), look(tenant.blobs()).await) });
    for (name, looked) in futures_util::future::join_all(looks).await {
        match looked {
            Looked::Fine => {}
            Looked::Refused(error) => {
                output::warn(&format!("the bucket of the tenant {name:?} can't be served: {error}"))
            }
            Looked::Unreachable(why) => {
                output::warn(&format!("the bucket of the tenant {name:?} can't be reached yet: {why}"))
            }
        }
    }
}
