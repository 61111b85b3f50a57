//! Failures as certmagic knows them.

use certmagic::error::{Error, StorageError};
use ossicle::{ErrorKind, LockError};

/// Why a call on a key failed. Only what OSS itself said is absent counts as absent: a bucket that does not exist, a refusal or
/// a broken connection must not look like a certificate that is yet to be ordered. What will fail again, unless something is
/// changed, certmagic is told not to try again.
pub(super) fn of_key(key: &str, error: &ossicle::Error) -> Error {
    let failure = match error.kind() {
        Some(ErrorKind::NotFound) => return StorageError::NotFound(key.to_owned()).into(),
        Some(ErrorKind::InvalidKey) => return StorageError::InvalidKey(key.to_owned()).into(),
        Some(ErrorKind::Conflict) => StorageError::Conflict(error.to_string()),
        _ => StorageError::Other(error.to_string()),
    };
    if error.is_retryable() { failure.into() } else { Error::from(failure).no_retry() }
}

/// Why a lock could not be had or kept, or a write under it was refused. `key` is that of the write, or the lock's name.
pub(super) fn of_lock(key: &str, error: &LockError) -> Error {
    match error {
        LockError::Held { .. } => StorageError::LockUnavailable(error.to_string()).into(),
        LockError::Lost { .. } => Error::from(StorageError::StaleLock(error.to_string())).no_retry(),
        LockError::Failed(error) => of_key(key, error),
        error => Error::from(StorageError::Other(error.to_string())).no_retry(),
    }
}
