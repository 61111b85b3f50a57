//! A bucket's objects past the API, for tests to set up and to look at.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};

use crate::checksum;
use crate::clock::Clock;
use crate::failures::Failure;
use crate::store::{Bucket, Content, Metadata, ObjectType, Part, Versioning, upper_hex};

/// A multipart upload that was neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingUpload {
    /// The key.
    pub key: String,
    /// The upload id.
    pub upload_id: String,
    /// The numbers of the parts that were uploaded.
    pub parts: Vec<u32>,
}

/// What is known of an object besides its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// `Normal`, `Appendable` or `Multipart`.
    pub object_type: &'static str,
    /// In bytes.
    pub size: u64,
    /// Without quotation marks.
    pub etag: String,
    /// CRC-64 of the whole object.
    pub crc64: u64,
    /// The value of `Content-Type`, if one was given.
    pub content_type: Option<String>,
    /// User metadata, without the `x-oss-meta-` of the names.
    pub user_metadata: Vec<(String, String)>,
    /// The storage class that was asked for, if one was.
    pub storage_class: Option<String>,
    /// The algorithm that was asked for to encrypt it, if one was, and the id of the key.
    pub encryption: Option<(String, Option<String>)>,
    /// The ACL that was asked for, if one was.
    pub acl: Option<String>,
    /// When it was last changed, in seconds since the epoch.
    pub last_modified: i64,
}

/// A bucket, past the API: nothing here is signed, counted or subject to faults.
#[derive(Clone, Debug)]
pub struct BucketHandle {
    bucket: Arc<Bucket>,
    clock: Clock,
}

impl BucketHandle {
    pub(crate) fn new(bucket: Arc<Bucket>, clock: Clock) -> Self {
        Self { bucket, clock }
    }

    /// Stores an object as PutObject would.
    ///
    /// # Panics
    ///
    /// If the emulator's disk fails or the bucket was deleted.
    pub fn put_raw(&self, key: &str, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        let md5 = Md5::digest(&bytes);
        let crc64 = checksum::crc64(&bytes);
        let body = must(self.bucket.settle(bytes.into()));
        let content = Content {
            kind: ObjectType::Normal,
            body,
            etag: upper_hex(&md5),
            crc64,
            md5: Some(STANDARD.encode(md5)),
            metadata: Arc::new(Metadata::default()),
        };
        must(self.bucket.put(key, content, self.clock.seconds(), None));
    }

    /// Begins an upload and gives it so many equal parts, as InitiateMultipartUpload and UploadPart would. Tells its id.
    ///
    /// # Panics
    ///
    /// If the emulator's disk fails or the bucket was deleted.
    pub fn upload_raw(&self, key: &str, part: impl Into<Bytes>, count: u32) -> String {
        let bytes = part.into();
        let (etag, crc64) = (upper_hex(&Md5::digest(&bytes)), checksum::crc64(&bytes));
        let body = must(self.bucket.settle(bytes.into()));
        let now = self.clock.seconds();
        let id = must(self.bucket.initiate(key, Arc::default(), false, now));
        for number in 1..=count {
            let part = Part { number, etag: etag.clone(), crc64, modified: now, body: body.clone() };
            must(self.bucket.add_part(key, &id, part));
        }
        id
    }

    /// The bytes of an object.
    pub fn get_raw(&self, key: &str) -> Option<Bytes> {
        let version = self.bucket.find(key, None).ok()?;
        version.content.as_ref()?.body.read().ok()
    }

    /// What is known of an object besides its bytes.
    pub fn info(&self, key: &str) -> Option<ObjectInfo> {
        let version = self.bucket.find(key, None).ok()?;
        let content = version.content.as_ref()?;
        let content_type = content.metadata.headers.iter().find(|(name, _)| name == "content-type");
        Some(ObjectInfo {
            object_type: content.kind.name(),
            size: content.body.len(),
            etag: content.etag.clone(),
            crc64: content.crc64,
            content_type: content_type.map(|(_, value)| value.clone()),
            user_metadata: content.metadata.user.clone(),
            storage_class: content.metadata.storage_class.clone(),
            encryption: content.metadata.encryption.as_ref().map(|own| (own.algorithm.clone(), own.key_id.clone())),
            acl: content.metadata.acl.clone(),
            last_modified: version.modified,
        })
    }

    /// The keys of all objects, in order.
    pub fn keys(&self) -> Vec<String> {
        let state = self.bucket.read();
        let present = state.index.iter().filter(|(_, entry)| entry.current().is_some_and(|now| !now.is_marker()));
        present.map(|(key, _)| key.as_str().to_owned()).collect()
    }

    /// Deletes an object as DeleteObject would.
    ///
    /// # Panics
    ///
    /// If the emulator's disk fails or the bucket was deleted.
    pub fn remove_raw(&self, key: &str) {
        must(self.bucket.delete(key, None, self.clock.seconds()));
    }

    /// The bucket's region.
    pub fn region(&self) -> &str {
        self.bucket.region()
    }

    /// Whether the bucket keeps versions.
    pub fn versioning(&self) -> Versioning {
        self.bucket.versioning()
    }

    /// Changes whether the bucket keeps versions.
    ///
    /// # Panics
    ///
    /// If the emulator's disk fails or the bucket was deleted.
    pub fn set_versioning(&self, versioning: Versioning) {
        must(self.bucket.set_versioning(versioning));
    }

    /// The uploads that were neither completed nor aborted.
    pub fn uploads(&self) -> Vec<PendingUpload> {
        let state = self.bucket.read();
        let pending = |upload: &crate::store::Upload| PendingUpload {
            key: upload.key.clone(),
            upload_id: upload.id.clone(),
            parts: upload.parts.keys().copied().collect(),
        };
        state.uploads.iter().map(pending).collect()
    }

    /// How many versions (and delete markers) a key has.
    pub fn versions(&self, key: &str) -> usize {
        self.bucket.read().index.get(key).map_or(0, |entry| entry.versions.len())
    }
}

fn must<T>(result: Result<T, Failure>) -> T {
    result.unwrap_or_else(|failure| panic!("{}: {}", failure.code(), failure.message()))
}
