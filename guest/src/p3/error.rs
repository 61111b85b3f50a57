//! Errors as the WIT package has them.

use super::bindings::exports::ossicle::storage::types as wit;
use crate::error::{ConfigProblem, Error, ErrorKind};

impl From<Error> for wit::Error {
    fn from(error: Error) -> Self {
        let failure = wit::Failure {
            key: error.key,
            message: error.message,
            answer: error.answer.map(|answer| wit::Answer {
                status: answer.status,
                code: answer.code,
                ec: answer.ec,
                request_id: answer.request_id,
                message: answer.message,
            }),
            retryable: error.retryable,
        };
        match error.kind {
            ErrorKind::NotFound => Self::NotFound(failure),
            ErrorKind::InvalidKey => Self::InvalidKey(failure),
            ErrorKind::AccessDenied => Self::AccessDenied(failure),
            ErrorKind::NoSuchBucket => Self::NoSuchBucket(failure),
            ErrorKind::Conflict => Self::Conflict(failure),
            ErrorKind::Throttled => Self::Throttled(failure),
            ErrorKind::TimedOut => Self::TimedOut(failure),
            ErrorKind::Unavailable => Self::Unavailable(failure),
            ErrorKind::Corrupt => Self::Corrupt(failure),
            ErrorKind::Unsupported => Self::Unsupported(failure),
            ErrorKind::Service => Self::Service(failure),
        }
    }
}

impl From<ConfigProblem> for wit::Error {
    fn from(problem: ConfigProblem) -> Self {
        Self::InvalidConfig(wit::ConfigProblem { field: problem.field.to_owned(), reason: problem.reason })
    }
}
