//! From the storages' errors to the core's.

use ossicle_api::ports::{Holder, Left, LockError, OssAnswer, StorageError, StorageErrorKind};
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{DriverError, Reason};
use ossicle_face_storage::bindings::ossicle::storage::lock::{Holder as HeldBy, LockError as StorageLockError};
use ossicle_face_storage::bindings::ossicle::storage::types::{Error, ErrorKind};
use std::time::Duration;

/// OSS's code of a create-only write that found a file. It has the status of other conflicts.
const EXISTS: &str = "FileAlreadyExists";

/// OSS's code of a part for, or the end of, an upload that was committed or aborted.
const NO_UPLOAD: &str = "NoSuchUpload";

/// Why a call failed, as the core acts on it.
pub fn storage_error(error: Error) -> StorageError {
    let kind = kind(&error);
    let answer =
        error.answer.map(|answer| OssAnswer { code: answer.code, ec: answer.ec, request_id: answer.request_id });
    StorageError {
        key: error.key,
        answer,
        retryable: error.retryable,
        undecided: error.undecided,
        ..StorageError::new(kind, error.message)
    }
}

fn kind(error: &Error) -> StorageErrorKind {
    let code = error.answer.as_ref().map(|answer| answer.code.as_str());
    match &error.kind {
        ErrorKind::NotFound => StorageErrorKind::NotFound,
        ErrorKind::Service if code == Some(NO_UPLOAD) => StorageErrorKind::NotFound,
        ErrorKind::InvalidKey => StorageErrorKind::InvalidKey,
        ErrorKind::InvalidConfig(_) => StorageErrorKind::Misconfigured,
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
        ErrorKind::Service => StorageErrorKind::Refused,
    }
}

/// Why a call for blobs failed.
pub fn blob_error(error: DriverError) -> StorageError {
    let message = described(&error);
    let undecided = error.causes.iter().any(|cause| cause.error.undecided);
    let retryable = !error.causes.is_empty() && error.causes.iter().all(|cause| cause.error.retryable);
    let left = error.causes.iter().map(|cause| Left { path: cause.path.clone(), message: cause.error.message.clone() });
    let left: Vec<Left> = left.collect();
    let storage = match error.reason {
        Reason::BrokenContent(_) => StorageError::new(StorageErrorKind::BrokenContent, message),
        Reason::Left => StorageError { undecided, ..StorageError::new(StorageErrorKind::Left, message) },
        Reason::Failed => match error.causes.into_iter().next() {
            Some(cause) => {
                let storage = storage_error(cause.error);
                StorageError { key: storage.key.or(error.path), ..storage }
            }
            None => StorageError::new(StorageErrorKind::Defect, message),
        },
        Reason::InvalidOffset => StorageError::new(StorageErrorKind::Defect, message),
    };
    StorageError { retryable, left, ..storage }
}

/// Whether the driver can't do what it was asked for.
pub fn is_unsupported(error: &DriverError) -> bool {
    error.causes.first().is_some_and(|cause| matches!(cause.error.kind, ErrorKind::Unsupported))
}

/// What a person is told.
pub fn described(error: &DriverError) -> String {
    match &error.reason {
        Reason::BrokenContent(why) => format!("the content broke off: {why}"),
        Reason::InvalidOffset => "the offset is none that the file has".to_owned(),
        Reason::Left => format!("{} left", error.causes.len()),
        Reason::Failed => error.causes.first().map(|cause| cause.error.message.clone()).unwrap_or_default(),
    }
}

/// Who holds a lock.
pub fn holder(holder: HeldBy) -> Holder {
    Holder { owner: holder.owner, fencing_token: holder.token, remaining: Duration::from_millis(holder.remaining) }
}

/// Why a call on a lock failed.
pub fn lock_error(error: StorageLockError) -> LockError {
    match error {
        StorageLockError::Held(held_by) => LockError::Held(Some(holder(held_by))),
        StorageLockError::Lost(lost) => LockError::Lost { reason: lost.reason },
        StorageLockError::Failed(error) => LockError::Failed(storage_error(error)),
    }
}
