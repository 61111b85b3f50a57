//! The kind of a trouble, for programs.

use super::error::Trouble;
use ossicle::{BlobError, BlobReason, Error, ErrorKind};

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
    match error.kind() {
        Some(ErrorKind::NotFound) => "not-found",
        Some(ErrorKind::InvalidKey) => "invalid-key",
        Some(ErrorKind::InvalidConfig) => "invalid-config",
        Some(ErrorKind::AccessDenied) => "access-denied",
        Some(ErrorKind::NoSuchBucket) => "no-such-bucket",
        Some(ErrorKind::Conflict) => "conflict",
        Some(ErrorKind::NotModified) => "not-modified",
        Some(ErrorKind::TooLate) => "too-late",
        Some(ErrorKind::Throttled) => "throttled",
        Some(ErrorKind::TimedOut) => "timed-out",
        Some(ErrorKind::Unavailable) => "unavailable",
        Some(ErrorKind::Corrupt) => "corrupt",
        Some(ErrorKind::Unsupported) => "unsupported",
        Some(ErrorKind::Service) => "service",
        _ if matches!(error, Error::TimedOut { .. }) => "timed-out",
        _ => "component-stopped",
    }
}
