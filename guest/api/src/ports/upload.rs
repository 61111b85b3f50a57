//! Uploads in several requests.

use bytes::Bytes;
use futures_util::Stream;

use super::{Publishing, StorageError, WrittenFile};

/// Why the content given to a write broke off.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ContentError(
    /// For a person.
    pub String,
);

/// How an upload is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadStart<'a> {
    /// A new one, beside any that are there. 1 request.
    New {
        /// The number of bytes to come, where it is known: makes parts large enough.
        size_hint: Option<u64>,
        /// The content's type.
        content_type: Option<&'a str>,
    },
    /// The one with this id, and only where so many bytes are there, if a number is said. 2 requests.
    Resume {
        /// OSS's id of it.
        id: &'a str,
        /// How many bytes must be there already.
        at: Option<u64>,
    },
}

/// A file that is being uploaded. Nothing can be read of it before `commit`. Dropped, it is as after a crash: the upload stays,
/// with what was sent in whole parts.
pub trait Upload {
    /// OSS's id of it.
    ///
    /// # Errors
    /// When the instance of the component that has it is gone.
    fn id(&self) -> impl Future<Output = Result<String, StorageError>>;

    /// The bytes written so far, by this process and those before it.
    ///
    /// # Errors
    /// When the instance of the component that has it is gone.
    fn size(&self) -> impl Future<Output = Result<u64, StorageError>>;

    /// Adds the content to the end. 1 request for each whole part.
    ///
    /// # Errors
    /// [`BrokenContent`](super::StorageErrorKind::BrokenContent) when the content ended with an error; what came before that
    /// counts.
    fn write<C>(&mut self, content: C) -> impl Future<Output = Result<(), StorageError>>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin;

    /// Keeps everything that was written, in OSS, for another process.
    ///
    /// # Errors
    /// As a request may fail.
    fn close(&mut self) -> impl Future<Output = Result<(), StorageError>>;

    /// Drops everything that was written.
    ///
    /// # Errors
    /// As a request may fail.
    fn cancel(&mut self) -> impl Future<Output = Result<(), StorageError>>;

    /// Makes it the file's content.
    ///
    /// # Errors
    /// As `publishing` says, or as a request may fail. Everything is still there then.
    fn commit(&mut self, publishing: Publishing) -> impl Future<Output = Result<WrittenFile, StorageError>>;
}
