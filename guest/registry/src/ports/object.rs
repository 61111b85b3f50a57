//! What the driver says of a file.

use std::time::Duration;

use bytes::Bytes;

use super::OssTime;

/// What OSS states of an object with every read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// The whole object's size in bytes, also where a part of it was read.
    pub size: u64,
    /// The ETag as OSS states it.
    pub etag: String,
    /// `Last-Modified`.
    pub modified: OssTime,
}

/// What is known of a file without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// The file.
    pub info: ObjectInfo,
    /// The `Date` of the response.
    pub date: OssTime,
}

/// A file with its whole content, or with the bytes of the range that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The file.
    pub info: ObjectInfo,
    /// The `Date` of the response.
    pub date: OssTime,
    /// The bytes.
    pub content: Bytes,
}

/// A file whose content is being read.
#[derive(Debug)]
pub struct Opened<C> {
    /// The file.
    pub info: ObjectInfo,
    /// The `Date` of the response.
    pub date: OssTime,
    /// How many bytes `content` has.
    pub length: u64,
    /// The bytes. An error after some of them says that those are not the whole; only the stream's end does.
    pub content: C,
}

/// Which bytes of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteRange {
    /// All.
    #[default]
    Whole,
    /// From an offset on. At or beyond the end there are none.
    From(u64),
    /// From an offset, at most so many.
    Within {
        /// The first byte's place.
        offset: u64,
        /// How many at most; at least 1.
        length: u64,
    },
    /// The last ones, at most so many; at least 1.
    Last(u64),
}

/// Under which condition to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Always.
    #[default]
    None,
    /// Only the object with this ETag; another one is [`StorageErrorKind::Conflict`](super::StorageErrorKind::Conflict).
    IfMatch(String),
    /// Only an object with another ETag than this; the same one is `Ok(None)`.
    IfNoneMatch(String),
}

/// What OSS answered to a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The ETag of what is there now.
    pub etag: String,
    /// The `Date` of the response.
    pub date: OssTime,
}

/// What OSS answered to an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The object's length now.
    pub length: u64,
    /// The `Date` of the response.
    pub date: OssTime,
}

/// A URL by which a file can be read for a while without credentials. It is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// The URL.
    pub url: String,
    /// For how long it holds: as was asked, or less where the credentials that it is signed with end before.
    pub holds_for: Duration,
}

impl std::fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedUrl").field("holds_for", &self.holds_for).finish_non_exhaustive()
    }
}
