//! Listings of directories, and the metadata of paths and uploads.

use crate::moment::moment;
use crate::wit::blob_driver as wit;
use secrecy::SecretString;
use std::time::{Duration, SystemTime};

/// What is directly in a directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PathListing {
    /// The paths, in byte order.
    pub paths: Vec<String>,
    /// How many objects and directories in it have names that are no paths. They make their directory be, and go when it is
    /// deleted.
    pub left_out: u64,
}

/// What is known of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileInfo {
    /// The path.
    pub path: String,
    /// In bytes; 0 for a directory.
    pub size: u64,
    /// When it was last changed, to the second; the epoch for a directory.
    pub modified: SystemTime,
    /// True for a directory. A path that is both is told as a file.
    pub is_dir: bool,
    /// The ETag with its quotes, told by [`Blobs::stat`](crate::Blobs::stat) alone; none for a directory.
    pub etag: Option<String>,
    /// When OSS answered, by its own clock, told by [`Blobs::stat`](crate::Blobs::stat) alone.
    pub date: Option<SystemTime>,
}

/// An upload that was neither committed nor cancelled. Its parts take room and are billed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadInfo {
    /// The path it is for.
    pub path: String,
    /// OSS's id of it.
    pub upload_id: String,
    /// When it was begun, to the second.
    pub initiated: SystemTime,
}

impl UploadInfo {
    /// An upload that is known from elsewhere: a listing of it that was kept, say.
    pub fn new(path: impl Into<String>, upload_id: impl Into<String>, initiated: SystemTime) -> Self {
        Self { path: path.into(), upload_id: upload_id.into(), initiated }
    }
}

/// What a presigned URL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlMethod {
    /// To read the content.
    Get,
    /// To read what is known of it.
    Head,
}

/// A URL by which a file can be read for a while without credentials.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignedUrl {
    /// The URL. It is a secret: whoever has it can use it.
    pub url: SecretString,
    /// For how long it holds: as was asked, or less where the temporary credentials that it is signed with end before.
    /// (Those of a config, and those that were supplied without their end, may end sooner than this says.)
    pub holds_for: Duration,
    /// Whether an answer of OSS's has told the time that the URL is signed with, which is so once any call has sent a
    /// request. Otherwise it is this machine's clock's: as much as that is wrong, the URL holds for less or longer.
    pub time_is_known: bool,
}

impl From<wit::PathListing> for PathListing {
    fn from(listing: wit::PathListing) -> Self {
        Self { paths: listing.paths, left_out: listing.left_out }
    }
}

impl From<wit::FileInfo> for FileInfo {
    fn from(info: wit::FileInfo) -> Self {
        let wit::FileInfo { path, size, modified, is_dir, etag, date } = info;
        Self { path, size, modified: moment(modified), is_dir, etag, date: date.map(moment) }
    }
}

impl From<wit::UploadInfo> for UploadInfo {
    fn from(info: wit::UploadInfo) -> Self {
        Self { path: info.path, upload_id: info.upload_id, initiated: moment(info.initiated) }
    }
}

impl From<&UploadInfo> for wit::UploadInfo {
    fn from(info: &UploadInfo) -> Self {
        let initiated = info.initiated.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { path: info.path.clone(), upload_id: info.upload_id.clone(), initiated }
    }
}

impl From<wit::SignedUrl> for SignedUrl {
    fn from(signed: wit::SignedUrl) -> Self {
        let (holds_for, time_is_known) = (Duration::from_secs(signed.holds_for), signed.time_is_known);
        Self { url: signed.url.into(), holds_for, time_is_known }
    }
}

impl From<UrlMethod> for wit::UrlMethod {
    fn from(method: UrlMethod) -> Self {
        match method {
            UrlMethod::Get => Self::Get,
            UrlMethod::Head => Self::Head,
        }
    }
}
