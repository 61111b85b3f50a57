//! The storage driver.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;

use super::{
    ByteRange, Guard, ListRequest, Loaded, ObjectInfo, Opened, Page, SignedUrl, StorageError, Upload, UploadPage,
    Window, Writer, WriterStart, Written,
};

/// The files that were not deleted, each with the reason. A file that did not exist counts as deleted.
pub type Failed = Vec<(String, StorageError)>;

/// The storage driver: files under paths such as `/docker/registry/v2/blobs/sha256/ab/ab…/data`, in one bucket, below the
/// registry's root.
///
/// A file is published completely or not at all. Every method except `url_for` sends requests to OSS, and can fail with
/// any error of a request besides those listed.
pub trait Storage {
    /// The content of an open file.
    type Content: Stream<Item = Result<Bytes, StorageError>> + Unpin;

    /// A file to which content is being written.
    type Writer: Writer;

    /// Reads a file, or a range of it, into memory. 1 request.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound) with the `Date` of the response.
    fn load(&self, path: &str, range: ByteRange) -> impl Future<Output = Result<Loaded, StorageError>>;

    /// Opens a file for reading. 1 request, and 1 more whenever the connection breaks. At the end of a whole file its
    /// CRC-64 is checked.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound).
    fn open(&self, path: &str, range: ByteRange) -> impl Future<Output = Result<Opened<Self::Content>, StorageError>>;

    /// Reads a file's metadata. 1 request, even if the file does not exist: directories are not looked for.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound) with the `Date` of the response.
    fn stat(&self, path: &str) -> impl Future<Output = Result<ObjectInfo, StorageError>>;

    /// Reads one page of a listing. 1 request. A directory that does not exist is empty.
    ///
    /// # Errors
    /// Any error of a request.
    fn list(&self, request: ListRequest<'_>) -> impl Future<Output = Result<Page, StorageError>>;

    /// Creates a file or replaces its content. 1 request.
    ///
    /// # Errors
    /// The errors of the [`Guard`].
    fn put(&self, path: &str, content: Bytes, guard: Guard) -> impl Future<Output = Result<Written, StorageError>>;

    /// Appends to an appendable file at a position, which is 0 for a new file. 1 request. This is the only operation of
    /// OSS of which exactly one of several concurrent writers succeeds.
    ///
    /// # Errors
    /// [`Conflict`](super::StorageErrorKind::Conflict) if the file has another length. The error is `undecided` if the
    /// response was lost.
    fn append(
        &self,
        path: &str,
        position: u64,
        content: Bytes,
        window: Window,
    ) -> impl Future<Output = Result<(), StorageError>>;

    /// Begins to write a file, or continues an upload of it. Requests: see [`WriterStart`].
    ///
    /// # Errors
    /// For [`WriterStart::Resume`]: [`NotFound`](super::StorageErrorKind::NotFound) if there is no such upload, or if
    /// it belongs to a copy, which no writer can continue; [`Conflict`](super::StorageErrorKind::Conflict) if it was to
    /// begin with the content of an existing file and was interrupted before that was copied. For
    /// [`WriterStart::Extend`]: [`NotFound`](super::StorageErrorKind::NotFound) if the file does not exist.
    fn writer(&self, path: &str, start: WriterStart<'_>) -> impl Future<Output = Result<Self::Writer, StorageError>>;

    /// Copies a file within OSS. 2 requests (to read the source's metadata and to copy). A file above the driver's
    /// threshold for a copy in one request (at most 1 GiB) takes 3, and 1 for each part.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound), and the errors of the [`Guard`].
    fn copy(
        &self,
        source: &str,
        destination: &str,
        guard: Guard,
    ) -> impl Future<Output = Result<Written, StorageError>>;

    /// Deletes files, but no directories. 1 request for each 1000 files; a single path takes a `DeleteObject`. Returns
    /// the files that could not be deleted.
    ///
    /// # Errors
    /// An error of a request, after which it is unknown which files are left. Failures of single files are returned
    /// instead.
    fn delete(&self, paths: &[String], window: Option<Window>) -> impl Future<Output = Result<Failed, StorageError>>;

    /// Signs a URL with which anyone can read a file until it expires. No request. The URL names the endpoint that
    /// clients can reach.
    ///
    /// # Errors
    /// If there are no credentials.
    fn url_for(&self, path: &str, expiry: Duration) -> impl Future<Output = Result<SignedUrl, StorageError>>;

    /// Reads one page of the uploads for files below a directory. 1 request. `after` is [`UploadPage::next`] of the
    /// page before.
    ///
    /// # Errors
    /// Any error of a request.
    fn uploads(
        &self,
        directory: &str,
        after: Option<&Upload>,
    ) -> impl Future<Output = Result<UploadPage, StorageError>>;

    /// Aborts uploads. One that no longer exists counts as aborted. 1 request for each, and 1 for the object that may
    /// be kept beside them.
    ///
    /// # Errors
    /// If one could not be aborted.
    fn abort(&self, uploads: &[Upload]) -> impl Future<Output = Result<(), StorageError>>;
}
