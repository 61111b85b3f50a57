//! The export `cert-storage`.

use super::bindings::exports::ossicle::storage::cert_storage::{
    Guest, GuestStorage, KeyInfo, Reencrypted, Storage, StoredValue,
};
use super::bindings::exports::ossicle::storage::types as wit;
use super::{Component, Wasi};
use crate::cert;
use crate::config::Config;

impl Guest for Component {
    type Storage = cert::Storage<Wasi>;
}

impl GuestStorage for cert::Storage<Wasi> {
    fn open(config: wit::Config) -> Result<Storage, wit::Error> {
        Ok(Storage::new(Self::new(Wasi, Config::from(config).check()?)))
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

    async fn list(&self, prefix: String, recursive: bool) -> Result<Vec<String>, wit::Error> {
        Ok(cert::Storage::list(self, &prefix, recursive).await?)
    }

    async fn stat(&self, key: String) -> Result<KeyInfo, wit::Error> {
        let info = cert::Storage::stat(self, &key).await?;
        Ok(KeyInfo { key: info.key, modified: info.modified, size: info.size, is_terminal: info.is_terminal })
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
