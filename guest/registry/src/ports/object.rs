//! What the driver says of a file.

use bytes::Bytes;

use super::OssTime;

/// What OSS states of an object with every read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// The whole object's size in bytes, also where a part of it was read.
    pub size: u64,
    /// `Last-Modified`.
    pub modified: OssTime,
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

/// What OSS answered to a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The size in bytes of what is there now.
    pub size: u64,
    /// The `Date` of the response.
    pub date: OssTime,
}

/// A URL by which a file can be read for a while without credentials. It is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// The URL.
    pub url: String,
}

impl std::fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedUrl").finish_non_exhaustive()
    }
}
