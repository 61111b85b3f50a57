//! The kind of a trouble, for programs.

use super::error::Trouble;
use ossicle::{BlobError, BlobReason, Error};
use ossicle_terms::ErrorKind;

/// The kind of trouble in a word that does not change.
pub fn of(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Call { error, .. } => kind_of_call(error),
        Trouble::Blob { error, .. } => kind_of_blob(error),
        Trouble::Upload(upload) => upload.kind(),
        Trouble::Repository { kind, .. } => kind,
        Trouble::Usage(_) => "usage",
        Trouble::Settings(_) => "invalid-config",
        Trouble::Held { .. } => "held",
        Trouble::Lost { .. } => "lost",
        Trouble::Command { .. } => "cannot-run",
        Trouble::Directory { .. } => "is-directory",
        Trouble::Empty { .. } => "empty-value",
        Trouble::TooLarge { .. } => "too-large",
        Trouble::Input { .. } | Trouble::File { .. } | Trouble::Output(_) => "local-io",
        Trouble::Binary { .. } | Trouble::Watched { .. } => "binary-value",
        Trouble::KeySet { .. } => "invalid-key-set",
        Trouble::Changed { .. } => "conflict",
        Trouble::KeySetShown => "secret",
        Trouble::Some { .. } => "some-failed",
        Trouble::Interrupted(_) => "interrupted",
        Trouble::Engine(_) | Trouble::Component(_) | Trouble::Runtime(_) | Trouble::Random(_) => "cannot-start",
        Trouble::Demo(_) | Trouble::Server { .. } | Trouble::Emulator(_) => "cannot-start",
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
