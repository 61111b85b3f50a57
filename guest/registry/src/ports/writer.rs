//! Uploads in parts.

use bytes::Bytes;
use futures_util::Stream;

use super::{Guard, StorageError, Written};

/// Why the content given to a write broke off.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ContentError(
    /// For a person.
    pub String,
);

/// How a writer begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriterStart<'a> {
    /// With a new upload. 1 request.
    New {
        /// The number of bytes to come, where it is known: makes parts large enough for OSS's 10 000.
        size_hint: Option<u64>,
    },
    /// With the upload of this id, where [`Writer::size`] tells. 1 request for each 1000 parts, and 1 for what may be kept
    /// beside it because it fills no part.
    Resume {
        /// OSS's id of the upload.
        upload_id: &'a str,
    },
    /// With a new upload whose content begins with that of the file at the path, copied on OSS's side. 3 requests (to look
    /// at the file, to begin the upload, and to keep beside it what it begins with), and 1 for each part of the copy.
    Extend,
}

/// A file that is being written. Nothing can be read of it before `commit`.
///
/// Dropped, it is as after a crash: the upload stays. A call that is given up in its middle leaves the writer usable.
pub trait Writer {
    /// The bytes written so far, by this writer and those before it, whether they have arrived or not.
    fn size(&self) -> u64;

    /// Adds the content to the end. 1 request for each whole part.
    ///
    /// # Errors
    /// [`BrokenContent`](super::StorageErrorKind::BrokenContent) when the content ended with an error;
    /// [`NotFound`](super::StorageErrorKind::NotFound) when another writer committed or cancelled the upload. After any
    /// failure, and where the call is given up in its middle, `size` tells how much of what was taken from the content
    /// counts: what was on its way may be lost. Parts that did not arrive are sent again by the next call.
    fn write<C>(&mut self, content: C) -> impl Future<Output = Result<(), StorageError>>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin;

    /// Keeps everything that was written, in OSS, for another writer. 1 request for each part that had not arrived, and 1
    /// for what fills no part.
    ///
    /// # Errors
    /// As a request may fail. It can be tried again, unless it is [`NotFound`](super::StorageErrorKind::NotFound), as for
    /// `write`.
    fn close(&mut self) -> impl Future<Output = Result<(), StorageError>>;

    /// Drops everything that was written. 1 request, and 1 where something was kept beside the upload.
    ///
    /// # Errors
    /// As a request may fail. It can be tried again.
    fn cancel(&mut self) -> impl Future<Output = Result<(), StorageError>>;

    /// Makes it the file's content. 1 request, 1 for each part that had not arrived, and 1 where something was kept beside
    /// the upload.
    ///
    /// # Errors
    /// As the guard says, or as a request may fail. Everything is still there, and it can be tried again, unless it is
    /// [`NotFound`](super::StorageErrorKind::NotFound), as for `write`.
    fn commit(&mut self, guard: Guard) -> impl Future<Output = Result<Written, StorageError>>;
}
