//! The locks of a tenant.

use super::acquire::{acquire, at_once};
use super::error::LockError;
use super::guard::LockGuard;
use super::lease::{Lease, LockInfo, Unlocked};
use super::locker::Locker;
use super::operations::{self, call};
use crate::tenant::Tenant;
use std::time::Duration;

/// The locks of a tenant, kept in its bucket.
///
/// A lock is a name: any string. At no moment do two holders trust a lease of one name, whatever crashes, stalls or is lost
/// on its way, as long as nobody deletes the lock's object, OSS's own clocks agree to 3 s, and the holder's clock runs at the
/// right rate to within 7 %. [`Locks::hold`] is what most want; the calls on a [`Lease`] are there for those who keep
/// it themselves.
///
/// What a lock protects is written so that OSS itself refuses it once the lease is over: certificates by
/// [`LockGuard::store`] or [`Certificates::store_under`](crate::Certificates::store_under), blobs with the
/// [`window`](Lease::window) of the lease. Blobs and locks share the bucket, and a path can name the folder `locks`: a folder
/// that none can, `~locks`, keeps them apart ([`LockOptions::folder`](crate::LockOptions::folder)).
///
/// Got by [`Tenant::locks`]. A clone is the same locks. A tenant that was opened by [`Parameters`](crate::Parameters) has them
/// below the `rootdirectory`, as far as that is one that a [`Config`](crate::Config) can have; otherwise calls on them fail as
/// an invalid config.
#[derive(Debug, Clone)]
pub struct Locks {
    tenant: Tenant,
}

impl Tenant {
    /// Its locks.
    pub fn locks(&self) -> Locks {
        Locks { tenant: self.clone() }
    }
}

impl Locks {
    /// Gets a lock and holds it until the guard is released or dropped. Waits for at most so long; others of this tenant
    /// that want the same lock stand in line, and only the first of them asks OSS.
    ///
    /// Two HTTP requests for a free lock, one when it was released here last. Dropped, the call leaves nothing behind.
    ///
    /// # Errors
    /// [`LockError::Held`] when the wait is over.
    pub fn hold(
        &self,
        name: &str,
        wait: Duration,
    ) -> impl Future<Output = Result<LockGuard, LockError>> + Send + use<> {
        acquire(self.tenant.clone(), name.to_owned(), Some(wait))
    }

    /// Gets a lock and holds it, if it can be had now. Where others of this tenant hold it or wait for it, nothing is sent.
    ///
    /// # Errors
    /// [`LockError::Held`] when it can't.
    pub fn try_hold(&self, name: &str) -> impl Future<Output = Result<LockGuard, LockError>> + Send + use<> {
        at_once(self.tenant.clone(), name.to_owned())
    }

    /// Locks by name alone, in the shape of certmagic's `Locker`.
    pub fn locker(&self) -> Locker {
        Locker::new(self.tenant.clone())
    }

    /// Gets a lease that nobody renews: the caller's to keep. Otherwise as [`Locks::hold`].
    ///
    /// # Errors
    /// As [`Locks::hold`].
    pub fn lock(&self, name: &str, wait: Duration) -> impl Future<Output = Result<Lease, LockError>> + Send + use<> {
        let waiting = acquire(self.tenant.clone(), name.to_owned(), Some(wait));
        async move { Ok(waiting.await?.into_lease()) }
    }

    /// Gets a lease that nobody renews, if it can be had now. Otherwise as [`Locks::try_hold`].
    ///
    /// # Errors
    /// As [`Locks::try_hold`].
    pub fn try_lock(&self, name: &str) -> impl Future<Output = Result<Lease, LockError>> + Send + use<> {
        let asking = at_once(self.tenant.clone(), name.to_owned());
        async move { Ok(asking.await?.into_lease()) }
    }

    /// Renews a lease for its whole time from now on; never shortens it. To need it for longer than it lasts is to renew it
    /// again. May be tried on a lease that has run out: success means that nobody came between. One HTTP request.
    ///
    /// # Errors
    /// [`LockError::Lost`] when the tenure has ended; [`LockError::Failed`] when that could not be found out: try again.
    pub fn renew(
        &self,
        lease: &Lease,
        at_least: Duration,
    ) -> impl Future<Output = Result<Lease, LockError>> + Send + use<> {
        call(&self.tenant, operations::Renew { lease: lease.clone(), at_least })
    }

    /// Releases a lease. One HTTP request. Waits first for writes under it to which no answer came, until OSS takes them no
    /// more. Only those of [`Certificates`](crate::Certificates) in the same instance are known: after such a write to blobs, or
    /// by another instance, let the lease run out instead, or use a [`LockGuard`], which knows. Make no write under a lease that
    /// is being, or was, released: the instance refuses it.
    ///
    /// # Errors
    /// [`LockError::Failed`] when it could not be found out whether it was released; the lease then runs out.
    pub fn unlock(&self, lease: &Lease) -> impl Future<Output = Result<Unlocked, LockError>> + Send + use<> {
        call(&self.tenant, operations::Unlock { lease: lease.clone() })
    }

    /// Returns when nobody of this tenant is getting or waiting for a lock any more, or holds it: after a call for it was
    /// dropped, when that has left nothing behind.
    pub fn tidied(&self, name: &str) -> impl Future<Output = ()> + Send + use<> {
        let first = self.tenant.lock_queues().first(name);
        async move { drop(first.await) }
    }

    /// Looks at a lock and changes nothing. One HTTP request.
    ///
    /// # Errors
    /// [`LockError::Failed`] when the lock's object is none that can be used, with what can be done about it.
    pub fn inspect(&self, name: &str) -> impl Future<Output = Result<LockInfo, LockError>> + Send + use<> {
        call(&self.tenant, operations::Inspect { name: name.to_owned() })
    }

    /// Ends the tenure with a token, whoever holds it: for an operator who knows that its holder is dead. Whether it was
    /// held. A holder that lives notices at its next renewal, and trusts its lease until then. Token 0 ends what an
    /// unreadable log may stand for. Two HTTP requests.
    ///
    /// # Errors
    /// [`LockError::Failed`] with [`crate::StorageError::Conflict`] when another tenure holds the lock.
    pub fn break_lock(&self, name: &str, token: u64) -> impl Future<Output = Result<bool, LockError>> + Send + use<> {
        call(&self.tenant, operations::BreakLock { name: name.to_owned(), token })
    }
}
