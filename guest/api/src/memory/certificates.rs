//! Values under keys.

use bytes::Bytes;
use zeroize::Zeroizing;

use super::bucket::{MemoryTenant, not_found};
use super::listing;
use super::locks::MemoryLease;
use crate::ports::{Certificates, KeyEntry, KeyInfo, KeyListing, Lease, ListedValue, LockError, StorageError};

impl MemoryTenant {
    fn remove_values(&self, key: &str) {
        let below = format!("{key}/");
        self.state().values.retain(|other, _| other != key && !other.starts_with(&below));
    }

    /// Refuses a change under a lease that is over.
    async fn check_lease(&self, lease: &MemoryLease) -> Result<(), LockError> {
        let state = self.state();
        let is_over = lease.window().is_none_or(|window| state.clock > window.until);
        match is_over {
            true => Err(LockError::Lost { reason: "OSS refused the change, because the lease is over".to_owned() }),
            false => Ok(()),
        }
    }
}

impl Certificates for MemoryTenant {
    type Lease = MemoryLease;

    async fn load(&self, key: &str) -> Result<Zeroizing<Vec<u8>>, StorageError> {
        self.call("load").await?;
        let state = self.state();
        let object = state.values.get(key).ok_or_else(|| not_found(key))?;
        Ok(Zeroizing::new(object.content.to_vec()))
    }

    async fn store(&self, key: &str, value: Bytes) -> Result<(), StorageError> {
        self.call("store").await?;
        let mut state = self.state();
        let object = state.object(value, None);
        state.values.insert(key.to_owned(), object);
        Ok(())
    }

    async fn store_under(&self, lease: &MemoryLease, key: &str, value: Bytes) -> Result<bool, LockError> {
        self.call("store-under").await?;
        self.check_lease(lease).await?;
        let mut state = self.state();
        let object = state.object(value, None);
        state.values.insert(key.to_owned(), object);
        Ok(false)
    }

    async fn delete(&self, key: &str) -> Result<(), StorageError> {
        self.call("delete").await?;
        self.remove_values(key);
        Ok(())
    }

    async fn delete_under(&self, lease: &MemoryLease, key: &str) -> Result<bool, LockError> {
        self.call("delete-under").await?;
        self.check_lease(lease).await?;
        self.remove_values(key);
        Ok(false)
    }

    async fn stat(&self, key: &str) -> Result<KeyInfo, StorageError> {
        self.call("stat").await?;
        let state = self.state();
        if let Some(object) = state.values.get(key) {
            let size = object.content.len() as u64;
            return Ok(KeyInfo { modified: object.modified, size, is_directory: false });
        }
        let below = format!("{key}/");
        let newest =
            state.values.iter().filter(|(other, _)| other.starts_with(&below)).map(|(_, it)| it.modified).max();
        let modified = newest.ok_or_else(|| not_found(key))?;
        Ok(KeyInfo { modified, size: 0, is_directory: true })
    }

    async fn list(&self, prefix: &str, recursive: bool) -> Result<KeyListing, StorageError> {
        self.call("list").await?;
        let state = self.state();
        let below = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let keys = listing::keys(state.values.keys(), &below, recursive);
        if keys.is_empty() && !prefix.is_empty() && !state.values.contains_key(prefix) {
            return Err(not_found(prefix));
        }
        let entries = keys.into_iter().map(|key| {
            let object = state.values.get(&key);
            let value = object.map(|it| ListedValue { size: Some(it.content.len() as u64), modified: it.modified });
            KeyEntry { key, value }
        });
        Ok(KeyListing { entries: entries.collect(), left_out: 0 })
    }
}
