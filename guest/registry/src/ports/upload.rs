//! Uploads that were neither committed nor cancelled.

use super::OssTime;

/// An upload that was neither committed nor cancelled. Its parts occupy storage and are billed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The path of the file that the upload would create.
    pub path: String,
    /// OSS's id of the upload.
    pub id: String,
    /// The time at which the upload was initiated.
    pub initiated: OssTime,
}

/// A page of uploads, in the byte order of their paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadPage {
    /// The uploads.
    pub uploads: Vec<Upload>,
    /// The last upload of this page, to be passed to the next call; `None` if no uploads follow.
    pub next: Option<Upload>,
    /// The `Date` of the response.
    pub date: OssTime,
}
