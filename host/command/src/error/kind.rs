//! The kind of an error, for programs.

use super::command_error::CommandError;
use ossicle::{BlobError, BlobReason, Error};
use ossicle_terms::ErrorKind;

/// The kind of an error in a word that does not change.
pub fn of(error: &CommandError) -> &'static str {
    match error {
        CommandError::Call { error, .. } => kind_of_call(error),
        CommandError::Blob { error, .. } => kind_of_blob(error),
        CommandError::Upload(upload) => upload.kind(),
        CommandError::Repository { kind, .. } => kind,
        CommandError::Usage(_) => "usage",
        CommandError::Settings(_) => "invalid-config",
        CommandError::Held { .. } => "held",
        CommandError::Lost { .. } => "lost",
        CommandError::Command { .. } => "cannot-run",
        CommandError::Directory { .. } => "is-directory",
        CommandError::Empty { .. } => "empty-value",
        CommandError::TooLarge { .. } => "too-large",
        CommandError::Input { .. } | CommandError::File { .. } | CommandError::Output(_) => "local-io",
        CommandError::Binary { .. } | CommandError::Watched { .. } => "binary-value",
        CommandError::KeySet { .. } => "invalid-key-set",
        CommandError::Changed { .. } => "conflict",
        CommandError::KeySetShown => "secret",
        CommandError::Some { .. } => "some-failed",
        CommandError::Interrupted(_) => "interrupted",
        CommandError::Engine(_) | CommandError::Component(_) | CommandError::Runtime(_) | CommandError::Random(_) => {
            "cannot-start"
        }
        CommandError::Demo(_) | CommandError::Server { .. } | CommandError::Emulator(_) => "cannot-start",
    }
}

fn kind_of_blob(error: &BlobError) -> &'static str {
    match &error.reason {
        BlobReason::BrokenContent(_) => "local-io",
        BlobReason::Failed(error) => kind_of_call(error),
        _ => "some-left",
    }
}

fn kind_of_call(error: &Error) -> &'static str {
    match of_call(error) {
        Some(kind) => kind.name(),
        None if matches!(error, Error::TimedOut { .. }) => ErrorKind::TimedOut.name(),
        None => "component-stopped",
    }
}

/// The kind that the component told; none where it did not.
pub fn of_call(error: &Error) -> Option<ErrorKind> {
    Some(match error.kind()? {
        ossicle::ErrorKind::NotFound => ErrorKind::NotFound,
        ossicle::ErrorKind::InvalidKey => ErrorKind::InvalidKey,
        ossicle::ErrorKind::InvalidConfig => ErrorKind::InvalidConfig,
        ossicle::ErrorKind::AccessDenied => ErrorKind::AccessDenied,
        ossicle::ErrorKind::NoSuchBucket => ErrorKind::NoSuchBucket,
        ossicle::ErrorKind::Conflict => ErrorKind::Conflict,
        ossicle::ErrorKind::NotModified => ErrorKind::NotModified,
        ossicle::ErrorKind::TooLate => ErrorKind::TooLate,
        ossicle::ErrorKind::Throttled => ErrorKind::Throttled,
        ossicle::ErrorKind::TimedOut => ErrorKind::TimedOut,
        ossicle::ErrorKind::Unavailable => ErrorKind::Unavailable,
        ossicle::ErrorKind::Corrupt => ErrorKind::Corrupt,
        ossicle::ErrorKind::Unsupported => ErrorKind::Unsupported,
        ossicle::ErrorKind::Service => ErrorKind::Service,
        _ => return None,
    })
}
