//! From the driver's errors to the core's.

use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{Cause, DriverError, Reason};
use ossicle_face_storage::bindings::ossicle::storage::types::{Error, ErrorKind};
use ossicle_registry::ports::{OssTime, StorageError, StorageErrorKind};
use ossicle_terms::foreign::quoted;

/// OSS's code of a create-only write that found a file. It has the status of other conflicts.
const EXISTS: &str = "FileAlreadyExists";

/// OSS's code of a part for, or the end of, an upload that was committed or aborted.
const NO_UPLOAD: &str = "NoSuchUpload";

/// How many causes an error tells: the first few show what is wrong.
const TOLD: usize = 3;

/// Why a call failed, as the core acts on it.
pub fn storage_error(error: DriverError) -> StorageError {
    let message = described(&error);
    let first = error.causes.first().map(|cause| &cause.error);
    let (kind, date, undecided) = match (&error.reason, first) {
        (Reason::BrokenContent(_), _) => (StorageErrorKind::BrokenContent, None, false),
        (_, Some(first)) => (kind(first), date(first), error.causes.iter().any(|cause| cause.error.undecided)),
        (_, None) => (StorageErrorKind::Other, None, true),
    };
    StorageError { kind, message, date, undecided }
}

/// Why one of several files failed.
pub fn of_one(cause: Cause) -> (String, StorageError) {
    let error = &cause.error;
    let told =
        StorageError { kind: kind(error), message: sentence(error), date: date(error), undecided: error.undecided };
    (cause.path.unwrap_or_default(), told)
}

/// Whether the driver can't do what it was asked for.
pub fn is_unsupported(error: &DriverError) -> bool {
    error.causes.first().is_some_and(|cause| matches!(cause.error.kind, ErrorKind::Unsupported))
}

/// What a person is told.
pub fn described(error: &DriverError) -> String {
    let mut told = error.path.as_deref().map(|path| quoted(path) + ": ").unwrap_or_default();
    if let Reason::BrokenContent(why) = &error.reason {
        told.push_str(&format!("the content broke off: {why}"));
    }
    for (place, cause) in error.causes.iter().take(TOLD).enumerate() {
        if place > 0 {
            told.push_str("; ");
        }
        told.push_str(&sentence(&cause.error));
    }
    told
}

fn sentence(error: &Error) -> String {
    let mut told = error.message.clone();
    if let Some(answer) = &error.answer {
        told.push_str(&format!(" ({} {}", answer.status, answer.code));
        if let Some(id) = &answer.request_id {
            told.push_str(&format!(", request id {id}"));
        }
        told.push(')');
    }
    told
}

fn date(error: &Error) -> Option<OssTime> {
    error.answer.as_ref()?.date.map(OssTime)
}

fn kind(error: &Error) -> StorageErrorKind {
    let has_code = |code: &str| error.answer.as_ref().is_some_and(|answer| answer.code == code);
    match &error.kind {
        ErrorKind::NotFound => StorageErrorKind::NotFound,
        ErrorKind::Service if has_code(NO_UPLOAD) => StorageErrorKind::NotFound,
        ErrorKind::AccessDenied => StorageErrorKind::Denied,
        ErrorKind::Conflict if has_code(EXISTS) => StorageErrorKind::Exists,
        ErrorKind::Conflict => StorageErrorKind::Conflict,
        ErrorKind::TooLate => StorageErrorKind::TooLate,
        ErrorKind::Throttled => StorageErrorKind::Throttled,
        ErrorKind::TimedOut | ErrorKind::Unavailable => StorageErrorKind::Unavailable,
        ErrorKind::Corrupt => StorageErrorKind::Corrupt,
        _ => StorageErrorKind::Other,
    }
}
