//! Errors of calls, in the terms of the WIT package's `error`.

use std::fmt;

/// An error response of OSS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// OSS's error code, such as `NoSuchKey`; empty if the response contained none.
    pub code: String,
    /// The EC, such as `0026-00000001`.
    pub ec: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
    /// OSS's message; empty if there was none.
    pub message: String,
    /// The host that serves the bucket, if OSS named it because the request went to another host.
    pub endpoint: Option<String>,
    /// The response's `Date`, in seconds since 1970.
    pub date: Option<u64>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        if let Some(ec) = &self.ec {
            write!(f, ", EC {ec}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, ", request id {id}")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

/// The kinds of failure that a caller can act on; each is a case of the WIT package's `error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// OSS said that there is nothing under this key.
    NotFound,
    /// The key is invalid. Nothing was sent.
    InvalidKey,
    /// OSS rejected the credentials, the signature or the operation.
    AccessDenied,
    /// The bucket does not exist.
    NoSuchBucket,
    /// The request conflicts with the present state.
    Conflict,
    /// The object still has the ETag of the condition.
    NotModified,
    /// OSS rejected a change because it arrived after its window's end.
    TooLate,
    /// OSS asked to slow down.
    Throttled,
    /// There was no response in time.
    TimedOut,
    /// There was no response, or OSS can't serve requests at present.
    Unavailable,
    /// Received or stored bytes are not those that were sent.
    Corrupt,
    /// Beyond what Ossicle or the bucket can do.
    Unsupported,
    /// Any other error response of OSS.
    Service,
}

/// Why a call failed. Holds no secret, no signature and no signed URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}{}", OnKey(key.as_deref()), OfAnswer(answer.as_deref()))]
pub struct Error {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// The key that the call was about, as the caller gave it.
    pub key: Option<String>,
    /// What failed, as a message for a person.
    pub message: String,
    /// OSS's response, if there was one.
    pub answer: Option<Box<Answer>>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Whether the failed request may have taken effect, or still may. False if OSS rejected it or it was never sent,
    /// and for requests that only read. If a call sends several requests, the effects of earlier ones remain in any
    /// case.
    pub undecided: bool,
    /// Whether there were no credentials for the request.
    pub no_credentials: bool,
}

impl Error {
    /// An error without a response of OSS, for which a retry can't help.
    pub fn new(kind: ErrorKind, key: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            key: Some(key.to_owned()),
            message: message.into(),
            answer: None,
            retryable: false,
            undecided: false,
            no_credentials: false,
        }
    }
}

struct OnKey<'a>(Option<&'a str>);

impl fmt::Display for OnKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |key| write!(f, " (key {key:?})"))
    }
}

struct OfAnswer<'a>(Option<&'a Answer>);

impl fmt::Display for OfAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |answer| write!(f, " [{answer}]"))
    }
}

/// What is wrong in a config. Contains no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct ConfigProblem {
    /// The field, named as in the WIT package: `credentials.access-key-id`.
    pub field: &'static str,
    /// What is wrong with it and what would be right.
    pub reason: String,
}

impl ConfigProblem {
    /// A problem of one field.
    pub fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self { field, reason: reason.into() }
    }
}
