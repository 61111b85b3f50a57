//! The export `cert-storage`.

use super::bindings::exports::ossicle::storage::cert_storage::{
    CertOptions, Guest, GuestStorage, KeyEntry, KeyInfo, KeyListing, KeyedValue, ListedValue, Reencrypted, Storage,
    StoredValue,
};
use super::bindings::exports::ossicle::storage::lock::{Lease, LockError, LocksBorrow, Written};
use super::bindings::exports::ossicle::storage::types as wit;
use super::lock::given;
use super::{Component, Wasi};
use crate::cert;
use crate::config::Config;
use crate::encryption::Encryption as Sealing;
use crate::lock::Locks;

impl Guest for Component {
    type Storage = cert::Storage<Wasi>;
}

impl GuestStorage for cert::Storage<Wasi> {
    calls! {
        async fn open(
            config: wit::Config,
            options: CertOptions,
            locks: Option<LocksBorrow<'_>>,
        ) -> Result<Storage, wit::Error> {
            let settings = Config::from(config).check()?;
            let CertOptions { encryption, storage_class, server_side_encryption } = options;
            let encryption = encryption.map(|given| Sealing::open(&given.into())).transpose()?;
            let options = cert::CertOptions {
                storage_class: storage_class.map(Into::into),
                server_side_encryption: server_side_encryption.map(Into::into),
            };
            let storage = Self::new(Wasi, settings).with_encryption(encryption).with_attributes(options.check()?);
            Ok(Storage::new(match locks {
                Some(locks) => storage.with_locks(locks.get::<Locks<Wasi>>()),
                None => storage,
            }))
        }

        async fn store(&self, key: String, value: Vec<u8>) -> Result<(), wit::Error> {
            Ok(cert::Storage::store(self, &key, value.into()).await?)
        }

        async fn create(&self, key: String, value: Vec<u8>) -> Result<(), wit::Error> {
            Ok(cert::Storage::create(self, &key, value.into()).await?)
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
            let cert::KeyListing { entries, left_out } = cert::Storage::list(self, &prefix, recursive).await?;
            Ok(KeyListing { entries: entries.into_iter().map(KeyEntry::from).collect(), left_out })
        }

        async fn stat(&self, key: String) -> Result<KeyInfo, wit::Error> {
            let info = cert::Storage::stat(self, &key).await?;
            Ok(KeyInfo { key: info.key, modified: info.modified, size: info.size, is_terminal: info.is_terminal })
        }

        async fn store_under(&self, lease: Lease, key: String, value: Vec<u8>) -> Result<Written, LockError> {
            Ok(cert::Storage::store_under(self, &given(lease)?, &key, value.into()).await?.into())
        }

        async fn create_under(&self, lease: Lease, key: String, value: Vec<u8>) -> Result<Written, LockError> {
            Ok(cert::Storage::create_under(self, &given(lease)?, &key, value.into()).await?.into())
        }

        async fn delete_under(&self, lease: Lease, key: String) -> Result<Written, LockError> {
            Ok(cert::Storage::delete_under(self, &given(lease)?, &key).await?.into())
        }

        async fn store_together(&self, lease: Lease, values: Vec<KeyedValue>) -> Result<Written, LockError> {
            let values = values.into_iter().map(|KeyedValue { key, value }| (key, value.into())).collect();
            Ok(cert::Storage::store_together(self, &given(lease)?, values).await?.into())
        }

        async fn load_together(&self, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>, wit::Error> {
            let keys: Vec<_> = keys.iter().map(String::as_str).collect();
            let values = cert::Storage::load_together(self, &keys).await?;
            Ok(values.into_iter().map(|value| value.map(Into::into)).collect())
        }

        async fn delete_together(&self, lease: Lease, keys: Vec<String>) -> Result<Written, LockError> {
            let keys: Vec<_> = keys.iter().map(String::as_str).collect();
            Ok(cert::Storage::delete_together(self, &given(lease)?, &keys).await?.into())
        }

        async fn load_value(&self, key: String) -> Result<StoredValue, wit::Error> {
            Ok(cert::Storage::load_value(self, &key).await?.into())
        }

        async fn reencrypt(&self, key: String) -> Result<Reencrypted, wit::Error> {
            Ok(cert::Storage::reencrypt(self, &key).await?.into())
        }
    }

    fn supply_credentials(&self, given: wit::TemporaryCredentials) -> Result<(), wit::Error> {
        Ok(self.credentials().supply(&Wasi, given.into())?)
    }

    fn supply_oidc_token(&self, token: String) -> Result<(), wit::Error> {
        Ok(self.credentials().supply_token(token.into())?)
    }

    fn current_credentials(&self) -> Option<wit::TemporaryCredentials> {
        self.credentials().current(&Wasi).map(Into::into)
    }

    fn adopt_credentials(&self, given: wit::TemporaryCredentials) -> Result<(), wit::Error> {
        Ok(self.credentials().adopt(&Wasi, given.into())?)
    }
}

impl From<cert::KeyEntry> for KeyEntry {
    fn from(entry: cert::KeyEntry) -> Self {
        let value = |cert::ListedValue { size, modified }| ListedValue { size, modified };
        Self { key: entry.key, value: entry.value.map(value) }
    }
}
