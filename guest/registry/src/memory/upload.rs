//! What OSS keeps of an upload.

use bytes::Bytes;

use crate::ports::OssTime;

/// An upload that was neither completed nor aborted.
#[derive(Clone, Debug)]
pub(super) struct StoredUpload {
    pub initiated: OssTime,
    pub parts: Vec<Bytes>,
    /// What a closed writer kept beside the upload because it fills no part.
    pub remainder: Option<Bytes>,
}
