//! Why a call of the storage driver failed.

use super::OssTime;

/// Why a call of the storage driver failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct StorageError {
    /// What kind of failure it was.
    pub kind: StorageErrorKind,
    /// A description for a person. It contains no secret and no signed URL.
    pub message: String,
    /// The `Date` of OSS's response, if there was one. If the epoch log does not exist, this is the time as of which
    /// that is known.
    pub date: Option<OssTime>,
    /// Whether the request may have taken effect, or may take effect later: it was sent, and no response told the
    /// result.
    pub undecided: bool,
}

/// The kind of a failure, as far as the registry handles kinds differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageErrorKind {
    /// OSS responded that there is no such file or upload.
    NotFound,
    /// A create-only write found an existing file.
    Exists,
    /// The file or upload is not in the state that the call expected: it has another ETag, another length (for an
    /// append) or another offset (for an upload), or it changed while it was read.
    Conflict,
    /// OSS rejected a write because its window was over.
    TooLate,
    /// OSS rejected the credentials or the operation.
    Denied,
    /// OSS asked to slow down, at every attempt.
    Throttled,
    /// No response arrived in time, or OSS can't serve the request now. The same call may succeed later.
    Unavailable,
    /// The bytes that arrived, here or at OSS, are not those that were sent.
    Corrupt,
    /// The content given to a write ended with an error. Nothing of it is published.
    BrokenContent,
    /// Any other failure.
    Other,
}

impl StorageError {
    /// An error whose result is known, because OSS responded or nothing was sent.
    pub fn new(kind: StorageErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), date: None, undecided: false }
    }

    /// Adds the `Date` of the response.
    pub fn dated(mut self, date: OssTime) -> Self {
        self.date = Some(date);
        self
    }

    /// Whether OSS responded that there is no such file.
    pub fn is_not_found(&self) -> bool {
        self.kind == StorageErrorKind::NotFound
    }
}
