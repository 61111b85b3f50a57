//! Failures of a registry's core, as the command tells them.

use crate::error::CommandError;
use http::StatusCode;
use ossicle_service::registry::Failure;
use ossicle_service::registry::gc::CollectError;
use ossicle_service::registry::ports::{StorageError, StorageErrorKind};

/// What the registry refused, or could not do.
pub fn refused(what: &str, failure: &Failure) -> CommandError {
    let reason = failure.errors.first().map(|error| error.message.clone()).unwrap_or_default();
    CommandError::Repository { what: what.to_owned(), reason, kind: kind_of_status(failure.status) }
}

fn kind_of_status(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "usage",
        StatusCode::NOT_FOUND => "not-found",
        StatusCode::TOO_MANY_REQUESTS => "throttled",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        _ => "service",
    }
}

/// The kind of a failure of the storage, in a word.
fn kind_of_storage(error: &StorageError) -> &'static str {
    match error.kind {
        StorageErrorKind::NotFound => "not-found",
        StorageErrorKind::Exists | StorageErrorKind::Conflict => "conflict",
        StorageErrorKind::TooLate => "too-late",
        StorageErrorKind::Denied => "access-denied",
        StorageErrorKind::Throttled => "throttled",
        StorageErrorKind::Unavailable => "unavailable",
        StorageErrorKind::Corrupt => "corrupt",
        StorageErrorKind::BrokenContent | StorageErrorKind::Other => "service",
    }
}

/// What failed because a request to the storage did.
pub fn storage_failed(what: &str, error: &StorageError) -> CommandError {
    CommandError::Repository { what: what.to_owned(), reason: error.to_string(), kind: kind_of_storage(error) }
}

/// A collection that failed.
pub fn collection_failed(what: &str, error: &CollectError) -> CommandError {
    let kind = match error {
        CollectError::Storage(error) | CollectError::NotAnnounced(error) => kind_of_storage(error),
        CollectError::Running { .. } | CollectError::Overtaken => "conflict",
        CollectError::NotReadOnly => "usage",
        _ => "corrupt",
    };
    CommandError::Repository { what: what.to_owned(), reason: error.to_string(), kind }
}
