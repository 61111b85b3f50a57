//! Multipart uploads in progress.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::body::Body;
use super::object::Metadata;

/// A part that was uploaded.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) number: u32,
    /// Without quotation marks.
    pub(crate) etag: String,
    pub(crate) crc64: u64,
    pub(crate) modified: i64,
    pub(crate) body: Body,
}

/// An upload that was initiated and neither completed nor aborted.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) initiated: i64,
    /// Whether the parts must follow one another without gaps.
    pub(crate) sequential: bool,
    pub(crate) metadata: Arc<Metadata>,
    pub(crate) parts: BTreeMap<u32, Arc<Part>>,
}

/// Every upload of a bucket, in the order OSS lists them: by key, then by upload id.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    by_key: BTreeMap<(String, String), Upload>,
}

impl Uploads {
    pub(crate) fn insert(&mut self, upload: Upload) {
        self.by_key.insert((upload.key.clone(), upload.id.clone()), upload);
    }

    pub(crate) fn get(&self, key: &str, id: &str) -> Option<&Upload> {
        self.by_key.get(&(key.to_owned(), id.to_owned()))
    }

    pub(crate) fn get_mut(&mut self, key: &str, id: &str) -> Option<&mut Upload> {
        self.by_key.get_mut(&(key.to_owned(), id.to_owned()))
    }

    pub(crate) fn remove(&mut self, key: &str, id: &str) -> Option<Upload> {
        self.by_key.remove(&(key.to_owned(), id.to_owned()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Upload> {
        self.by_key.values()
    }
}
