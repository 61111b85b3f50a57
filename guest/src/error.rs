//! Why a call failed, in the terms of the WIT package's `error`.

use std::fmt;

/// What OSS said when it refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// The host that serves the bucket, where OSS named it because the request went to another.
    pub endpoint: Option<String>,
    /// The answer's `Date`, in seconds since 1970.
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
    /// There is nothing under this key, and OSS said so.
    NotFound,
    /// The key can't be a key. Nothing was sent.
    InvalidKey,
    /// OSS refused the credentials, the signature or the operation.
    AccessDenied,
    /// The bucket does not exist.
    NoSuchBucket,
    /// Something else stands in the way.
    Conflict,
    /// The object still has the ETag that it was not wanted with.
    NotModified,
    /// OSS refused a change because it came after its window's end.
    TooLate,
    /// OSS asked to slow down.
    Throttled,
    /// No answer came in time.
    TimedOut,
    /// No answer came, or OSS can't serve now.
    Unavailable,
    /// Bytes that came or arrived are not those that were sent.
    Corrupt,
    /// Beyond what Ossicle or the bucket can do.
    Unsupported,
    /// Any other answer of OSS's.
    Service,
}

/// Why a call failed. Holds no secret, no signature and no signed URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}{}", OnKey(key.as_deref()), OfAnswer(answer.as_deref()))]
pub struct Error {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// The key it happened on, as the caller gave it.
    pub key: Option<String>,
    /// What failed, for a person.
    pub message: String,
    /// What OSS answered, if it did.
    pub answer: Option<Box<Answer>>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Whether the request that failed may have taken effect, or may yet. False where OSS refused it or it never was sent,
    /// and of requests that only read. What a call of several requests had done before stays done whatever this says.
    pub undecided: bool,
    /// Whether there were no credentials to ask OSS with.
    pub no_credentials: bool,
}

impl Error {
    /// An error that no answer of OSS's stands behind and that a retry can't help.
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

/// What is wrong in a config. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct ConfigProblem {
    /// The field as the WIT package names it, `credentials.access-key-id`.
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
