//! rustls-acme's caches.

use super::names;
use super::order::{Orders, Round};
use ossicle::{Certificates, LockError, LockGuard};
use rustls_acme::{AccountCache, CertCache};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// For how long the lock round an order is held at most, unless [`RustlsAcmeCache::hold`] says so: rustls-acme gives up an order
/// whose authorization takes more than half a minute, or whose issuing takes more than 17 minutes.
const HOLD: Duration = Duration::from_secs(20 * 60);

/// Where rustls-acme keeps one certificate and its account: a tenant's certificate storage. A clone is the same one; each
/// certificate has a cache of its own.
///
/// The lock round an order is taken when rustls-acme asks for the account, which it does right before the first order of an
/// `AcmeState`. If another process has stored a certificate meanwhile, the call fails with [`CacheError::Superseded`]: make
/// the state anew, and it loads that. The lock is released when the certificate is stored, by [`RustlsAcmeCache::release`], or
/// after a while. Later orders of the same state ask nobody: make it anew after each. [`keep`](super::keep()) does all of this.
#[derive(Clone)]
pub struct RustlsAcmeCache {
    certificates: Certificates,
    runtime: Handle,
    hold: Duration,
    orders: Arc<Orders>,
}

/// Why rustls-acme could not load or store something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] ossicle::Error),
    /// The lock could not be had, or it was lost and OSS refused the write.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Another process has ordered and stored the certificate. Nothing was written: load it.
    #[error("another process has stored the certificate meanwhile")]
    Superseded,
    /// No certificate was loaded before, so it is not known which lock is to be held.
    #[error("the account was asked for before the certificate")]
    NoCertificate,
    /// The hold of the order's lock was over before the account's key was made and stored.
    #[error("the lock was not held any more when the account's key was to be made")]
    NoLock,
}

impl RustlsAcmeCache {
    /// Keeps a certificate and its account in this storage. `runtime` is tokio's, for the limit of a hold.
    pub fn new(certificates: Certificates, runtime: Handle) -> Self {
        Self { certificates, runtime, hold: HOLD, orders: Arc::default() }
    }

    /// For how long the lock round an order is held at most, 20 minutes if this is not said. After that others may order; what
    /// this order brings is still stored if none of them has done so.
    pub fn hold(mut self, limit: Duration) -> Self {
        self.hold = limit;
        self
    }

    /// Releases the lock round an order, if it is held: the order has failed.
    pub async fn release(&self) {
        for guard in [self.orders.take_account(), self.orders.take()].into_iter().flatten() {
            let name = guard.lease().name().to_owned();
            if let Err(error) = guard.unlock().await {
                tracing::warn!(name, %error, "a lock could not be released, and will run out");
            }
        }
    }

    async fn find(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        match self.certificates.load(key).await {
            Ok(mut value) => Ok(Some(std::mem::take(&mut *value))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Gets the lock round an order, however long that takes, and looks again.
    async fn lock(&self, round: &Round) -> Result<LockGuard, CacheError> {
        let guard = self.certificates.tenant().locks().hold(&round.lock, Duration::MAX).await?;
        if self.find(&round.key).await? == round.seen {
            return Ok(guard);
        }
        guard.unlock().await?;
        Err(CacheError::Superseded)
    }
}

impl fmt::Debug for RustlsAcmeCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RustlsAcmeCache").field("hold", &self.hold).finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl CertCache for RustlsAcmeCache {
    type EC = CacheError;

    async fn load_cert(&self, domains: &[String], directory_url: &str) -> Result<Option<Vec<u8>>, CacheError> {
        let key = names::certificate(domains, directory_url);
        let seen = self.find(&key).await?;
        self.orders.begin(Round { key, lock: names::order_lock(domains), seen: seen.clone() });
        Ok(seen)
    }

    async fn store_cert(&self, domains: &[String], directory_url: &str, cert: &[u8]) -> Result<(), CacheError> {
        let key = names::certificate(domains, directory_url);
        let round = self.orders.round().filter(|round| round.key == key).ok_or(CacheError::NoCertificate)?;
        let guard = match self.orders.take() {
            Some(guard) => guard,
            None => self.lock(&round).await?,
        };
        guard.store(&key, cert.to_vec()).await?;
        guard.unlock().await?;
        Ok(())
    }
}

#[async_trait::async_trait]
impl AccountCache for RustlsAcmeCache {
    type EA = CacheError;

    async fn load_account(&self, contact: &[String], directory_url: &str) -> Result<Option<Vec<u8>>, CacheError> {
        let round = self.orders.round().ok_or(CacheError::NoCertificate)?;
        let guard = self.lock(&round).await?;
        self.orders.hold(guard, self.hold, &self.runtime);
        let key = names::account(contact, directory_url);
        if let Some(account) = self.find(&key).await? {
            return Ok(Some(account));
        }
        // Certificates of different names, whose locks differ, may have the account in common.
        let guard = self
            .certificates
            .tenant()
            .locks()
            .hold(&names::account_lock(contact, directory_url), Duration::MAX)
            .await?;
        if let Some(account) = self.find(&key).await? {
            guard.unlock().await?;
            return Ok(Some(account));
        }
        if self.orders.hold_account(guard) { Ok(None) } else { Err(CacheError::NoLock) }
    }

    async fn store_account(&self, contact: &[String], directory_url: &str, account: &[u8]) -> Result<(), CacheError> {
        let guard = self.orders.take_account().ok_or(CacheError::NoLock)?;
        guard.store(&names::account(contact, directory_url), account.to_vec()).await?;
        guard.unlock().await?;
        Ok(())
    }
}
