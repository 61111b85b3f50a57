//! Until when OSS takes a write.

use serde::Serialize;

/// A time by OSS's clock, as its `Date` and `Last-Modified` state it: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct OssTime(pub u64);

/// The span in which OSS takes a request, whatever the clock of this machine says and however late the request arrives.
///
/// With signature V4 `x-oss-date` is the start and `x-oss-expires` the difference; with V1 `Expires` is the end. Repeated
/// attempts keep the window. A response dated after the end counts as a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// A `Date` that OSS stated before.
    pub start: OssTime,
    /// The last second in which OSS takes the request.
    pub end: OssTime,
}

/// Under which conditions OSS takes a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Whether to refuse the write where an object is there already (`x-oss-forbid-overwrite`). Then it fails with
    /// [`StorageErrorKind::Exists`](super::StorageErrorKind::Exists).
    pub create_only: bool,
    /// The time span for the write. Outside of it the write fails with
    /// [`StorageErrorKind::TooLate`](super::StorageErrorKind::TooLate).
    pub window: Option<Window>,
}

impl Guard {
    /// Refuses the write where an object is there.
    pub const CREATE_ONLY: Self = Self { create_only: true, window: None };

    /// Refuses the write after the window.
    pub const fn within(window: Window) -> Self {
        Self { create_only: false, window: Some(window) }
    }
}
