//! Locks by name alone, in the shape of certmagic's `Locker`, `TryLocker` and `LockLeaseRenewer`.

use super::acquire;
use super::error::LockError;
use super::guard::LockGuard;
use super::lease::Unlocked;
use crate::tenant::Tenant;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Locks by name alone, for callers who carry no lease around: certmagic's `Lock`, `TryLock`, `RenewLockLease` and `Unlock`.
/// A clone is the same one.
///
/// What is locked is renewed in the background until it is unlocked, so nobody need renew it. A name tells nothing of who
/// calls, and such a caller is not told when the lease is lost: where that matters, use a [`LockGuard`].
#[derive(Clone)]
pub struct Locker {
    tenant: Tenant,
    held: Arc<Mutex<Held>>,
}

/// The guards of each name, the oldest first. There is more than one when a lease was lost and the lock was got again before
/// the first caller unlocked it.
type Held = HashMap<String, VecDeque<LockGuard>>;

impl Locker {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant, held: Arc::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, guard: LockGuard) {
        let name = guard.lease().name().to_owned();
        self.held().entry(name).or_default().push_back(guard);
    }

    /// Gets a lock, however long that takes. To give up, drop the call: it leaves nothing behind.
    ///
    /// # Errors
    /// [`LockError::Failed`] when it can't be had at all.
    pub fn lock(&self, name: &str) -> impl Future<Output = Result<(), LockError>> + Send + use<> {
        let acquired = acquire::acquire(self.tenant.clone(), name.to_owned(), None);
        let locker = self.clone();
        async move {
            locker.keep(acquired.await?);
            Ok(())
        }
    }

    /// Gets a lock if it can be had now; false when it can't.
    ///
    /// # Errors
    /// [`LockError::Failed`] when that could not be found out.
    pub fn try_lock(&self, name: &str) -> impl Future<Output = Result<bool, LockError>> + Send + use<> {
        let acquired = acquire::at_once(self.tenant.clone(), name.to_owned());
        let locker = self.clone();
        async move {
            match acquired.await {
                Ok(guard) => {
                    locker.keep(guard);
                    Ok(true)
                }
                Err(LockError::Held { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        }
    }

    /// Renews a lock that was got here. Whatever is needed beyond a lease's time, the renewals in the background give.
    ///
    /// # Errors
    /// [`LockError::Lost`] when others may have the lock; [`LockError::NotHeld`] when it was not got here.
    pub fn renew_lock_lease(
        &self,
        name: &str,
        at_least: Duration,
    ) -> impl Future<Output = Result<(), LockError>> + Send + use<> {
        let (locker, name) = (self.clone(), name.to_owned());
        async move {
            let tenure = locker.held().get(&name).and_then(|guards| guards.back().map(LockGuard::tenure));
            let tenure = tenure.ok_or(LockError::NotHeld { name })?;
            tenure.renew(at_least).await
        }
    }

    /// Releases a lock that was acquired here, and returns whether it was held to the end. If a lease was lost and the lock
    /// acquired again, the older guard is released first: holding a lock too long is safer than releasing it while in use.
    ///
    /// # Errors
    /// [`LockError::NotHeld`] when it was not got here; [`LockError::Failed`] when it could not be found out whether it was
    /// released.
    pub fn unlock(&self, name: &str) -> impl Future<Output = Result<Unlocked, LockError>> + Send + use<> {
        let (locker, name) = (self.clone(), name.to_owned());
        async move {
            let guard = locker.take(&name).ok_or(LockError::NotHeld { name })?;
            guard.unlock().await
        }
    }

    fn take(&self, name: &str) -> Option<LockGuard> {
        let mut held = self.held();
        let guard = held.get_mut(name).and_then(VecDeque::pop_front);
        if held.get(name).is_some_and(VecDeque::is_empty) {
            held.remove(name);
        }
        guard
    }

    /// Releases all that was got here, as certmagic does when it ends, and tells what could not be released.
    pub fn unlock_all(&self) -> impl Future<Output = Vec<LockError>> + Send + use<> {
        let locker = self.clone();
        async move {
            let guards: Vec<_> = locker.held().drain().flat_map(|(_, guards)| guards).collect();
            let released = futures_util::future::join_all(guards.into_iter().map(LockGuard::unlock)).await;
            released.into_iter().filter_map(Result::err).collect()
        }
    }
}

impl fmt::Debug for Locker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locker").field("held", &self.held().keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
