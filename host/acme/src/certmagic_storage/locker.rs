//! Locks for certmagic.

use super::failure;
use super::storage::CertmagicStorage;
use super::tenure::Release;
use certmagic::error::{Error, Result, StorageError};
use certmagic::storage::{LockGuard, Locker};
use ossicle::LockError;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

impl CertmagicStorage {
    fn held(&self, name: &str, guard: ossicle::LockGuard) -> LockGuard {
        LockGuard::new(name, Box::new(Release(self.tenures().begin(name, guard))))
    }
}

#[async_trait::async_trait]
impl Locker for CertmagicStorage {
    /// Waits for as long as it takes: who stops waiting leaves nothing behind. The lease is renewed in the background.
    async fn lock(&self, ct: &CancellationToken, name: &str) -> Result<LockGuard> {
        tokio::select! {
            biased;
            () = ct.cancelled() => Err(StorageError::LockUnavailable(format!("{name}: stopped waiting")).into()),
            held = self.certificates().tenant().locks().hold(name, Duration::MAX) => match held {
                Ok(guard) => Ok(self.held(name, guard)),
                Err(error) => Err(failure::of_lock(name, &error)),
            },
        }
    }

    async fn try_lock(&self, _ct: &CancellationToken, name: &str) -> Result<Option<LockGuard>> {
        match self.certificates().tenant().locks().try_hold(name).await {
            Ok(guard) => Ok(Some(self.held(name, guard))),
            Err(LockError::Held { .. }) => Ok(None),
            Err(error) => Err(failure::of_lock(name, &error)),
        }
    }

    /// Releases a lock of this storage's. One that is not held here is no error: this is for cleaning up.
    async fn unlock(&self, name: &str) -> Result<()> {
        match self.tenures().find(name) {
            Some(tenure) => tenure.end().await,
            None => Ok(()),
        }
    }

    async fn renew_lock_lease(&self, name: &str, lease: Duration) -> Result<()> {
        let Some(guard) = self.tenures().find(name).and_then(|tenure| tenure.guard()) else {
            return Err(Error::from(StorageError::StaleLock(name.to_owned())).no_retry());
        };
        guard.renew(lease).await.map_err(|error| failure::of_lock(name, &error))
    }
}
