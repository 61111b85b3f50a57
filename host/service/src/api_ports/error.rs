//! From the library's errors to the core's.

use ossicle::{BlobError, BlobReason, Error, ErrorKind, Failure, StorageError as ComponentError};
use ossicle_api::ports::{Holder, Left, LockError, OssAnswer, StorageError, StorageErrorKind};

/// OSS's code of a create-only write that found a file. It has the status of other conflicts.
const EXISTS: &str = "FileAlreadyExists";

/// OSS's code of a part for, or the end of, an upload that was committed or aborted.
const NO_UPLOAD: &str = "NoSuchUpload";

/// Why a call failed, as the core acts on it.
pub(super) fn storage_error(error: &Error) -> StorageError {
    let message = match error.failure() {
        Some(failure) => failure.message.clone(),
        None => error.to_string(),
    };
    StorageError {
        key: error.failure().and_then(|failure| failure.key.clone()),
        answer: error.failure().and_then(answer),
        retryable: error.is_retryable(),
        undecided: error.may_have_happened(),
        ..StorageError::new(kind(error), message)
    }
}

fn answer(failure: &Failure) -> Option<OssAnswer> {
    let answer = failure.answer.as_ref()?;
    Some(OssAnswer { code: answer.code.clone(), ec: answer.ec.clone(), request_id: answer.request_id.clone() })
}

fn kind(error: &Error) -> StorageErrorKind {
    match error {
        Error::Storage(error) => component_kind(error),
        Error::Config(_) => StorageErrorKind::Misconfigured,
        Error::TimedOut { .. } => StorageErrorKind::TimedOut,
        // A tenant is closed while the server ends, or after the config was read again: another try finds its successor.
        Error::Retired { .. } | Error::Closed => StorageErrorKind::Unavailable,
        Error::CallerTimedOut { .. } => StorageErrorKind::BrokenContent,
        Error::Overloaded { .. } => StorageErrorKind::Overloaded,
        _ => StorageErrorKind::Defect,
    }
}

fn component_kind(error: &ComponentError) -> StorageErrorKind {
    let code = error.failure().and_then(|failure| failure.answer.as_ref()).map(|answer| answer.code.as_str());
    match error.kind() {
        ErrorKind::NotFound => StorageErrorKind::NotFound,
        ErrorKind::Service if code == Some(NO_UPLOAD) => StorageErrorKind::NotFound,
        ErrorKind::InvalidKey => StorageErrorKind::InvalidKey,
        ErrorKind::InvalidConfig => StorageErrorKind::Misconfigured,
        ErrorKind::AccessDenied => StorageErrorKind::Denied,
        ErrorKind::NoSuchBucket => StorageErrorKind::NoBucket,
        ErrorKind::Conflict if code == Some(EXISTS) => StorageErrorKind::Exists,
        // Nothing is asked for on the condition that it changed, so that the condition that failed is another one.
        ErrorKind::Conflict | ErrorKind::NotModified => StorageErrorKind::Conflict,
        ErrorKind::TooLate => StorageErrorKind::TooLate,
        ErrorKind::Throttled => StorageErrorKind::Throttled,
        ErrorKind::TimedOut => StorageErrorKind::TimedOut,
        ErrorKind::Unavailable => StorageErrorKind::Unavailable,
        ErrorKind::Corrupt => StorageErrorKind::Corrupt,
        ErrorKind::Unsupported => StorageErrorKind::Unsupported,
        _ => StorageErrorKind::Refused,
    }
}

/// Why a call for blobs failed.
pub(super) fn blob_error(error: &BlobError) -> StorageError {
    let storage = match &error.reason {
        BlobReason::Failed(failed) => {
            let storage = storage_error(failed);
            StorageError { key: storage.key.or_else(|| error.path.clone()), ..storage }
        }
        BlobReason::BrokenContent(_) => StorageError::new(StorageErrorKind::BrokenContent, error.to_string()),
        BlobReason::Left => {
            let undecided =
                error.causes.iter().any(|cause| cause.error.failure().is_some_and(|failure| failure.undecided));
            StorageError { undecided, ..StorageError::new(StorageErrorKind::Left, error.to_string()) }
        }
        _ => StorageError::new(StorageErrorKind::Defect, error.to_string()),
    };
    let left = error.causes.iter().map(|cause| Left { path: cause.path.clone(), message: cause.error.to_string() });
    StorageError { retryable: error.is_retryable(), left: left.collect(), ..storage }
}

/// Who holds a lock.
pub(super) fn holder(holder: ossicle::Holder) -> Holder {
    Holder { owner: holder.owner, fencing_token: holder.token, remaining: holder.remaining }
}

/// Why a call on a lock failed.
pub(super) fn lock_error(error: ossicle::LockError) -> LockError {
    match error {
        ossicle::LockError::Held { holder: held_by, .. } => LockError::Held(held_by.map(holder)),
        ossicle::LockError::Lost { reason, .. } => LockError::Lost { reason },
        ossicle::LockError::Failed(error) => LockError::Failed(storage_error(&error)),
        // Of locks by name alone, which are not used here, or of a later version of the library.
        other => LockError::Failed(StorageError::new(StorageErrorKind::Defect, other.to_string())),
    }
}
