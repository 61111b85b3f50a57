//! A file's metadata and content, as the driver returns them.

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

use super::{OssTime, StorageError, StorageErrorKind};

/// The metadata that OSS states with every read of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// The whole object's size in bytes, even if only a range of it was read.
    pub size: u64,
    /// `Last-Modified`.
    pub modified: OssTime,
}

/// A file with its whole content, or with the bytes of the requested range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The file's metadata.
    pub info: ObjectInfo,
    /// The `Date` of the response.
    pub date: OssTime,
    /// The bytes.
    pub content: Bytes,
}

/// A file whose content is being read.
#[derive(Debug)]
pub struct Opened<C> {
    /// The file's metadata.
    pub info: ObjectInfo,
    /// The number of bytes in `content`.
    pub length: u64,
    /// The bytes. They are complete only if the stream ends without an error.
    pub content: C,
}

impl<C: Stream<Item = Result<Bytes, StorageError>> + Unpin> Opened<C> {
    /// Reads all of the bytes into memory.
    ///
    /// # Errors
    /// An error of the content, or [`StorageErrorKind::Corrupt`] if its length differs from the stated one.
    pub async fn collect(mut self, path: &str) -> Result<Bytes, StorageError> {
        let mut content = BytesMut::new();
        while let Some(piece) = self.content.next().await {
            content.extend_from_slice(&piece?);
        }
        if content.len() as u64 != self.length {
            let message = format!("{path}: {} bytes came of {}", content.len(), self.length);
            return Err(StorageError::new(StorageErrorKind::Corrupt, message));
        }
        Ok(content.freeze())
    }
}

/// A range of the bytes of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteRange {
    /// All bytes.
    #[default]
    Whole,
    /// At most so many bytes from an offset on.
    Within {
        /// The position of the first byte.
        offset: u64,
        /// The maximum number of bytes, at least 1.
        length: u64,
    },
    /// At most so many of the last bytes, at least 1.
    Last(u64),
}

/// The result of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file's size in bytes after the write.
    pub size: u64,
    /// The `Date` of the response.
    pub date: OssTime,
}

/// A URL with which anyone can read a file for a limited time, without credentials. It is a secret.
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

#[cfg(test)]
mod tests {
    use futures_util::stream::iter;

    use super::*;
    use crate::memory::run;

    #[test]
    fn collect_rejects_content_of_another_length() {
        let collect = |length, pieces: Vec<Result<&'static [u8], StorageErrorKind>>| {
            let content = iter(pieces).map(|piece| match piece {
                Ok(bytes) => Ok(Bytes::from_static(bytes)),
                Err(kind) => Err(StorageError::new(kind, "it broke")),
            });
            let info = ObjectInfo { size: length, modified: OssTime(0) };
            run(Opened { info, length, content }.collect("/a")).map_err(|error| error.kind)
        };
        assert_eq!(collect(6, vec![Ok(b"abc"), Ok(b"def")]), Ok(Bytes::from_static(b"abcdef")));
        assert_eq!(collect(0, vec![]), Ok(Bytes::new()));
        for length in [5, 7] {
            assert_eq!(collect(length, vec![Ok(b"abc"), Ok(b"def")]), Err(StorageErrorKind::Corrupt), "{length}");
        }
        let broken = vec![Ok(&b"abc"[..]), Err(StorageErrorKind::Unavailable)];
        assert_eq!(collect(3, broken), Err(StorageErrorKind::Unavailable));
    }
}
