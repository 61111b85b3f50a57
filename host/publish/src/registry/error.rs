//! Why a push fails.

use http::StatusCode;
use http::header::InvalidHeaderValue;

/// Why a push fails. No credential is in the message, and no URL, whose query may hold one.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// There was no answer.
    #[error("{host} can't be reached: {reason}")]
    Unreachable {
        /// Who was asked.
        host: String,
        /// Why.
        reason: String,
    },
    /// The answer took too long, or broke off.
    #[error("{host} gave no answer in time")]
    TimedOut {
        /// Who was asked.
        host: String,
    },
    /// The registry wants credentials, and there are none.
    #[error("{host} wants a user and a password")]
    NoCredential {
        /// Who was asked.
        host: String,
    },
    /// A token has letters that no header can have.
    #[error("the token that was given can't be sent: {0}")]
    Unsendable(#[from] InvalidHeaderValue),
    /// The credentials are not taken, or don't suffice.
    #[error("{host} refuses: {status}{message}")]
    Denied {
        /// Who was asked.
        host: String,
        /// What it answered.
        status: StatusCode,
        /// What it says, after a colon.
        message: String,
    },
    /// The registry refused a request.
    #[error("{host} answered {status} to {what}{message}")]
    Refused {
        /// Who was asked.
        host: String,
        /// What was to be done.
        what: &'static str,
        /// What it answered.
        status: StatusCode,
        /// What it says, after a colon.
        message: String,
    },
    /// What came is not what the protocol says.
    #[error("{host} does not follow the protocol: {reason}")]
    Protocol {
        /// Who was asked.
        host: String,
        /// How.
        reason: String,
    },
}

impl PushError {
    pub(super) fn protocol(host: &str, reason: impl Into<String>) -> Self {
        Self::Protocol { host: host.to_owned(), reason: reason.into() }
    }
}
