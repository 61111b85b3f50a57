//! What a collection found and did.

use crate::digest::Digest;
use crate::ports::OssTime;

/// A number of digests and of the bytes of their blobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many digests.
    pub digests: u64,
    /// How many bytes their blobs have. A digest of which only links are left has none.
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
    /// Why, for a person.
    pub reason: String,
}

/// What a collection found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Everything that has a blob.
    pub blobs: Amount,
    /// What no manifest names and no link keeps.
    pub garbage: Amount,
    /// The digests of that, as far as the epoch lists them.
    pub listed: Vec<Digest>,
    /// What a push or a manifest kept after it was listed.
    pub rescued: Amount,
    /// What was deleted.
    pub deleted: Amount,
    /// What was listed, could have been deleted, and was not: for want of time, or because a request failed. The next
    /// collection finds it again.
    pub left: Amount,
    /// Files that OSS did not delete, of `left`.
    pub left_files: Vec<LeftFile>,
    /// Lists of former epochs that are needed no more and were not deleted; their folder where they could not be listed.
    pub left_lists: Vec<LeftFile>,
    /// Revisions whose manifest's blob is not there: they keep nothing.
    pub without_blob: Vec<String>,
    /// Revisions whose manifest is not a JSON object. They keep every digest that stands in it; a deletion by digest removes
    /// one.
    pub unreadable: Vec<String>,
    /// The epoch that was announced; `None` for a dry run, and where there was nothing to delete.
    pub epoch: Option<AnnouncedEpoch>,
}

/// The times of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnnouncedEpoch {
    /// Its id.
    pub id: u64,
    /// T1: until when pushes could rescue what it lists.
    pub rescue_until: OssTime,
    /// T2: until when it could delete.
    pub delete_until: OssTime,
}
