//! Failures of publishing, as the command tells them.

use crate::error::CommandError;
use crate::terminal::foreign;
use http::StatusCode;
use ossicle_publish::{ComponentError, CredentialError, LayoutError, PushError};

fn publish_error(what: &str, reason: &dyn std::fmt::Display, kind: &'static str) -> CommandError {
    // A registry's own words are in it.
    CommandError::Repository {
        what: format!("publish {what}"),
        reason: foreign::shown(&reason.to_string()).into_owned(),
        kind,
    }
}

pub fn unpublishable(what: &str, error: &ComponentError) -> CommandError {
    publish_error(what, error, "cannot-start")
}

pub fn without_credentials(what: &str, error: &CredentialError) -> CommandError {
    publish_error(what, error, "invalid-config")
}

pub fn unwritten(what: &str, error: &LayoutError) -> CommandError {
    publish_error(what, error, "local-io")
}

pub fn refused(what: &str, error: &PushError) -> CommandError {
    let kind = match error {
        PushError::NoCredential { .. } | PushError::Denied { .. } => "access-denied",
        PushError::Unreachable { .. } => "unavailable",
        PushError::TimedOut { .. } => "timed-out",
        PushError::Refused { status, .. } if *status == StatusCode::TOO_MANY_REQUESTS => "throttled",
        PushError::Refused { status, .. } if *status == StatusCode::NOT_FOUND => "not-found",
        PushError::Refused { status, .. } if status.is_server_error() => "unavailable",
        PushError::Refused { .. } | PushError::Protocol { .. } | PushError::Unsendable(_) => "service",
    };
    publish_error(what, error, kind)
}

/// Of the SBOM of a component that was published itself.
pub fn refused_sbom(component: &str, error: &PushError) -> CommandError {
    refused(&format!("the SBOM of {component} (the component is published; --no-sbom leaves the SBOM out)"), error)
}
