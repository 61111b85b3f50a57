//! The component's errors: a typed mirror of the record `error` of the WIT.

use super::call::Error;
use super::ids::CallIds;
use std::fmt;
use std::time::SystemTime;

/// What the component reports. [`Failure::undecided`] says whether a change may have taken effect all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageError {
    /// There is nothing under this key. Said only when OSS said so.
    NotFound(Box<Failure>),
    /// The key can't be a key. Nothing was sent.
    InvalidKey(Box<Failure>),
    /// The config can't work. Nothing was sent.
    InvalidConfig(ConfigProblem),
    /// OSS refused the credentials, the signature or the operation.
    AccessDenied(Box<Failure>),
    /// The bucket does not exist.
    NoSuchBucket(Box<Failure>),
    /// It exists already, was changed meanwhile, or can't be changed.
    Conflict(Box<Failure>),
    /// What was to be read still has the ETag that it was not wanted with.
    NotModified(Box<Failure>),
    /// OSS refused a change because it came after its window's end: it had no effect and will have none.
    TooLate(Box<Failure>),
    /// OSS asked to slow down, each time it was asked.
    Throttled(Box<Failure>),
    /// No answer came in time.
    TimedOut(Box<Failure>),
    /// No answer came at all, or OSS answered that it can't serve now.
    Unavailable(Box<Failure>),
    /// The bytes that came, or that arrived, are not those that were sent.
    Corrupt(Box<Failure>),
    /// Beyond what Ossicle or the bucket can do.
    Unsupported(Box<Failure>),
    /// Any other answer of OSS's.
    Service(Box<Failure>),
}

/// The cases of [`StorageError`], without their circumstances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "said at the cases of StorageError")]
pub enum ErrorKind {
    NotFound,
    InvalidKey,
    InvalidConfig,
    AccessDenied,
    NoSuchBucket,
    Conflict,
    NotModified,
    TooLate,
    Throttled,
    TimedOut,
    Unavailable,
    Corrupt,
    Unsupported,
    Service,
}

/// The circumstances of a failure. Holds no secret, no signature and no signed URL.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The key it happened on, as the caller gave it.
    pub key: Option<String>,
    /// What failed and what can be done about it, for a person.
    pub message: String,
    /// What OSS answered, where it did.
    pub answer: Option<Answer>,
    /// Whether the same call may succeed later without anything else being changed.
    pub retryable: bool,
    /// Whether the request that failed may have taken effect, or may yet, because no answer to it decides that: look, or
    /// make the change again. What a call of several requests had changed before stays changed whatever this says.
    pub undecided: bool,
    /// Whether there were no credentials to ask OSS with: the service that gives them, or the host, refused or did not
    /// answer. Nothing was sent to OSS.
    pub no_credentials: bool,
    /// By what the call is found in logs.
    pub ids: CallIds,
}

/// What OSS said when it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// OSS's error code, such as `NoSuchKey`; empty where the answer named none.
    pub code: String,
    /// The EC, such as `0026-00000001`.
    pub ec: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
    /// OSS's message; empty where there was none.
    pub message: String,
    /// The host that serves the bucket, `oss-cn-beijing.aliyuncs.com`, where OSS named it because the request went to
    /// another.
    pub endpoint: Option<String>,
    /// When OSS answered, by its own clock.
    pub date: Option<SystemTime>,
}

/// What is wrong in a config.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
#[non_exhaustive]
pub struct ConfigProblem {
    /// The field, `endpoint` or `credentials.access-key-id`.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub reason: String,
}

impl ConfigProblem {
    pub(crate) fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

impl StorageError {
    /// As the caller of a call sees it. A config that the component refuses is the config's problem, whoever finds it.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::InvalidConfig(problem) => Error::Config(problem),
            error => Error::Storage(error),
        }
    }

    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::InvalidKey(_) => ErrorKind::InvalidKey,
            Self::InvalidConfig(_) => ErrorKind::InvalidConfig,
            Self::AccessDenied(_) => ErrorKind::AccessDenied,
            Self::NoSuchBucket(_) => ErrorKind::NoSuchBucket,
            Self::Conflict(_) => ErrorKind::Conflict,
            Self::NotModified(_) => ErrorKind::NotModified,
            Self::TooLate(_) => ErrorKind::TooLate,
            Self::Throttled(_) => ErrorKind::Throttled,
            Self::TimedOut(_) => ErrorKind::TimedOut,
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Corrupt(_) => ErrorKind::Corrupt,
            Self::Unsupported(_) => ErrorKind::Unsupported,
            Self::Service(_) => ErrorKind::Service,
        }
    }

    /// It is a failure of the call with these ids.
    pub(crate) fn identify(&mut self, ids: &CallIds) {
        if let Some(failure) = self.failure_mut() {
            failure.ids = ids.clone();
        }
    }

    /// Its circumstances; none of a config's problem, which happens before there are any.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::InvalidConfig(_) => None,
            Self::NotFound(failure)
            | Self::InvalidKey(failure)
            | Self::AccessDenied(failure)
            | Self::NoSuchBucket(failure)
            | Self::Conflict(failure)
            | Self::NotModified(failure)
            | Self::TooLate(failure)
            | Self::Throttled(failure)
            | Self::TimedOut(failure)
            | Self::Unavailable(failure)
            | Self::Corrupt(failure)
            | Self::Unsupported(failure)
            | Self::Service(failure) => Some(failure),
        }
    }

    fn failure_mut(&mut self) -> Option<&mut Failure> {
        match self {
            Self::InvalidConfig(_) => None,
            Self::NotFound(failure)
            | Self::InvalidKey(failure)
            | Self::AccessDenied(failure)
            | Self::NoSuchBucket(failure)
            | Self::Conflict(failure)
            | Self::NotModified(failure)
            | Self::TooLate(failure)
            | Self::Throttled(failure)
            | Self::TimedOut(failure)
            | Self::Unavailable(failure)
            | Self::Corrupt(failure)
            | Self::Unsupported(failure)
            | Self::Service(failure) => Some(failure),
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "not found",
            Self::InvalidKey => "invalid key",
            Self::InvalidConfig => "invalid config",
            Self::AccessDenied => "access denied",
            Self::NoSuchBucket => "no such bucket",
            Self::Conflict => "conflict",
            Self::NotModified => "not modified",
            Self::TooLate => "too late",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed out",
            Self::Unavailable => "unavailable",
            Self::Corrupt => "corrupt",
            Self::Unsupported => "unsupported",
            Self::Service => "refused by OSS",
        })
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind())?;
        let failure = match self {
            Self::InvalidConfig(problem) => return write!(f, ": {problem}"),
            other => other.failure(),
        };
        let Some(failure) = failure else { return Ok(()) };
        if let Some(key) = &failure.key {
            // Quoted and escaped: it may end on somebody's terminal.
            write!(f, " {key:?}")?;
        }
        write!(f, ": {}", failure.message)?;
        let Some(answer) = &failure.answer else { return Ok(()) };
        write!(f, " (HTTP {}", answer.status)?;
        for (name, value) in
            [("code", Some(&answer.code)), ("EC", answer.ec.as_ref()), ("request", answer.request_id.as_ref())]
        {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                write!(f, ", {name} {value}")?;
            }
        }
        f.write_str(")")
    }
}

impl std::error::Error for StorageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InvalidConfig(problem) => Some(problem),
            _ => None,
        }
    }
}

/// Text of the component's or the server's, without what would steer a terminal or forge a line of a log.
pub(crate) fn printable(text: String) -> String {
    if text.chars().any(char::is_control) {
        text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
    } else {
        text
    }
}
