//! The interface to a tenant's blobs.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;

use super::{ContentError, StorageError, Upload, UploadStart, Window};

/// The metadata that OSS states of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileState {
    /// The size of the whole file, in bytes.
    pub size: u64,
    /// The ETag, with its quotes.
    pub etag: Option<String>,
    /// The time of the last change, in seconds since 1970.
    pub modified: Option<u64>,
    /// The media type of the content.
    pub content_type: Option<String>,
}

/// The parameters of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRequest<'a> {
    /// The path of the file.
    pub path: &'a str,
    /// The position of the first byte.
    pub offset: u64,
    /// The maximum number of bytes; `None` reads to the end of the file.
    pub length: Option<u64>,
    /// If set, the file must have this ETag; otherwise the read fails with
    /// [`Conflict`](super::StorageErrorKind::Conflict).
    pub if_match: Option<&'a str>,
}

/// A file that is being read.
#[derive(Debug)]
pub struct Download<C> {
    /// The path of the file.
    pub state: FileState,
    /// The requested bytes. They are complete only if the stream ends without an error.
    pub content: C,
}

/// The conditions under which OSS publishes what was written or copied as a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Publishing {
    /// Whether no file may exist yet; otherwise the call fails with [`Exists`](super::StorageErrorKind::Exists).
    pub create_only: bool,
    /// The time span for the request; outside it the call fails with [`TooLate`](super::StorageErrorKind::TooLate).
    pub window: Option<Window>,
}

/// The parameters of a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteRequest<'a> {
    /// The path of the file.
    pub path: &'a str,
    /// The media type of the content.
    pub content_type: Option<&'a str>,
    /// The expected number of bytes, if known.
    pub size_hint: Option<u64>,
    /// The conditions for publishing the file.
    pub publishing: Publishing,
}

/// The state of a file after a write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenFile {
    /// The size in bytes.
    pub size: u64,
    /// The ETag, with its quotes.
    pub etag: Option<String>,
    /// The CRC-64 of the content, as OSS computes it.
    pub crc64: Option<u64>,
    /// Whether another attempt of the request may take effect once more, until the window's end.
    pub perhaps_again: bool,
}

/// An entry of a directory: a file or a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path, which begins with `/` and does not end with one.
    pub path: String,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// The size in bytes; 0 for a directory.
    pub size: u64,
    /// The time of the last change, in seconds since 1970; `None` for a directory.
    pub modified: Option<u64>,
    /// The ETag with its quotes; `None` in a listing and for a directory.
    pub etag: Option<String>,
}

/// The parameters of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest<'a> {
    /// The directory's path, or `/`.
    pub directory: &'a str,
    /// Whether to list everything below the directory instead of only its own entries.
    pub recursive: bool,
    /// Leaves out the entries that sort up to and including this string.
    pub after: Option<&'a str>,
    /// The maximum number of entries: 1 to 1000.
    pub limit: u32,
}

/// A page of the entries of a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// The `after` of the next page; `None` if nothing follows.
    pub next: Option<String>,
}

/// The method for which a presigned URL is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlMethod {
    /// To read the content.
    Get,
    /// To read the metadata.
    Head,
}

/// The parameters of a presigned URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UrlRequest<'a> {
    /// The path of the file. Whether the file exists is not checked.
    pub path: &'a str,
    /// The method for which the URL is valid.
    pub method: UrlMethod,
    /// How long the URL should be valid: 1 second to 7 days.
    pub expiry: Duration,
}

/// A URL with which anyone can read a file for a limited time, without credentials. It is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// The URL.
    pub url: String,
    /// How long the URL is valid.
    pub holds_for: Duration,
    /// Whether the URL was signed with OSS's time, rather than with that of the local clock.
    pub time_is_known: bool,
}

impl std::fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedUrl").field("holds_for", &self.holds_for).finish_non_exhaustive()
    }
}

/// The blobs of a tenant: files under paths such as `/images/a.tar`. A file is published completely or not at all.
pub trait Blobs {
    /// The content of an open file.
    type Content: Stream<Item = Result<Bytes, StorageError>> + Unpin;

