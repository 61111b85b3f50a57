//! certmagic's storage.

use super::tenure::{Tenure, Tenures};
use super::{certificate, failure, keys};
use certmagic::error::{Error, Result, StorageError};
use certmagic::storage::{KeyInfo, KeyValue, LockGuard, Storage};
use futures_util::future::try_join_all;
use ossicle::{Bytes, Certificates, LockError};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// For how long a certificate is stored again that could not be stored, or of which something is left to do: twice as long as a
/// lease is unless the config says otherwise. A request that was not answered may take effect until its lease's end, and until
/// then nothing else is stored. What is given up costs another order.
const AGAIN_FOR: Duration = Duration::from_secs(120);
/// The pause before each time.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Where the crate certmagic keeps its certificates, accounts and challenges, and what it locks by: a tenant's certificate
/// storage. A clone is the same one.
///
/// Where the issuer has the name that [`issuer_key`](super::issuer_key) gives it, certificates have the keys that certmagic in
/// Go, and so Caddy, gives them; the locks round an order have its names. Both can so share a bucket. Accounts, challenges and OCSP staples the crate names by itself, away from those of Go's.
///
/// What certmagic writes with a lock is written under its lease, which OSS checks. A certificate's three values are stored as
/// one, and loaded as one, whether they are asked for together or alone: all are new or all are old, whatever crashes. Other
/// groups of values are written one after the other; when a write fails, those before it are put back, under the lease.
#[derive(Clone)]
pub struct CertmagicStorage {
    certificates: Certificates,
    tenures: Arc<Tenures>,
}

impl CertmagicStorage {
    /// Keeps everything in this storage.
    pub fn new(certificates: Certificates) -> Self {
        Self { certificates, tenures: Arc::default() }
    }

    pub(super) fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    pub(super) fn tenures(&self) -> &Arc<Tenures> {
        &self.tenures
    }

    /// What to write under: the lock must have been got here, and not be released.
    fn fence(&self, guard: &LockGuard) -> Result<Arc<ossicle::LockGuard>> {
        let tenure = guard.write_fence().and_then(|fence| fence.downcast_ref::<Arc<Tenure>>());
        let Some(tenure) = tenure.filter(|tenure| Arc::ptr_eq(&tenure.home, &self.tenures)) else {
            return Err(Error::from(StorageError::UnsupportedFencing).no_retry());
        };
        guard.ensure_valid()?;
        tenure.guard().ok_or_else(|| Error::from(StorageError::StaleLock(guard.key().to_owned())).no_retry())
    }

    /// Whether a key has a value, whatever is below it.
    async fn has_value(&self, key: &str) -> Result<bool> {
        match self.stat(key).await {
            Ok(info) => Ok(info.is_terminal),
            Err(Error::Storage(StorageError::NotFound(_))) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The values of a certificate's keys, in the order of these.
    async fn load_as_one(&self, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>> {
        let first = keys.first().copied().unwrap_or_default();
        let values = self.certificates.load_together(keys).await.map_err(|error| failure::of_key(first, &error))?;
        Ok(values.into_iter().map(|value| value.map(|mut value| std::mem::take(&mut *value))).collect())
    }

    /// Stores the values of a certificate's keys. Where a failure may pass, it is done again, which also puts the rest of a set in
    /// its place that is stored already: whoever loads single keys, as another program does, then finds the same.
    async fn store_as_one(&self, guard: &ossicle::LockGuard, values: Vec<(String, Bytes)>) -> Result<()> {
        let until = Instant::now() + AGAIN_FOR;
        loop {
            let Err(error) = guard.store_together(values.clone()).await else { return Ok(()) };
            let key = values.first().map_or("", |(key, _)| key);
            let may_pass = matches!(&error, LockError::Failed(error) if error.is_retryable());
            if !may_pass || Instant::now() >= until {
                return Err(failure::of_lock(key, &error));
            }
            tracing::debug!(%key, %error, "a certificate is stored again");
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    /// Whether there are keys below one, as far as that can be told.
    async fn may_have_below(&self, key: &str) -> bool {
        match self.certificates.list(key, false).await {
            Ok(below) => !below.entries.is_empty() || below.left_out > 0,
            Err(error) => !error.is_not_found(),
        }
    }

    /// Puts back what was there before a write that failed. What of that fails is logged: the first failure is the caller's.
    async fn put_back(&self, guard: &ossicle::LockGuard, written: &[(&str, Option<Vec<u8>>)]) {
        for (key, before) in written.iter().rev() {
            let restored = match before {
                Some(value) => guard.store(key, value.clone()).await.map(drop),
                // To remove it would remove these as well.
                None if self.may_have_below(key).await => {
                    tracing::warn!(%key, "a value of a failed write was left, for there may be keys below it");
                    continue;
                }
                None => guard.delete(key).await.map(drop),
            };
            if let Err(error) = restored {
                tracing::warn!(%key, %error, "what was there before a failed write could not be put back");
            }
        }
    }
}

/// The one spelling of each key.
fn canonical<'a>(keys: impl Iterator<Item = &'a str>) -> Result<Vec<Cow<'a, str>>> {
    Ok(keys.map(keys::canonical).collect::<std::result::Result<_, _>>()?)
}

impl fmt::Debug for CertmagicStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertmagicStorage").finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl Storage for CertmagicStorage {
    fn canonical_key<'a>(&self, key: &'a str) -> Result<Cow<'a, str>> {
        Ok(keys::canonical(key)?)
    }

    fn validate_write_guard(&self, guard: &LockGuard) -> Result<()> {
        self.fence(guard).map(drop)
    }

