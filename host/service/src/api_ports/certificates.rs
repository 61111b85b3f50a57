//! Certificates.

use bytes::Bytes;
use ossicle::Written;
use ossicle_api::ports::{Certificates, KeyEntry, KeyInfo, KeyListing, ListedValue, LockError, StorageError};
use zeroize::Zeroizing;

use super::error::{lock_error, storage_error};
use super::locks::HeldLease;
use super::time::seconds;

/// The certificates of a tenant.
#[derive(Clone, Debug)]
pub struct BucketCertificates(pub(super) ossicle::Certificates);

fn is_perhaps_again(written: Written) -> bool {
    written == Written::PerhapsAgain
}

impl Certificates for BucketCertificates {
    type Lease = HeldLease;

    async fn load(&self, key: &str) -> Result<Zeroizing<Vec<u8>>, StorageError> {
        self.0.load(key).await.map_err(|error| storage_error(&error))
    }

    async fn store(&self, key: &str, value: Bytes) -> Result<(), StorageError> {
        self.0.store(key, value).await.map_err(|error| storage_error(&error))
    }

    async fn store_under(&self, lease: &HeldLease, key: &str, value: Bytes) -> Result<bool, LockError> {
        self.0.store_under(&lease.0, key, value).await.map(is_perhaps_again).map_err(lock_error)
    }

    async fn delete(&self, key: &str) -> Result<(), StorageError> {
        self.0.delete(key).await.map_err(|error| storage_error(&error))
    }

    async fn delete_under(&self, lease: &HeldLease, key: &str) -> Result<bool, LockError> {
        self.0.delete_under(&lease.0, key).await.map(is_perhaps_again).map_err(lock_error)
    }

    async fn stat(&self, key: &str) -> Result<KeyInfo, StorageError> {
        let info = self.0.stat(key).await.map_err(|error| storage_error(&error))?;
        Ok(KeyInfo { modified: seconds(info.modified), size: info.size, is_directory: !info.is_terminal })
    }

    async fn list(&self, prefix: &str, recursive: bool) -> Result<KeyListing, StorageError> {
        let listing = self.0.list(prefix, recursive).await.map_err(|error| storage_error(&error))?;
        let value = |value: ossicle::ListedValue| ListedValue { size: value.size, modified: seconds(value.modified) };
        let entry = |entry: ossicle::KeyEntry| KeyEntry { key: entry.key, value: entry.value.map(value) };
        Ok(KeyListing { entries: listing.entries.into_iter().map(entry).collect(), left_out: listing.left_out })
    }
}
