//! Errors of the component's record `error`.

use super::bindings::types as wit;
use crate::error::{Answer, CallIds, ConfigProblem, Failure, StorageError, printable};
use crate::moment::moment;

impl From<wit::Error> for StorageError {
    fn from(error: wit::Error) -> Self {
        use wit::ErrorKind as Kind;
        let message = printable(error.message);
        let case = match error.kind {
            Kind::InvalidConfig(field) => {
                return Self::InvalidConfig(ConfigProblem { field: printable(field), reason: message });
            }
            Kind::NotFound => Self::NotFound,
            Kind::InvalidKey => Self::InvalidKey,
            Kind::AccessDenied => Self::AccessDenied,
            Kind::NoSuchBucket => Self::NoSuchBucket,
            Kind::Conflict => Self::Conflict,
            Kind::NotModified => Self::NotModified,
            Kind::TooLate => Self::TooLate,
            Kind::Throttled => Self::Throttled,
            Kind::TimedOut => Self::TimedOut,
            Kind::Unavailable => Self::Unavailable,
            Kind::Corrupt => Self::Corrupt,
            Kind::Unsupported => Self::Unsupported,
            Kind::Service => Self::Service,
        };
        let answer = error.answer.map(Answer::from);
        case(Box::new(Failure {
            key: error.key,
            message,
            answer,
            retryable: error.retryable,
            undecided: error.undecided,
            no_credentials: error.no_credentials,
            ids: CallIds::default(),
        }))
    }
}

impl From<wit::Answer> for Answer {
    fn from(answer: wit::Answer) -> Self {
        Self {
            status: answer.status,
            code: printable(answer.code),
            ec: answer.ec.map(printable),
            request_id: answer.request_id.map(printable),
            message: printable(answer.message),
            endpoint: answer.endpoint.map(printable),
            date: answer.date.map(moment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_what_where_and_which_request() {
        let error = StorageError::from(wit::Error {
            kind: wit::ErrorKind::AccessDenied,
            key: Some("a\u{1b}b".to_owned()),
            message: "the access key may not read\n\u{1b}[2J".to_owned(),
            answer: Some(wit::Answer {
                status: 403,
                code: "AccessDenied".to_owned(),
                ec: Some("0003-00000001".to_owned()),
                request_id: Some("6563".to_owned()),
                message: String::new(),
                endpoint: None,
                date: None,
            }),
            retryable: false,
            undecided: false,
            no_credentials: false,
        });
        assert_eq!(
            error.to_string(),
            "access denied \"a\\u{1b}b\": the access key may not read\u{fffd}\u{fffd}[2J (HTTP 403, code AccessDenied, EC \
             0003-00000001, request 6563)"
        );
    }
}
