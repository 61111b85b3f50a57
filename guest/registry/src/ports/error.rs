//! Why a call of the storage driver failed.

use super::OssTime;

/// Why a call of the storage driver failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct StorageError {
    /// What kind of failure it was.
    pub kind: StorageErrorKind,
    /// For a person. Holds no secret and no signed URL.
    pub message: String,
    /// The `Date` of OSS's response, where OSS answered. Absence of the epoch log is known as of this date.
    pub date: Option<OssTime>,
    /// Whether the request may have taken effect, or may yet: it was sent, and no response decides.
    pub undecided: bool,
}

/// What kind of failure it was, as far as the registry acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageErrorKind {
    /// OSS said that there is no such file, or no such upload.
    NotFound,
    /// A create-only write found a file.
    Exists,
    /// The file or upload is not as the call expected: another ETag, another length for an append, another offset for an
    /// upload, or changed while it was read.
    Conflict,
    /// OSS refused a write because its window was over.
    TooLate,
    /// OSS refused the credentials or the operation.
    Denied,
    /// OSS asked to slow down, each time it was asked.
    Throttled,
    /// No response came in time, or OSS can't serve now. The same call may succeed later.
    Unavailable,
    /// The bytes that came, or that arrived, are not those that were sent.
    Corrupt,
    /// The content given to a write ended with an error; nothing of it is published.
    BrokenContent,
    /// Any other failure.
    Other,
}

impl StorageError {
    /// An error that OSS's response decides.
    pub fn new(kind: StorageErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), date: None, undecided: false }
    }

    /// The error with the `Date` of the response.
    pub fn dated(mut self, date: OssTime) -> Self {
        self.date = Some(date);
        self
    }

    /// Whether OSS said that there is no such file.
    pub fn is_not_found(&self) -> bool {
        self.kind == StorageErrorKind::NotFound
    }
}
