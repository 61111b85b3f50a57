//! Writes a file as an upload in parts.

use bytes::Bytes;
use futures_util::Stream;

use super::{Guard, StorageError, Written};

/// The reason why the content given to a write ended early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ContentError(
    /// A description for a person.
    pub String,
);

/// How a writer starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriterStart<'a> {
    /// A new upload. 1 request.
    New {
        /// The expected number of bytes, if known. The parts are then made large enough that OSS's limit of 10 000
        /// parts suffices.
        size_hint: Option<u64>,
    },
    /// The upload with this id, from its present end on, which [`Writer::size`] returns. 1 request for each 1000 parts,
    /// and 1 for bytes that fill no part and may be kept beside the upload.
    Resume {
        /// OSS's id of the upload.
        upload_id: &'a str,
    },
    /// A new upload that begins with the content of the existing file, which is copied within OSS. 3 requests (to read
    /// the file's metadata, to initiate the upload, and to record beside it which content it begins with), and 1 for
    /// each part of the copy.
    Extend,
}

/// A file to which content is being written. Nothing of it can be read before `commit`.
///
/// If a writer is dropped, its upload stays, as after a crash. A call that is cancelled leaves the writer usable.
pub trait Writer {
    /// The number of bytes written so far, by this writer and earlier ones of the same upload, whether OSS has received
    /// them or not.
    fn size(&self) -> u64;

    /// Appends the content. 1 request for each full part.
    ///
    /// # Errors
    /// [`BrokenContent`](super::StorageErrorKind::BrokenContent) if the content ended with an error;
    /// [`NotFound`](super::StorageErrorKind::NotFound) if another writer committed or cancelled the upload. After any
    /// failure, and if the call is cancelled, `size` returns how many bytes were kept: bytes taken from the content by
    /// an interrupted call may be lost. Parts that OSS did not receive are sent again by the next call.
    fn write<C>(&mut self, content: C) -> impl Future<Output = Result<(), StorageError>>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin;

    /// Stores everything that was written in OSS, so that another writer can continue. 1 request for each part that OSS
    /// has not received, and 1 for the bytes that fill no part.
    ///
    /// # Errors
    /// Any error of a request. The call can be repeated, except after [`NotFound`](super::StorageErrorKind::NotFound),
    /// which means the same as for `write`.
    fn close(&mut self) -> impl Future<Output = Result<(), StorageError>>;

    /// Discards everything that was written. 1 request, and 1 if something is kept beside the upload.
    ///
    /// # Errors
    /// Any error of a request. The call can be repeated.
    fn cancel(&mut self) -> impl Future<Output = Result<(), StorageError>>;

    /// Publishes everything that was written as the file's content. 1 request, 1 for each part that OSS has not
    /// received, and 1 if something is kept beside the upload.
    ///
    /// # Errors
    /// The errors of the [`Guard`], or any error of a request. Nothing is lost then, and the call can be repeated,
    /// except after [`NotFound`](super::StorageErrorKind::NotFound), which means the same as for `write`.
    fn commit(&mut self, guard: Guard) -> impl Future<Output = Result<Written, StorageError>>;
}
