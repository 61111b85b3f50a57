//! The component of certificates, with the locks of the same bucket.

use std::sync::LazyLock;
use std::time::Duration;

use ossicle::{Unlocked, Written};
use tokio::sync::Mutex;
use wasmtime::Store;
use wasmtime::component::ResourceAny;

use super::Client;
use super::bindings::{cert_storage, lock};
use super::config::config;
use super::instance::{ENGINE, Imports, Linked};
use crate::{CertStorage, Failed, Ground, KeyEntry, KeyInfo, Leased, LockFailed, Locking, Signature, State, Together};

static LINKED: LazyLock<Linked> = LazyLock::new(|| Linked::new(&ENGINE, ossicle_component::CERTIFICATES_P2));

/// An instance. Calls that are made at once are made one after the other.
pub struct Certificates(Mutex<Instance>);

struct Instance {
    store: Store<Imports>,
    storages: cert_storage::Guest,
    storage: ResourceAny,
    lockers: lock::Guest,
    locks: ResourceAny,
}

impl Certificates {
    /// A storage of a ground's bucket and its locks.
    pub async fn open(ground: &Ground, signature: Signature, client: Client) -> Self {
        let pre = LINKED.pre();
        let storages = cert_storage::GuestIndices::new(pre).expect("what it exports");
        let lockers = lock::GuestIndices::new(pre).expect("what it exports");
        let mut store = LINKED.store(client);
        let instance = pre.instantiate_async(&mut store).await.expect("an instance");
        let storages = storages.load(&mut store, &instance).expect("its functions");
        let lockers = lockers.load(&mut store, &instance).expect("its functions");
        let config = config(ground, signature);
        let options = lock::LockOptions { lease: None, poll_min: None, poll_max: None, folder: None, interlock: None };
        let locks = lockers.locks().call_open(&mut store, &config, &options).await;
        let locks = locks.expect("no trap").expect("locks");
        let options = cert_storage::CertOptions { encryption: None, storage_class: None, server_side_encryption: None };
        let storage = storages.storage().call_open(&mut store, &config, &options, Some(locks)).await;
        let storage = storage.expect("no trap").expect("a storage");
        Self(Mutex::new(Instance { store, storages, storage, lockers, locks }))
    }
}

/// A call of a resource: in its instance, and without a trap.
macro_rules! call {
    ($this:expr, $guest:ident.$resource:ident.$call:ident($($argument:expr),*)) => {{
        let instance = &mut *$this.0.lock().await;
        instance.$guest.$resource().$call(&mut instance.store, instance.$resource $(, $argument)*).await.expect("no trap")
    }};
}

impl CertStorage for Certificates {
    async fn store(&self, key: &str, value: &[u8]) -> Result<(), Failed> {
        Ok(call!(self, storages.storage.call_store(key, value))?)
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<(), Failed> {
        Ok(call!(self, storages.storage.call_create(key, value))?)
    }

    async fn load(&self, key: &str) -> Result<Vec<u8>, Failed> {
        Ok(call!(self, storages.storage.call_load(key))?)
    }

    async fn delete(&self, key: &str) -> Result<(), Failed> {
        Ok(call!(self, storages.storage.call_delete(key))?)
    }

    async fn exists(&self, key: &str) -> Result<bool, Failed> {
        Ok(call!(self, storages.storage.call_exists(key))?)
    }

    async fn entries(&self, prefix: &str, recursive: bool) -> Result<Vec<KeyEntry>, Failed> {
        let listed = call!(self, storages.storage.call_list(prefix, recursive))?;
        let value = |value: cert_storage::ListedValue| (value.size, value.modified);
        let entries =
            listed.entries.into_iter().map(|entry| KeyEntry { key: entry.key, value: entry.value.map(value) });
        Ok(entries.collect())
    }

    async fn stat(&self, key: &str) -> Result<KeyInfo, Failed> {
        let info = call!(self, storages.storage.call_stat(key))?;
        Ok(KeyInfo { key: info.key, modified: info.modified, size: info.size, is_terminal: info.is_terminal })
    }
}

impl Leased for lock::Lease {
    fn token(&self) -> u64 {
        self.token
    }

