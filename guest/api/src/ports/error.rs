//! Why a call of a port failed.

/// Why a call of a port failed. Holds no secret and no signed URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StorageError {
    /// What kind of failure it was.
    pub kind: StorageErrorKind,
    /// What failed and what can be done about it, for a person.
    pub message: String,
    /// The key or path it happened on, where it was one.
    pub key: Option<String>,
    /// What OSS answered, where it did.
    pub answer: Option<OssAnswer>,
    /// Whether the same call may succeed later without anything else being changed.
    pub retryable: bool,
    /// Whether a change may have taken effect, or may yet: it was sent, and no answer decides.
    pub undecided: bool,
    /// What a removal left, each with its reason.
    pub left: Vec<Left>,
}

/// Something that a removal left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Its path.
    pub path: Option<String>,
    /// Why.
    pub message: String,
}

/// What OSS said when it refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OssAnswer {
    /// OSS's error code, such as `NoSuchKey`; empty where the answer named none.
    pub code: String,
    /// The exact case in OSS's documentation, such as `0026-00000001`.
    pub ec: Option<String>,
    /// The request's id, which Alibaba Cloud's support asks for.
    pub request_id: Option<String>,
}

/// What kind of failure it was, as far as a client of the API acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StorageErrorKind {
    /// There is nothing under this key, or no such upload, said by OSS itself.
    NotFound,
    /// The key or path can't be one.
    InvalidKey,
    /// A write that was to make a file found one.
    Exists,
    /// Something is not as the call expected: another ETag, another length, another holder; or it can't be changed.
    Conflict,
    /// OSS refused a change because the lease's window was over.
    TooLate,
    /// OSS refused the tenant's credentials or the operation, or there are no credentials.
    Denied,
    /// The tenant's bucket does not exist.
    NoBucket,
    /// The tenant's config can't work.
    Misconfigured,
    /// OSS asked to slow down, each time it was asked.
    Throttled,
    /// Too many calls of this tenant are in flight. Nothing was sent.
    Overloaded,
    /// No answer came in time.
    TimedOut,
    /// OSS can't be reached or can't serve now, or the component was stopped during the call.
    Unavailable,
    /// The bytes that came, or that arrived, are not those that were sent. They are not given out.
    Corrupt,
    /// Beyond what the component or the bucket can do.
    Unsupported,
    /// The content that was given to a write ended with an error; nothing of it is published.
    BrokenContent,
    /// Some paths of a removal are left.
    Left,
    /// Any other refusal of OSS's.
    Refused,
    /// A defect of the host or the component.
    Defect,
}

impl StorageError {
    /// An error that nothing more is known of.
    pub fn new(kind: StorageErrorKind, message: impl Into<String>) -> Self {
        use StorageErrorKind::{Overloaded, Throttled, TimedOut, Unavailable};
        let retryable = matches!(kind, Throttled | Overloaded | TimedOut | Unavailable);
        Self { kind, message: message.into(), key: None, answer: None, retryable, undecided: false, left: Vec::new() }
    }

    /// The error with the key it happened on.
    pub fn at(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}
