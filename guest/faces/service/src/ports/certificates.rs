//! Certificates.

use super::error::{lock_error, storage_error};
use super::locks::HeldLease;
use bytes::Bytes;
use ossicle_api::ports::{Certificates, KeyEntry, KeyInfo, KeyListing, ListedValue, LockError, StorageError};
use ossicle_face_storage::bindings::ossicle::storage::cert_storage::{self as storage, Storage};
use ossicle_face_storage::bindings::ossicle::storage::lock::Written;
use std::rc::Rc;
use zeroize::Zeroizing;

/// The certificates of the bucket.
#[derive(Clone)]
pub struct BucketCertificates(pub(super) Rc<Storage>);

fn is_perhaps_again(written: Written) -> bool {
    written == Written::PerhapsAgain
}

impl Certificates for BucketCertificates {
    type Lease = HeldLease;

    async fn load(&self, key: &str) -> Result<Zeroizing<Vec<u8>>, StorageError> {
        self.0.load(key.to_owned()).await.map(Zeroizing::new).map_err(storage_error)
    }

    async fn store(&self, key: &str, value: Bytes) -> Result<(), StorageError> {
        self.0.store(key.to_owned(), value.into()).await.map_err(storage_error)
    }

    async fn store_under(&self, lease: &HeldLease, key: &str, value: Bytes) -> Result<bool, LockError> {
        let stored = self.0.store_under(lease.0.clone(), key.to_owned(), value.into()).await;
        stored.map(is_perhaps_again).map_err(lock_error)
    }

    async fn delete(&self, key: &str) -> Result<(), StorageError> {
        self.0.delete(key.to_owned()).await.map_err(storage_error)
    }

    async fn delete_under(&self, lease: &HeldLease, key: &str) -> Result<bool, LockError> {
        let deleted = self.0.delete_under(lease.0.clone(), key.to_owned()).await;
        deleted.map(is_perhaps_again).map_err(lock_error)
    }

    async fn stat(&self, key: &str) -> Result<KeyInfo, StorageError> {
        let info = self.0.stat(key.to_owned()).await.map_err(storage_error)?;
        Ok(KeyInfo { modified: info.modified, size: info.size, is_directory: !info.is_terminal })
    }

    async fn list(&self, prefix: &str, recursive: bool) -> Result<KeyListing, StorageError> {
        let listing = self.0.list(prefix.to_owned(), recursive).await.map_err(storage_error)?;
        let value = |value: storage::ListedValue| ListedValue { size: value.size, modified: value.modified };
        let entry = |entry: storage::KeyEntry| KeyEntry { key: entry.key, value: entry.value.map(value) };
        Ok(KeyListing { entries: listing.entries.into_iter().map(entry).collect(), left_out: listing.left_out })
    }
}
