//! What OSS states of files and of changes: the host's mirrors of `file-state`, `written` and what builds on them in the WIT.

use crate::moment::moment;
use crate::wit::blob_driver as wit;
use std::time::SystemTime;

/// What OSS states of a file with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileState {
    /// The size of the whole file, in bytes.
    pub size: u64,
    /// Its ETag with its quotes, which changes with its content; none where OSS stated none.
    pub etag: Option<String>,
    /// When it was last changed, to the second; none where OSS stated none.
    pub modified: Option<SystemTime>,
    /// Its content's type.
    pub content_type: Option<String>,
    /// When OSS answered, by its own clock; none where it stated none.
    pub date: Option<SystemTime>,
}

/// A file's content and what OSS states of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileContent {
    /// The content.
    pub content: Vec<u8>,
    /// Its CRC-64, which was checked.
    pub crc64: u64,
    /// What OSS states of it.
    pub state: FileState,
}

/// The end of a file and what OSS states of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileTail {
    /// The last bytes, as many as were asked for, or all of them.
    pub content: Vec<u8>,
    /// The CRC-64 of the whole file.
    pub crc64: u64,
    /// What OSS states of it.
    pub state: FileState,
}

/// A change that took effect, as OSS's answer tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrittenFile {
    /// The file's size in bytes.
    pub size: u64,
    /// Its ETag with its quotes; none where OSS stated none.
    pub etag: Option<String>,
    /// Its CRC-64; none where OSS stated none of a copy.
    pub crc64: Option<u64>,
    /// When OSS answered, by its own clock; none where it stated none. Where the answer to the change was lost, when it gave
    /// the one that showed the change's effect.
    pub date: Option<SystemTime>,
    /// Whether an earlier copy of the request, to which no answer came, may take effect once more until the window's end.
    pub perhaps_again: bool,
}

/// A removal that took effect, as OSS's answers tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removal {
    /// When OSS gave the latest answer, by its own clock; none where it stated none, and where there was nothing to do.
    pub date: Option<SystemTime>,
    /// As of [`WrittenFile`].
    pub perhaps_again: bool,
}

impl From<wit::FileState> for FileState {
    fn from(state: wit::FileState) -> Self {
        let wit::FileState { size, etag, modified, content_type, date } = state;
        Self { size, etag, modified: modified.map(moment), content_type, date: date.map(moment) }
    }
}

impl From<wit::FileContent> for FileContent {
    fn from(read: wit::FileContent) -> Self {
        Self { content: read.content, crc64: read.crc64, state: read.state.into() }
    }
}

impl From<wit::FileTail> for FileTail {
    fn from(read: wit::FileTail) -> Self {
        Self { content: read.content, crc64: read.crc64, state: read.state.into() }
    }
}

impl From<wit::Written> for WrittenFile {
    fn from(written: wit::Written) -> Self {
        let wit::Written { size, etag, crc64, date, perhaps_again } = written;
        Self { size, etag, crc64, date: date.map(moment), perhaps_again }
    }
}

impl From<wit::Removed> for Removal {
    fn from(removed: wit::Removed) -> Self {
        Self { date: removed.date.map(moment), perhaps_again: removed.perhaps_again }
    }
}
