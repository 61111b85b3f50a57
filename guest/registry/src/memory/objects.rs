//! What is in the bucket.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::upload::StoredUpload;
use crate::ports::{ObjectInfo, OssTime, Written};

/// An object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub content: Bytes,
    pub modified: OssTime,
    pub appendable: bool,
}

impl Object {
    pub fn new(content: Bytes, modified: OssTime) -> Self {
        Self { content, modified, appendable: false }
    }

    pub fn info(&self) -> ObjectInfo {
        ObjectInfo { size: self.content.len() as u64, modified: self.modified }
    }
}

/// The bucket.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    pub objects: BTreeMap<String, Object>,
    pub uploads: BTreeMap<(String, String), StoredUpload>,
}

impl Bucket {
    pub fn insert(&mut self, path: &str, content: Bytes, now: OssTime) -> Written {
        let written = Written { size: content.len() as u64, date: now };
        self.objects.insert(path.to_owned(), Object::new(content, now));
        written
    }
}