    /// The entries of a walk.
    type Walk: Stream<Item = Result<Entry, StorageError>> + Unpin;

    /// A file that is being uploaded in several requests.
    type Upload: Upload;

    /// Reads a file's metadata; directories are not looked for. 1 request.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound).
    fn stat_file(&self, path: &str) -> impl Future<Output = Result<FileState, StorageError>>;

    /// Reads the metadata of a file or directory. 1 request for a file, 2 otherwise.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound).
    fn stat(&self, path: &str) -> impl Future<Output = Result<Entry, StorageError>>;

    /// Opens a file for reading. 1 request.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound), and [`Conflict`](super::StorageErrorKind::Conflict) as the
    /// request says.
    fn open(&self, request: ReadRequest<'_>) -> impl Future<Output = Result<Download<Self::Content>, StorageError>>;

    /// Creates a file or replaces its content. 1 request if the content fits into one part, otherwise 2 more than there
    /// are parts.
    ///
    /// # Errors
    /// [`BrokenContent`](super::StorageErrorKind::BrokenContent) if the content ended with an error, and the errors of
    /// the [`Publishing`]. The file is then unchanged.
    fn write<C>(
        &self,
        request: WriteRequest<'_>,
        content: C,
    ) -> impl Future<Output = Result<WrittenFile, StorageError>>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin;

    /// Deletes a file, but nothing below its path. It is not an error if there is no file. Returns whether another
    /// attempt of the request may take effect once more. 1 request.
    ///
    /// # Errors
    /// Any error of a request.
    fn delete_file(&self, path: &str, window: Option<Window>) -> impl Future<Output = Result<bool, StorageError>>;

    /// Deletes a file or a directory with everything below it, including uploads. Returns the same as
    /// [`Blobs::delete_file`].
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound); [`Left`](super::StorageErrorKind::Left) if some could not be
    /// deleted.
    fn delete_tree(&self, path: &str, window: Option<Window>) -> impl Future<Output = Result<bool, StorageError>>;

    /// Reads one page of the entries of a directory. 1 request. A directory that does not exist is empty.
    ///
    /// # Errors
    /// Any error of a request.
    fn list(&self, request: PageRequest<'_>) -> impl Future<Output = Result<Page, StorageError>>;

    /// Lists everything below a directory: the children of each directory in the byte order of their names, and the
    /// content of a directory directly after it. Leaves out everything up to and including `after`. 1 request for each
    /// 1000 entries.
    ///
    /// # Errors
    /// Any error of a request. A later one ends the stream.
    fn walk(&self, directory: &str, after: Option<&str>) -> impl Future<Output = Result<Self::Walk, StorageError>>;

    /// Copies a file within OSS.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound), and the errors of the [`Publishing`].
    fn copy(
        &self,
        source: &str,
        destination: &str,
        publishing: Publishing,
    ) -> impl Future<Output = Result<WrittenFile, StorageError>>;

    /// Moves a file within OSS: copies it, checks the copy, and then deletes the source.
    ///
    /// # Errors
    /// As [`Blobs::copy`].
    fn rename(
        &self,
        source: &str,
        destination: &str,
        publishing: Publishing,
    ) -> impl Future<Output = Result<WrittenFile, StorageError>>;

    /// Signs a URL. No request.
    ///
    /// # Errors
    /// If there are no credentials.
    fn url(&self, request: UrlRequest<'_>) -> impl Future<Output = Result<SignedUrl, StorageError>>;

    /// Begins an upload, or continues one.
    ///
    /// # Errors
    /// For [`UploadStart::Resume`]: [`NotFound`](super::StorageErrorKind::NotFound) if there is no such upload for the
    /// path; [`Conflict`](super::StorageErrorKind::Conflict) if the upload has another number of bytes, in which case
    /// nothing was changed.
    fn upload(&self, path: &str, start: UploadStart<'_>) -> impl Future<Output = Result<Self::Upload, StorageError>>;
}
