//! The interface to an upload that takes several requests.

use bytes::Bytes;
use futures_util::Stream;

use super::{Publishing, StorageError, WrittenFile};

/// The reason why the content given to a write ended early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ContentError(
    /// A description for a person.
    pub String,
);

/// How an upload is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadStart<'a> {
    /// A new upload. Other uploads for the same path are unaffected. 1 request.
    New {
        /// The expected number of bytes, if known. The parts are then made large enough.
        size_hint: Option<u64>,
        /// The media type of the content.
        content_type: Option<&'a str>,
    },
    /// The upload with this id. 2 requests.
    Resume {
        /// OSS's id of the upload.
        id: &'a str,
        /// If set, the number of bytes that the upload must have.
        at: Option<u64>,
    },
}

/// A file that is being uploaded. Nothing of it can be read before `commit`. If this is dropped, the upload stays with
/// the full parts that were sent, as after a crash.
pub trait Upload {
    /// OSS's id of the upload.
    ///
    /// # Errors
    /// If the component's instance that has the upload has ended.
    fn id(&self) -> impl Future<Output = Result<String, StorageError>>;

    /// The number of bytes written so far, by this process and earlier ones.
    ///
    /// # Errors
    /// If the component's instance that has the upload has ended.
    fn size(&self) -> impl Future<Output = Result<u64, StorageError>>;

    /// Appends the content. 1 request for each full part.
    ///
    /// # Errors
    /// [`BrokenContent`](super::StorageErrorKind::BrokenContent) if the content ended with an error; the bytes before
    /// that are kept.
    fn write<C>(&mut self, content: C) -> impl Future<Output = Result<(), StorageError>>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin;

    /// Stores everything that was written in OSS, so that another process can continue.
    ///
    /// # Errors
    /// Any error of a request.
    fn close(&mut self) -> impl Future<Output = Result<(), StorageError>>;

    /// Discards everything that was written.
    ///
    /// # Errors
    /// Any error of a request.
    fn cancel(&mut self) -> impl Future<Output = Result<(), StorageError>>;

    /// Publishes everything that was written as the file's content.
    ///
    /// # Errors
    /// The errors of the [`Publishing`], or any error of a request. Nothing is lost then.
    fn commit(&mut self, publishing: Publishing) -> impl Future<Output = Result<WrittenFile, StorageError>>;
}
