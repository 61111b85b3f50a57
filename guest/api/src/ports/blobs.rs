//! Blobs.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;

use super::{ContentError, StorageError, Upload, UploadStart, Window};

/// What OSS states of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileState {
    /// The size of the whole file, in bytes.
    pub size: u64,
    /// Its ETag with its quotes.
    pub etag: Option<String>,
    /// When it was last changed, in seconds since 1970.
    pub modified: Option<u64>,
    /// Its content's type.
    pub content_type: Option<String>,
}

/// Which part of a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRequest<'a> {
    /// The file.
    pub path: &'a str,
    /// The place of the first byte.
    pub offset: u64,
    /// How many bytes at most; to the file's end where it is not said.
    pub length: Option<u64>,
    /// Only a file with this ETag; it fails with [`Conflict`](super::StorageErrorKind::Conflict) otherwise.
    pub if_match: Option<&'a str>,
}

/// A file that is being read.
#[derive(Debug)]
pub struct Download<C> {
    /// The file.
    pub state: FileState,
    /// The bytes that were asked for. An error after some of them says that those are not the whole.
    pub content: C,
}

/// On which conditions OSS makes what was written or copied a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Publishing {
    /// Only where there is no file yet; it fails with [`Exists`](super::StorageErrorKind::Exists) otherwise.
    pub create_only: bool,
    /// Only within a window; it fails with [`TooLate`](super::StorageErrorKind::TooLate) otherwise.
    pub window: Option<Window>,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteRequest<'a> {
    /// The file.
    pub path: &'a str,
    /// The content's type.
    pub content_type: Option<&'a str>,
    /// The number of bytes to come, where it is known.
    pub size_hint: Option<u64>,
    /// On which conditions.
    pub publishing: Publishing,
}

/// A file that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenFile {
    /// Its size in bytes.
    pub size: u64,
    /// Its ETag with its quotes.
    pub etag: Option<String>,
    /// Its CRC-64.
    pub crc64: Option<u64>,
    /// Whether an earlier copy of the request may take effect once more until the window's end.
    pub perhaps_again: bool,
}

/// A file or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path, with `/` in front and none at its end.
    pub path: String,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// In bytes; 0 for a directory.
    pub size: u64,
    /// When it was last changed, in seconds since 1970; `None` for a directory.
    pub modified: Option<u64>,
    /// The ETag with its quotes, where it was asked of this file alone.
    pub etag: Option<String>,
}

/// Which page of a directory is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest<'a> {
    /// The directory's path, or `/`.
    pub directory: &'a str,
    /// Everything below it instead of what is directly in it.
    pub recursive: bool,
    /// Leaves out the entries up to and including this string.
    pub after: Option<&'a str>,
    /// How many entries at most: 1 to 1000.
    pub limit: u32,
}

/// A page of a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where to go on, as the next `after`; `None` where nothing follows.
    pub next: Option<String>,
}

/// What a presigned URL is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlMethod {
    /// To read the content.
    Get,
    /// To read what is known of it.
    Head,
}

/// A presigned URL that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UrlRequest<'a> {
    /// The file. Whether it is there is not looked at.
    pub path: &'a str,
    /// What it is for.
    pub method: UrlMethod,
    /// For how long: 1 second to 7 days.
    pub expiry: Duration,
}

/// A URL by which a file can be read for a while without credentials. It is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct UrlSigned {
    /// The URL.
    pub url: String,
    /// For how long it holds.
    pub holds_for: Duration,
    /// Whether the time that it is signed with is OSS's, rather than this machine's.
    pub time_is_known: bool,
}

impl std::fmt::Debug for UrlSigned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UrlSigned").field("holds_for", &self.holds_for).finish_non_exhaustive()
    }
}

/// The blobs of a tenant: files under paths such as `/images/a.tar`. A file is published as a whole or not at all.
pub trait Blobs {
    /// The content of a file that is being read.
    type Content: Stream<Item = Result<Bytes, StorageError>> + Unpin;

    /// Everything below a directory.
    type Walk: Stream<Item = Result<Entry, StorageError>> + Unpin;

    /// A file that is being uploaded in several requests.
    type Upload: Upload;

    /// What OSS states of a file; directories are not looked for. 1 request.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound).
    fn stat_file(&self, path: &str) -> impl Future<Output = Result<FileState, StorageError>>;

    /// What is known of a file or directory. 1 request for a file, 2 otherwise.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound).
    fn stat(&self, path: &str) -> impl Future<Output = Result<Entry, StorageError>>;

    /// Opens a file for reading. 1 request.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound), and as the request says.
    fn open(&self, request: ReadRequest<'_>) -> impl Future<Output = Result<Download<Self::Content>, StorageError>>;

    /// Makes a file or replaces all of one. 1 request for up to one part, otherwise 2 more than there are parts.
    ///
    /// # Errors
    /// [`BrokenContent`](super::StorageErrorKind::BrokenContent) when the content ended with an error, and as the request
    /// says. The file stays as it was.
    fn write<C>(
        &self,
        request: WriteRequest<'_>,
        content: C,
    ) -> impl Future<Output = Result<WrittenFile, StorageError>>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin;

    /// Removes a file, and nothing that is below its path; fine where there is none. Whether an earlier copy of the request
    /// may take effect once more. 1 request.
    ///
    /// # Errors
    /// As a request may fail.
    fn delete_file(&self, path: &str, window: Option<Window>) -> impl Future<Output = Result<bool, StorageError>>;

    /// Removes a file or a directory with all that is below it, including uploads. As [`Blobs::delete_file`].
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound); [`Left`](super::StorageErrorKind::Left) when some are left.
    fn delete_tree(&self, path: &str, window: Option<Window>) -> impl Future<Output = Result<bool, StorageError>>;

    /// One page of what is in a directory. 1 request. A directory that is not there is empty.
    ///
    /// # Errors
    /// As a request may fail.
    fn list(&self, request: PageRequest<'_>) -> impl Future<Output = Result<Page, StorageError>>;

    /// Everything below a directory, in the order of upstream's walk. `after` leaves out what comes up to and including it.
    /// 1 request for each 1000.
    ///
    /// # Errors
    /// As a request may fail; later the stream ends with an error.
    fn walk(&self, directory: &str, after: Option<&str>) -> impl Future<Output = Result<Self::Walk, StorageError>>;

    /// Copies a file on OSS's side.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound), and as `publishing` says.
    fn copy(
        &self,
        source: &str,
        destination: &str,
        publishing: Publishing,
    ) -> impl Future<Output = Result<WrittenFile, StorageError>>;

    /// Moves a file on OSS's side: a checked copy, and then the source's removal.
    ///
    /// # Errors
    /// As [`Blobs::copy`].
    fn rename(
        &self,
        source: &str,
        destination: &str,
        publishing: Publishing,
    ) -> impl Future<Output = Result<WrittenFile, StorageError>>;

    /// A presigned URL. No request.
    ///
    /// # Errors
    /// When no credentials are there.
    fn url(&self, request: UrlRequest<'_>) -> impl Future<Output = Result<UrlSigned, StorageError>>;

    /// Begins an upload, or goes on with one.
    ///
    /// # Errors
    /// Of [`UploadStart::Resume`]: [`NotFound`](super::StorageErrorKind::NotFound) when there is no such upload for the path;
    /// [`Conflict`](super::StorageErrorKind::Conflict) when another number of bytes is there, and then nothing was changed.
    fn upload(&self, path: &str, start: UploadStart<'_>) -> impl Future<Output = Result<Self::Upload, StorageError>>;
}
