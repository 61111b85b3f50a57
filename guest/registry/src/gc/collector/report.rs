//! The result of a collection.

use crate::digest::Digest;
use crate::ports::OssTime;

/// A number of digests, and the size of their blobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// The number of digests.
    pub digests: u64,
    /// The size of their blobs in bytes. A digest that has only links counts 0.
    pub bytes: u64,
}

impl Amount {
    pub(crate) fn add(&mut self, bytes: u64) {
        self.digests = self.digests.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// A file that was not deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftFile {
    /// Its path.
    pub path: String,
    /// The reason, for a person.
    pub reason: String,
}

/// The result of a collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// All blobs.
    pub blobs: Amount,
    /// Content that no manifest names and no young link keeps.
    pub garbage: Amount,
    /// The digests of the garbage. An epoch lists a limited number of them, and the others are left to the next one.
    pub listed: Vec<Digest>,
    /// Listed content that is kept because it was pushed or named by a manifest after it was listed.
    pub rescued: Amount,
    /// The deleted content.
    pub deleted: Amount,
    /// Listed content that should have been deleted and was not, for lack of time or because a request failed. The next
    /// collection finds it again.
    pub left: Amount,
    /// The files of `left` that OSS did not delete.
    pub left_files: Vec<LeftFile>,
    /// Lists of earlier epochs that are no longer needed and were not deleted; if they could not be listed, their
    /// folder.
    pub left_lists: Vec<LeftFile>,
    /// Paths of revision links whose manifest's blob does not exist. They keep nothing.
    pub without_blob: Vec<String>,
    /// Paths of revision links whose manifest is not a JSON object. Every digest in such a manifest is kept. A deletion
    /// by digest removes it.
    pub unreadable: Vec<String>,
    /// The epoch that was announced; `None` for a dry run, and if there was nothing to delete.
    pub epoch: Option<AnnouncedEpoch>,
}

/// The times of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnnouncedEpoch {
    /// Its id.
    pub id: u64,
    /// T1: until then pushes could rescue listed content.
    pub rescue_until: OssTime,
    /// T2: until then the collection could delete.
    pub delete_until: OssTime,
}
