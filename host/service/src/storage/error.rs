//! From the library's errors to the core's.

use std::time::SystemTime;

use ossicle::{BlobError, BlobReason, Error, ErrorKind, Failure, StorageError as ComponentError};
use ossicle_registry::ports::{StorageError, StorageErrorKind};

use super::time::oss_time;

/// OSS's code of a create-only write that found a file. It has the status of other conflicts.
const EXISTS: &str = "FileAlreadyExists";

/// OSS's code of a part for, or the end of, an upload that was committed or aborted.
const NO_UPLOAD: &str = "NoSuchUpload";

/// Why a call failed, as the core acts on it.
pub(super) fn storage_error(error: BlobError) -> StorageError {
    let message = error.to_string();
    let (kind, date, undecided) = match &error.reason {
        BlobReason::BrokenContent(_) => (StorageErrorKind::BrokenContent, None, false),
        BlobReason::Left => match error.causes.first() {
            Some(cause) => {
                let undecided = error.causes.iter().any(|cause| is_undecided(&cause.error));
                (component_kind(&cause.error), date(&cause.error), undecided)
            }
            None => (StorageErrorKind::Other, None, true),
        },
        BlobReason::Failed(failed) => {
            (kind(failed), failed.failure().and_then(date_of_failure), failed.may_have_happened())
        }
        _ => (StorageErrorKind::Other, None, true),
    };
    StorageError { kind, message, date: date.map(oss_time), undecided }
}

/// Why one of several files failed.
pub(super) fn component_error(error: &ComponentError) -> StorageError {
    StorageError {
        kind: component_kind(error),
        message: error.to_string(),
        date: date(error).map(oss_time),
        undecided: is_undecided(error),
    }
}

fn date_of_failure(failure: &Failure) -> Option<SystemTime> {
    failure.answer.as_ref()?.date
}

fn date(error: &ComponentError) -> Option<SystemTime> {
    error.failure().and_then(date_of_failure)
}

fn is_undecided(error: &ComponentError) -> bool {
    error.failure().is_some_and(|failure| failure.undecided)
}

fn kind(error: &Error) -> StorageErrorKind {
    match error {
        Error::Storage(error) => component_kind(error),
        Error::TimedOut { .. } | Error::Retired { .. } | Error::Closed => StorageErrorKind::Unavailable,
        Error::CallerTimedOut { .. } => StorageErrorKind::BrokenContent,
        Error::Overloaded { .. } => StorageErrorKind::Throttled,
        _ => StorageErrorKind::Other,
    }
}

fn component_kind(error: &ComponentError) -> StorageErrorKind {
    match error.kind() {
        ErrorKind::NotFound => StorageErrorKind::NotFound,
        ErrorKind::Service if has_code(error, NO_UPLOAD) => StorageErrorKind::NotFound,
        ErrorKind::AccessDenied => StorageErrorKind::Denied,
        ErrorKind::Conflict if has_code(error, EXISTS) => StorageErrorKind::Exists,
        ErrorKind::Conflict => StorageErrorKind::Conflict,
        ErrorKind::TooLate => StorageErrorKind::TooLate,
        ErrorKind::Throttled => StorageErrorKind::Throttled,
        ErrorKind::TimedOut | ErrorKind::Unavailable => StorageErrorKind::Unavailable,
        ErrorKind::Corrupt => StorageErrorKind::Corrupt,
        _ => StorageErrorKind::Other,
    }
}

fn has_code(error: &ComponentError, code: &str) -> bool {
    let answer = error.failure().and_then(|failure| failure.answer.as_ref());
    answer.is_some_and(|answer| answer.code == code)
}