    fn is_taken_over(&self) -> bool {
        self.taken_over
    }
}

impl Locking for Certificates {
    type Lease = lock::Lease;

    fn time_left(&self, lease: &Self::Lease) -> Duration {
        Duration::from_millis(lease.time_left)
    }

    async fn lock(&self, name: &str, wait: Duration) -> Result<Self::Lease, LockFailed> {
        let wait = u64::try_from(wait.as_millis()).expect("a short wait");
        Ok(call!(self, lockers.locks.call_lock(name, wait))?)
    }

    async fn try_lock(&self, name: &str) -> Result<Self::Lease, LockFailed> {
        Ok(call!(self, lockers.locks.call_try_lock(name))?)
    }

    async fn renew(&self, lease: &Self::Lease, at_least: Duration) -> Result<Self::Lease, LockFailed> {
        let at_least = u64::try_from(at_least.as_millis()).expect("a time");
        Ok(call!(self, lockers.locks.call_renew(lease, at_least))?)
    }

    async fn unlock(&self, lease: &Self::Lease) -> Result<Unlocked, LockFailed> {
        Ok(match call!(self, lockers.locks.call_unlock(lease))? {
            lock::Unlocked::Released => Unlocked::Released,
            lock::Unlocked::AlreadyGone => Unlocked::AlreadyGone,
            lock::Unlocked::Lost => Unlocked::Lost,
        })
    }

    async fn inspect(&self, name: &str) -> Result<(String, u64, State), LockFailed> {
        let seen = call!(self, lockers.locks.call_inspect(name))?;
        let state = match seen.state {
            lock::LockState::Free(last_token) => State::Free(last_token),
            lock::LockState::Held(holder) => State::Held(holder.token, holder.owner),
            lock::LockState::Expired(last_token) => State::Expired(last_token),
            lock::LockState::Unreadable(_) => State::Unreadable,
        };
        Ok((seen.object, seen.length, state))
    }

    async fn break_lock(&self, name: &str, token: u64) -> Result<bool, LockFailed> {
        Ok(call!(self, lockers.locks.call_break_lock(name, token))?)
    }

    async fn store_under(&self, lease: &Self::Lease, key: &str, value: &[u8]) -> Result<Written, LockFailed> {
        Ok(written(call!(self, storages.storage.call_store_under(lease, key, value))?))
    }

    async fn delete_under(&self, lease: &Self::Lease, key: &str) -> Result<Written, LockFailed> {
        Ok(written(call!(self, storages.storage.call_delete_under(lease, key))?))
    }
}

impl Together for Certificates {
    async fn store_together(&self, lease: &Self::Lease, values: &[(&str, &[u8])]) -> Result<Written, LockFailed> {
        let value = |(key, value): &(&str, &[u8])| {
            let (key, value) = ((*key).to_owned(), value.to_vec());
            cert_storage::KeyedValue { key, value }
        };
        let values: Vec<_> = values.iter().map(value).collect();
        Ok(written(call!(self, storages.storage.call_store_together(lease, &values))?))
    }

    async fn load_together(&self, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>, Failed> {
        let keys: Vec<_> = keys.iter().map(|key| (*key).to_owned()).collect();
        Ok(call!(self, storages.storage.call_load_together(&keys))?)
    }

    async fn delete_together(&self, lease: &Self::Lease, keys: &[&str]) -> Result<Written, LockFailed> {
        let keys: Vec<_> = keys.iter().map(|key| (*key).to_owned()).collect();
        Ok(written(call!(self, storages.storage.call_delete_together(lease, &keys))?))
    }
}

fn written(written: lock::Written) -> Written {
    match written {
        lock::Written::Once => Written::Once,
        lock::Written::PerhapsAgain => Written::PerhapsAgain,
    }
}
