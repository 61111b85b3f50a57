//! Locks on the host's side. The component knows how to get, keep and release a lease; what takes time is here: waiting in
//! pieces, standing in line, renewing in the background, and noticing that a lease is lost.
//!
//! No lock lives in an instance of the component. An instance may be dropped and replaced at any moment, and a lease goes on
//! in the next.

mod calls;
mod error;
mod guard;
mod lease;
mod line;
mod locker;
mod options;
mod renewer;
mod tenure;
mod wait;

pub use error::LockError;
pub use guard::LockGuard;
pub use lease::{Holder, Lease, LockInfo, LockState, Unlocked, Written};
pub use locker::Locker;
pub use options::{InterlockOptions, LockOptions};

pub(crate) use line::Lines;

use crate::certificates::Certificates;
use bytes::Bytes;
use calls::call;
use std::time::Duration;

/// Locks.
///
/// A lock is a name: any string. At no moment do two holders trust a lease of one name, whatever crashes, stalls or is lost
/// on its way, as long as nobody deletes the lock's object, OSS's own clocks agree to 3 s, and the holder's clock runs at the
/// right rate to within 7 %. [`Certificates::hold`] is what most want; the calls on a [`Lease`] are there for those who keep
/// it themselves.
impl Certificates {
    /// Gets a lock and holds it until the guard is released or dropped. Waits for at most so long; others of this tenant
    /// that want the same lock stand in line, and only the first of them asks OSS.
    ///
    /// Two HTTP requests for a free lock, one when it was released here last. Dropped, the call leaves nothing behind.
    ///
    /// # Errors
    /// [`LockError::Held`] when the wait is over.
    pub async fn hold(&self, name: &str, wait: Duration) -> Result<LockGuard, LockError> {
        let (lease, turn) = wait::wait(self.tenant(), name, Some(wait)).await?;
        Ok(LockGuard::new(self.tenant().clone(), lease, turn))
    }

    /// Gets a lock and holds it, if it can be had now. Where others of this tenant hold it or wait for it, nothing is sent.
    ///
    /// # Errors
    /// [`LockError::Held`] when it can't.
    pub async fn try_hold(&self, name: &str) -> Result<LockGuard, LockError> {
        let (lease, turn) = wait::at_once(self.tenant(), name).await?;
        Ok(LockGuard::new(self.tenant().clone(), lease, turn))
    }

    /// Locks by name alone, in the shape of certmagic's `Locker`.
    pub fn locker(&self) -> Locker {
        Locker::new(self.clone())
    }

    /// Gets a lease that nobody renews: the caller's to keep. Otherwise as [`Certificates::hold`].
    ///
    /// # Errors
    /// As [`Certificates::hold`].
    pub async fn lock(&self, name: &str, wait: Duration) -> Result<Lease, LockError> {
        Ok(wait::wait(self.tenant(), name, Some(wait)).await?.0)
    }

    /// Gets a lease that nobody renews, if it can be had now. Otherwise as [`Certificates::try_hold`].
    ///
    /// # Errors
    /// As [`Certificates::try_hold`].
    pub async fn try_lock(&self, name: &str) -> Result<Lease, LockError> {
        Ok(wait::at_once(self.tenant(), name).await?.0)
    }

    /// Renews a lease for its whole time from now on; never shortens it. To need it for longer than it lasts is to renew it
    /// again. May be tried on a lease that has run out: success means that nobody came between. One HTTP request.
    ///
    /// # Errors
    /// [`LockError::Lost`] when the tenure has ended; [`LockError::Failed`] when that could not be found out: try again.
    pub async fn renew(&self, lease: &Lease, at_least: Duration) -> Result<Lease, LockError> {
        call(self.tenant(), calls::Renew { lease: lease.clone(), at_least }).await
    }

    /// Releases a lease. One HTTP request. Waits first for writes under it to which no answer came, until OSS takes them no
    /// more; but only those of the same instance are known, so after such a write, let the lease run out instead, or use a
    /// [`LockGuard`], which knows.
    ///
    /// # Errors
    /// [`LockError::Failed`] when it could not be found out whether it was released; the lease then runs out.
    pub async fn unlock(&self, lease: &Lease) -> Result<Unlocked, LockError> {
        call(self.tenant(), calls::Unlock { lease: lease.clone() }).await
    }

    /// Stores a value as [`Certificates::store`] does, but OSS refuses it once the lease is over, however late it comes. One
    /// HTTP request.
    ///
    /// # Errors
    /// [`LockError::Lost`] when OSS refused it for that.
    pub async fn store_under<V: Into<Bytes>>(&self, lease: &Lease, key: &str, value: V) -> Result<Written, LockError> {
        let (lease, value) = (lease.clone(), value.into());
        call(self.tenant(), calls::StoreUnder { lease, key: key.to_owned(), value }).await
    }

    /// Removes a file or directory as [`Certificates::delete`] does, but OSS refuses it once the lease is over.
    ///
    /// # Errors
    /// As [`Certificates::store_under`].
    pub async fn delete_under(&self, lease: &Lease, key: &str) -> Result<Written, LockError> {
        call(self.tenant(), calls::DeleteUnder { lease: lease.clone(), key: key.to_owned() }).await
    }

    /// Returns when nobody of this tenant is getting or waiting for a lock any more, or holds it: after a call for it was
    /// dropped, when that has left nothing behind.
    pub async fn tidied(&self, name: &str) {
        drop(self.tenant().lines().turn(name).await);
    }

    /// Looks at a lock and changes nothing. One HTTP request.
    ///
    /// # Errors
    /// [`LockError::Failed`] when the lock's object is none that can be used, with what can be done about it.
    pub async fn inspect_lock(&self, name: &str) -> Result<LockInfo, LockError> {
        call(self.tenant(), calls::Inspect { name: name.to_owned() }).await
    }

    /// Ends the tenure with a token, whoever holds it: for an operator who knows that its holder is dead. Whether it was
    /// held. A holder that lives notices at its next renewal, and trusts its lease until then. Token 0 ends what an
    /// unreadable log may stand for. Two HTTP requests.
    ///
    /// # Errors
    /// [`LockError::Failed`] with [`crate::StorageError::Conflict`] when another tenure holds the lock.
    pub async fn break_lock(&self, name: &str, token: u64) -> Result<bool, LockError> {
        call(self.tenant(), calls::BreakLock { name: name.to_owned(), token }).await
    }
}