    async fn store_tx_with_lock(&self, items: &[KeyValue<'_>], guard: &LockGuard) -> Result<()> {
        let guard = self.fence(guard)?;
        let names = canonical(items.iter().map(|(key, _)| *key))?;
        let keys: Vec<&str> = names.iter().map(Cow::as_ref).collect();
        if certificate::is_whole(&keys) {
            let values = items.iter().map(|(_, value)| Bytes::from(value.clone()));
            return self.store_as_one(&guard, keys.into_iter().map(str::to_owned).zip(values).collect()).await;
        }
        let before = self.load_many(&keys).await?;
        let mut written = Vec::with_capacity(items.len());
        for ((key, (_, value)), before) in keys.iter().copied().zip(items).zip(before) {
            let stored = guard.store(key, value.clone()).await;
            written.push((key, before));
            if let Err(error) = stored {
                // What the successor has written is not put back, and could not be.
                if !matches!(error, LockError::Lost { .. }) {
                    self.put_back(&guard, &written).await;
                }
                return Err(failure::of_lock(key, &error));
            }
        }
        Ok(())
    }

    /// Moves a value in two steps, each refused once the lease is over. A process that dies in between leaves both names, and
    /// the same call again ends it.
    async fn move_with_lock(&self, source: &str, destination: &str, guard: &LockGuard) -> Result<()> {
        let guard = self.fence(guard)?;
        let (source, destination) = (keys::canonical(source)?, keys::canonical(destination)?);
        if source == destination {
            return Ok(());
        }
        let value = self.load(&source).await?;
        let below = self.certificates.list(&source, false).await.map_err(|error| failure::of_key(&source, &error))?;
        if !below.entries.is_empty() || below.left_out > 0 {
            return Err(
                StorageError::Conflict(format!("{source}: there are keys below it, which would not move")).into()
            );
        }
        match self.load(&destination).await {
            Ok(there) if there == value => {}
            Ok(_) => return Err(StorageError::Conflict(format!("{destination}: it has a value already")).into()),
            Err(Error::Storage(StorageError::NotFound(_))) => {
                guard.store(&destination, value).await.map_err(|error| failure::of_lock(&destination, &error))?;
            }
            Err(error) => return Err(error),
        }
        guard.delete(&source).await.map_err(|error| failure::of_lock(&source, &error))?;
        Ok(())
    }

    async fn store(&self, key: &str, value: &[u8]) -> Result<()> {
        let key = keys::canonical(key)?;
        self.certificates.store(&key, value.to_vec()).await.map_err(|error| failure::of_key(&key, &error))
    }

    async fn load_many(&self, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>> {
        let names = canonical(keys.iter().copied())?;
        let names: Vec<&str> = names.iter().map(Cow::as_ref).collect();
        if certificate::is_whole(&names) {
            return self.load_as_one(&names).await;
        }
        try_join_all(names.into_iter().map(|key| async move {
            match self.load(key).await {
                Ok(value) => Ok(Some(value)),
                Err(Error::Storage(StorageError::NotFound(_))) => Ok(None),
                Err(error) => Err(error),
            }
        }))
        .await
    }

    async fn load(&self, key: &str) -> Result<Vec<u8>> {
        let key = keys::canonical(key)?;
        if let Some(all) = certificate::keys_of(&key) {
            let values = self.load_as_one(&all.each_ref().map(String::as_str)).await?;
            let value = all.iter().zip(values).find_map(|(name, value)| value.filter(|_| *name == key));
            return value.ok_or_else(|| StorageError::NotFound(key.into_owned()).into());
        }
        let mut value = self.certificates.load(&key).await.map_err(|error| failure::of_key(&key, &error))?;
        Ok(std::mem::take(&mut *value))
    }

    async fn delete(&self, key: &str) -> Result<()> {
        let key = keys::canonical(key)?;
        self.certificates.delete(&key).await.map_err(|error| failure::of_key(&key, &error))
    }

    async fn exists(&self, key: &str) -> Result<bool> {
        let key = keys::canonical(key)?;
        self.certificates.exists(&key).await.map_err(|error| failure::of_key(&key, &error))
    }

    /// Of a certificate its values are loaded: only so a set shows whose values are not in their places yet.
    async fn exists_exact_many(&self, keys: &[&str]) -> Result<Vec<bool>> {
        let names = canonical(keys.iter().copied())?;
        let names: Vec<&str> = names.iter().map(Cow::as_ref).collect();
        if certificate::is_whole(&names) {
            return Ok(self.load_as_one(&names).await?.iter().map(Option::is_some).collect());
        }
        try_join_all(keys.iter().map(|key| self.has_value(key))).await
    }

    /// All keys below are asked for, one request for each 1000, even if one level is wanted: only what is below a key shows
    /// that it is a directory.
    async fn list(&self, path: &str, recursive: bool) -> Result<Vec<String>> {
        let prefix = keys::prefix(path)?;
        let listing = self.certificates.list(&prefix, true).await.map_err(|error| failure::of_key(&prefix, &error))?;
        if listing.left_out > 0 {
            tracing::warn!(%prefix, left_out = listing.left_out, "there are objects in the storage whose names are no keys");
        }
        Ok(keys::listing(&prefix, &listing.keys().collect::<Vec<_>>(), recursive))
    }

    async fn stat(&self, key: &str) -> Result<KeyInfo> {
        let key = keys::canonical(key)?;
        let info = self.certificates.stat(&key).await.map_err(|error| failure::of_key(&key, &error))?;
        Ok(KeyInfo { key: info.key, modified: info.modified.into(), size: info.size, is_terminal: info.is_terminal })
    }
}
