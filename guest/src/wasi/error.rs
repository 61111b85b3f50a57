//! Converts errors to those of the WIT package.

use super::bindings::exports::ossicle::storage::types as wit;
use crate::error::{Answer, ConfigProblem, Error, ErrorKind};

impl From<Error> for wit::Error {
    fn from(error: Error) -> Self {
        Self {
            kind: error.kind.into(),
            key: error.key,
            message: error.message,
            answer: error.answer.map(wit::Answer::from),
            retryable: error.retryable,
            undecided: error.undecided,
            no_credentials: error.no_credentials,
        }
    }
}

impl From<ErrorKind> for wit::ErrorKind {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::InvalidKey => Self::InvalidKey,
            ErrorKind::AccessDenied => Self::AccessDenied,
            ErrorKind::NoSuchBucket => Self::NoSuchBucket,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::NotModified => Self::NotModified,
            ErrorKind::TooLate => Self::TooLate,
            ErrorKind::Throttled => Self::Throttled,
            ErrorKind::TimedOut => Self::TimedOut,
            ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Corrupt => Self::Corrupt,
            ErrorKind::Unsupported => Self::Unsupported,
            ErrorKind::Service => Self::Service,
        }
    }
}

impl From<Box<Answer>> for wit::Answer {
    fn from(answer: Box<Answer>) -> Self {
        Self {
            status: answer.status,
            code: answer.code,
            ec: answer.ec,
            request_id: answer.request_id,
            message: answer.message,
            endpoint: answer.endpoint,
            date: answer.date,
        }
    }
}

impl From<ConfigProblem> for wit::Error {
    fn from(problem: ConfigProblem) -> Self {
        Self {
            kind: wit::ErrorKind::InvalidConfig(problem.field.to_owned()),
            key: None,
            message: problem.reason,
            answer: None,
            retryable: false,
            undecided: false,
            no_credentials: false,
        }
    }
}
