//! Why a call of a port failed.

/// Why a call of a port failed. It contains no secret and no signed URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StorageError {
    /// What kind of failure it was.
    pub kind: StorageErrorKind,
    /// A description for a person: what failed, and what to do about it.
    pub message: String,
    /// The key or path on which the call failed, if there was one.
    pub key: Option<String>,
    /// OSS's response, if there was one.
    pub answer: Option<OssAnswer>,
    /// Whether the same call may succeed later without any other change.
    pub retryable: bool,
    /// Whether a change may have taken effect, or may take effect later: it was sent, and no response told the result.
    pub undecided: bool,
    /// The objects that a deletion could not delete.
    pub left: Vec<Left>,
}

/// An object that could not be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The path of the file, if the object's name is one.
    pub path: Option<String>,
    /// The reason, for a person.
    pub message: String,
}

/// OSS's response to a request that it rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OssAnswer {
    /// OSS's error code, such as `NoSuchKey`; empty if the response had none.
    pub code: String,
    /// OSS's detailed error code, such as `0026-00000001`, by which its documentation finds the exact case.
    pub ec: Option<String>,
    /// OSS's id of the request, which Alibaba Cloud's support asks for.
    pub request_id: Option<String>,
}

/// The kind of a failure, as far as a client of the API handles kinds differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StorageErrorKind {
    /// OSS responded that there is nothing under this key, or that there is no such upload.
    NotFound,
    /// The key or path is invalid.
    InvalidKey,
    /// A create-only write found an existing file.
    Exists,
    /// An object is not in the state that the call expected: it has another ETag, another length or another holder; or
    /// it can't be changed.
    Conflict,
    /// OSS rejected a change because the lease's window was over.
    TooLate,
    /// OSS rejected the tenant's credentials or the operation, or there are no credentials.
    Denied,
    /// The tenant's bucket does not exist.
    NoBucket,
    /// The tenant's config is wrong.
    Misconfigured,
    /// OSS asked to slow down, at every attempt.
    Throttled,
    /// Too many calls of this tenant are in flight. Nothing was sent.
    Overloaded,
    /// No response arrived in time.
    TimedOut,
    /// OSS can't be reached or can't serve the request now, or the component was stopped during the call.
    Unavailable,
    /// The bytes that arrived, here or at OSS, are not those that were sent. They are not returned.
    Corrupt,
    /// The component or the bucket does not support this.
    Unsupported,
    /// The content given to a write ended with an error. Nothing of it is published.
    BrokenContent,
    /// A deletion could not delete everything.
    Left,
    /// OSS rejected the request for any other reason.
    Refused,
    /// A defect of the host or the component.
    Defect,
}

impl StorageError {
    /// An error of which only the kind and a description are known.
    pub fn new(kind: StorageErrorKind, message: impl Into<String>) -> Self {
        use StorageErrorKind::{Overloaded, Throttled, TimedOut, Unavailable};
        let retryable = matches!(kind, Throttled | Overloaded | TimedOut | Unavailable);
        Self { kind, message: message.into(), key: None, answer: None, retryable, undecided: false, left: Vec::new() }
    }

    /// Adds the key on which the call failed.
    pub fn at(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}
