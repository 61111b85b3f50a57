//! The export `cert-storage`.

use super::bindings::exports::ossicle::storage::cert_storage::{
    Encryption, Guest, GuestStorage, KeyInfo, KeyListing, Reencrypted, Storage, StoredValue,
};
use super::bindings::exports::ossicle::storage::lock_types::{
    Lease, LockError, LockInfo, LockOptions, Unlocked, Written,
};
use super::bindings::exports::ossicle::storage::types as wit;
use super::{Component, Wasi, locks};
use crate::cert;
use crate::config::Config;
use crate::encryption::Encryption as Sealing;
use crate::lock::{Broken, LockOptions as CoreOptions};
use std::time::Duration;

impl Guest for Component {
    type Storage = cert::Storage<Wasi>;
}

impl GuestStorage for cert::Storage<Wasi> {
    async fn open(
        config: wit::Config,
        encryption: Option<Encryption>,
        locks: Option<LockOptions>,
    ) -> Result<Storage, wit::Error> {
        let locks = locks.map(CoreOptions::from).unwrap_or_default().check()?;
        let settings = Config::from(config).check()?;
        let encryption = encryption.map(|given| Sealing::open(&given.into())).transpose()?;
        Ok(Storage::new(Self::new(Wasi, settings).with_locks(locks).with_encryption(encryption)))
    }

    async fn store(&self, key: String, value: Vec<u8>) -> Result<(), wit::Error> {
        Ok(cert::Storage::store(self, &key, value.into()).await?)
    }

    async fn load(&self, key: String) -> Result<Vec<u8>, wit::Error> {
        Ok(cert::Storage::load(self, &key).await?.into())
    }

    async fn delete(&self, key: String) -> Result<(), wit::Error> {
        Ok(cert::Storage::delete(self, &key).await?)
    }

    async fn exists(&self, key: String) -> Result<bool, wit::Error> {
        Ok(cert::Storage::exists(self, &key).await?)
    }

    async fn list(&self, prefix: String, recursive: bool) -> Result<KeyListing, wit::Error> {
        let cert::KeyListing { keys, left_out } = cert::Storage::list(self, &prefix, recursive).await?;
        Ok(KeyListing { keys, left_out })
    }

    async fn stat(&self, key: String) -> Result<KeyInfo, wit::Error> {
        let info = cert::Storage::stat(self, &key).await?;
        Ok(KeyInfo { key: info.key, modified: info.modified, size: info.size, is_terminal: info.is_terminal })
    }

    async fn lock(&self, name: String, wait: u64) -> Result<Lease, LockError> {
        Ok(cert::Storage::lock(self, &name, Duration::from_millis(wait)).await?.into())
    }

    async fn try_lock(&self, name: String) -> Result<Lease, LockError> {
        Ok(cert::Storage::try_lock(self, &name).await?.into())
    }

    fn stop_waiting(&self, name: String) {
        cert::Storage::stop_waiting(self, &name);
    }

    async fn settle_locks(&self) -> Result<(), LockError> {
        Ok(self.settle().await?)
    }

    async fn renew(&self, lease: Lease, at_least: u64) -> Result<Lease, LockError> {
        let lease = locks::given(lease)?;
        Ok(cert::Storage::renew(self, &lease, Duration::from_millis(at_least)).await?.into())
    }

    async fn unlock(&self, lease: Lease) -> Result<Unlocked, LockError> {
        Ok(cert::Storage::unlock(self, &locks::given(lease)?).await?.into())
    }

    async fn inspect(&self, name: String) -> Result<LockInfo, LockError> {
        let seen = cert::Storage::inspect(self, &name).await?;
        Ok(locks::info(name, seen))
    }

    async fn break_lock(&self, name: String, token: u64) -> Result<bool, LockError> {
        Ok(cert::Storage::break_lock(self, &name, token).await? == Broken::Broken)
    }

    async fn store_under(&self, lease: Lease, key: String, value: Vec<u8>) -> Result<Written, LockError> {
        Ok(cert::Storage::store_under(self, &locks::given(lease)?, &key, value.into()).await?.into())
    }

    async fn delete_under(&self, lease: Lease, key: String) -> Result<Written, LockError> {
        Ok(cert::Storage::delete_under(self, &locks::given(lease)?, &key).await?.into())
    }

    async fn load_value(&self, key: String) -> Result<StoredValue, wit::Error> {
        Ok(cert::Storage::load_value(self, &key).await?.into())
    }

    async fn reencrypt(&self, key: String) -> Result<Reencrypted, wit::Error> {
        Ok(cert::Storage::reencrypt(self, &key).await?.into())
    }

    fn supply_credentials(&self, given: wit::TemporaryCredentials) -> Result<(), wit::Error> {
        Ok(self.credentials().supply(&Wasi, given.into())?)
    }

    fn supply_oidc_token(&self, token: String) -> Result<(), wit::Error> {
        Ok(self.credentials().supply_token(token.into())?)
    }
}
