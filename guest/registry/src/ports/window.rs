//! The conditions under which OSS accepts a write, among them a time limit.

use serde::Serialize;

/// A time of OSS's clock, as in `Date` and `Last-Modified`: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct OssTime(pub u64);

/// The time span in which OSS accepts a request. It depends on OSS's clock only, not on the local clock or on how late
/// the request arrives.
///
/// With signature V4, `x-oss-date` is the start and `x-oss-expires` the length; with V1, `Expires` is the end. All
/// attempts of a request have the same window. A response dated after the end counts as a rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// A `Date` from an earlier response.
    pub start: OssTime,
    /// The last second in which OSS accepts the request.
    pub end: OssTime,
}

/// The conditions under which OSS accepts a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Whether OSS rejects the write if an object exists already (`x-oss-forbid-overwrite`). The write then fails with
    /// [`StorageErrorKind::Exists`](super::StorageErrorKind::Exists).
    pub create_only: bool,
    /// The time span for the write. Outside it the write fails with
    /// [`StorageErrorKind::TooLate`](super::StorageErrorKind::TooLate).
    pub window: Option<Window>,
}

impl Guard {
    /// Rejects the write if the object exists.
    pub const CREATE_ONLY: Self = Self { create_only: true, window: None };

    /// Rejects the write after the window.
    pub const fn within(window: Window) -> Self {
        Self { create_only: false, window: Some(window) }
    }
}
