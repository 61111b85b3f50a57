//! Uploads that were neither committed nor cancelled.

use super::OssTime;

/// An upload that was neither committed nor cancelled. Its parts take room and are billed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The path it is for.
    pub path: String,
    /// OSS's id of it.
    pub id: String,
    /// When it was begun.
    pub initiated: OssTime,
}

/// A page of uploads, in the byte order of their paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadPage {
    /// The uploads.
    pub uploads: Vec<Upload>,
    /// The last upload of this page where others follow; give it to the next call.
    pub next: Option<Upload>,
    /// The `Date` of the response.
    pub date: OssTime,
}
