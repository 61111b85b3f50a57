//! The storage's errors as the command's.

use super::session::Session;
use super::trouble::CommandError;
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{DriverError, Reason};
use ossicle_face_storage::bindings::ossicle::storage::lock::LockError;
use ossicle_face_storage::bindings::ossicle::storage::types::{Error, ErrorKind};
use ossicle_terms::foreign::quoted;
use ossicle_terms::sentence::STANDARD_INPUT;
use ossicle_terms::{Action, Answer, Failure};

/// What a person is told of a failure.
pub fn failure(error: &Error) -> Failure<'_> {
    Failure {
        kind: Some(kind_of(&error.kind)),
        message: Some(&error.message),
        answer: error.answer.as_ref().map(|answer| Answer {
            status: answer.status,
            code: &answer.code,
            ec: answer.ec.as_deref(),
            request_id: answer.request_id.as_deref(),
            message: &answer.message,
        }),
        cause: None,
        is_retryable: error.retryable,
    }
}

/// The kind by its name and its words.
pub fn kind_of(kind: &ErrorKind) -> ossicle_terms::ErrorKind {
    use ossicle_terms::ErrorKind as Named;
    match kind {
        ErrorKind::NotFound => Named::NotFound,
        ErrorKind::InvalidKey => Named::InvalidKey,
        ErrorKind::InvalidConfig(_) => Named::InvalidConfig,
        ErrorKind::AccessDenied => Named::AccessDenied,
        ErrorKind::NoSuchBucket => Named::NoSuchBucket,
        ErrorKind::Conflict => Named::Conflict,
        ErrorKind::NotModified => Named::NotModified,
        ErrorKind::TooLate => Named::TooLate,
        ErrorKind::Throttled => Named::Throttled,
        ErrorKind::TimedOut => Named::TimedOut,
        ErrorKind::Unavailable => Named::Unavailable,
        ErrorKind::Corrupt => Named::Corrupt,
        ErrorKind::Unsupported => Named::Unsupported,
        ErrorKind::Service => Named::Service,
    }
}

impl Session {
    /// What a failed call of certificates comes to.
    pub fn trouble(&self, action: Action, key: &str, error: Error) -> CommandError {
        match &error.kind {
            ErrorKind::InvalidConfig(field) => self.settings.explain(field, &error.message).into(),
            _ => CommandError::Call { action, key: key.to_owned(), error: Box::new(error), hints: Vec::new() },
        }
    }

    /// What a failed call of a lock comes to.
    pub fn lock_trouble(&self, action: Action, name: &str, error: LockError) -> CommandError {
        match error {
            LockError::Held(holder) => CommandError::Held { name: name.to_owned(), holder: Some(holder) },
            LockError::Failed(error) => self.trouble(action, name, error),
            // No verb has a lease to lose.
            LockError::Lost(lost) => CommandError::Left { action, key: name.to_owned(), count: 1, first: lost.reason },
        }
    }

    /// What a failed call of blobs comes to.
    pub fn blob_trouble(&self, action: Action, path: &str, error: DriverError) -> CommandError {
        let count = error.causes.len();
        let mut causes = error.causes.into_iter();
        let first = causes.next();
        match (error.reason, first) {
            (Reason::BrokenContent(reason), _) => CommandError::Input { name: STANDARD_INPUT, reason },
            (Reason::Failed, Some(cause)) => {
                let mut trouble = self.trouble(action, path, cause.error);
                if let CommandError::Call { hints, .. } = &mut trouble {
                    let ids = causes.filter_map(|cause| cause.upload_id);
                    hints.extend(
                        ids.map(|id| format!("the upload {} is still there; `blob uploads` lists it", quoted(&id))),
                    );
                }
                trouble
            }
            (_, first) => {
                let first = first.map_or_else(String::new, |cause| {
                    let path = cause.path.map_or_else(String::new, |path| quoted(&path) + ": ");
                    path + &cause.error.message
                });
                CommandError::Left { action, key: path.to_owned(), count, first }
            }
        }
    }
}
