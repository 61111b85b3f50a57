//! What is in the bucket.

use std::collections::BTreeMap;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::upload::StoredUpload;
use crate::ports::{ObjectInfo, OssTime};

/// An object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub content: Bytes,
    pub etag: String,
    pub modified: OssTime,
    pub appendable: bool,
}

impl Object {
    pub fn new(content: Bytes, modified: OssTime, serial: u64) -> Self {
        // Like OSS's, the ETag differs between two puts of different content; those of uploads differ for equal content too.
        let digest = Sha256::digest(&content);
        let etag = format!("\"{:02X}{:02X}{:02X}{:02X}-{serial}\"", digest[0], digest[1], digest[2], digest[3]);
        Self { content, etag, modified, appendable: false }
    }

    pub fn info(&self) -> ObjectInfo {
        ObjectInfo { size: self.content.len() as u64, etag: self.etag.clone(), modified: self.modified }
    }
}

/// The bucket.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    pub objects: BTreeMap<String, Object>,
    pub uploads: BTreeMap<(String, String), StoredUpload>,
    serial: u64,
}

impl Bucket {
    pub fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub fn insert(&mut self, path: &str, content: Bytes, now: OssTime) -> String {
        let object = Object::new(content, now, self.next_serial());
        let etag = object.etag.clone();
        self.objects.insert(path.to_owned(), object);
        etag
    }
}
