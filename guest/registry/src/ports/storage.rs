//! The storage driver.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;

use super::{
    ByteRange, Guard, ListRequest, Loaded, ObjectInfo, Opened, Page, SignedUrl, StorageError, Upload, UploadPage,
    Window, Writer, WriterStart, Written,
};

/// The files that a deletion left, and why. A file that was not there counts as deleted.
pub type Failed = Vec<(String, StorageError)>;

/// The storage driver: files under paths such as `/docker/registry/v2/blobs/sha256/ab/ab…/data`, in one bucket, below the
/// registry's root.
///
/// A file is published as a whole or not at all. Every method but `url_for` sends requests to OSS and fails with whatever
/// a request can fail with.
pub trait Storage {
    /// The content of a file that is being read.
    type Content: Stream<Item = Result<Bytes, StorageError>> + Unpin;

    /// A file that is being written.
    type Writer: Writer;

    /// Reads a file, or a range of it, into memory. 1 request.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound) with the `Date` of the response.
    fn load(&self, path: &str, range: ByteRange) -> impl Future<Output = Result<Loaded, StorageError>>;

    /// Opens a file for reading. 1 request, and 1 more whenever the connection breaks. A whole file is checked by CRC-64 at
    /// its end.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound).
    fn open(&self, path: &str, range: ByteRange) -> impl Future<Output = Result<Opened<Self::Content>, StorageError>>;

    /// What is known of a file, without its content. 1 request, also where it is not there: directories are not looked for.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound) with the `Date` of the response.
    fn stat(&self, path: &str) -> impl Future<Output = Result<ObjectInfo, StorageError>>;

    /// One page of a listing. 1 request. A directory that is not there is empty.
    ///
    /// # Errors
    /// As a request may fail.
    fn list(&self, request: ListRequest<'_>) -> impl Future<Output = Result<Page, StorageError>>;

    /// Makes a file or replaces all of it. 1 request.
    ///
    /// # Errors
    /// As the guard says.
    fn put(&self, path: &str, content: Bytes, guard: Guard) -> impl Future<Output = Result<Written, StorageError>>;

    /// Appends to an appendable file at a position, 0 for a new one. 1 request. This is the only operation of OSS by which
    /// exactly one of many writers succeeds.
    ///
    /// # Errors
    /// [`Conflict`](super::StorageErrorKind::Conflict) if the file has another length; `undecided` where the response is
    /// lost.
    fn append(
        &self,
        path: &str,
        position: u64,
        content: Bytes,
        window: Window,
    ) -> impl Future<Output = Result<(), StorageError>>;

    /// Begins a file, or goes on with an upload of it. Requests: see [`WriterStart`].
    ///
    /// # Errors
    /// Of [`WriterStart::Resume`]: [`NotFound`](super::StorageErrorKind::NotFound) if there is no such upload, or if it is
    /// one of a copy, with which no writer goes on; [`Conflict`](super::StorageErrorKind::Conflict) if it was to begin with
    /// a file's content and ended before that was copied. Of [`WriterStart::Extend`]:
    /// [`NotFound`](super::StorageErrorKind::NotFound) if there is no file.
    fn writer(&self, path: &str, start: WriterStart<'_>) -> impl Future<Output = Result<Self::Writer, StorageError>>;

    /// Copies a file on OSS's side. 2 requests (to look at the source and to copy); above the driver's threshold for one
    /// request (at most 1 GiB) 3 and 1 for each part.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound), and as the guard says.
    fn copy(
        &self,
        source: &str,
        destination: &str,
        guard: Guard,
    ) -> impl Future<Output = Result<Written, StorageError>>;

    /// Deletes files, and no directories. 1 request for each 1000. A list of one is one `DeleteObject`.
    ///
    /// # Errors
    /// When it can't be told which files are left. Failures of single files are in what is returned.
    fn delete(&self, paths: &[String], window: Option<Window>) -> impl Future<Output = Result<Failed, StorageError>>;

    /// A URL by which anyone can read a file for a while. No request. It is signed for the endpoint that clients reach.
    ///
    /// # Errors
    /// When no credentials are there.
    fn url_for(&self, path: &str, expiry: Duration) -> impl Future<Output = Result<SignedUrl, StorageError>>;

    /// One page of the uploads for files below a directory. 1 request. `after` is the last upload of the page before.
    ///
    /// # Errors
    /// As a request may fail.
    fn uploads(
        &self,
        directory: &str,
        after: Option<&Upload>,
    ) -> impl Future<Output = Result<UploadPage, StorageError>>;

    /// Aborts uploads; one that is gone is fine. 1 request for each, and 1 for what is kept beside them.
    ///
    /// # Errors
    /// When one could not be aborted.
    fn abort(&self, uploads: &[Upload]) -> impl Future<Output = Result<(), StorageError>>;
}
