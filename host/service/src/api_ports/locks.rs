//! Locks.

use std::time::Duration;

use ossicle::{Lease as LibraryLease, Unlocked};
use ossicle_api::ports::{
    Lease, LockError, LockInfo, LockState, Locks, Released, StorageError, StorageErrorKind, Window,
};

use super::error::{holder, lock_error};
use super::time::of_library;

/// The locks of a tenant.
#[derive(Clone, Debug)]
pub struct BucketLocks(pub(super) ossicle::Locks);

/// A lease.
#[derive(Clone, Debug)]
pub struct HeldLease(pub(super) LibraryLease);

impl Lease for HeldLease {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn owner(&self) -> &str {
        self.0.owner()
    }

    fn fencing_token(&self) -> u64 {
        self.0.token()
    }

    fn is_taken_over(&self) -> bool {
        self.0.is_taken_over()
    }

    fn time_left(&self) -> Duration {
        self.0.time_left()
    }

    fn renew_every(&self) -> Duration {
        self.0.renew_every()
    }

    fn window(&self) -> Option<Window> {
        self.0.window().map(of_library)
    }

    fn to_text(&self) -> String {
        self.0.to_text()
    }
}

impl Locks for BucketLocks {
    type Lease = HeldLease;

    fn read_lease(&self, text: &str) -> Option<HeldLease> {
        LibraryLease::from_text(text).map(HeldLease)
    }

    async fn lock(&self, name: &str, wait: Duration) -> Result<HeldLease, LockError> {
        self.0.lock(name, wait).await.map(HeldLease).map_err(lock_error)
    }

    async fn try_lock(&self, name: &str) -> Result<HeldLease, LockError> {
        self.0.try_lock(name).await.map(HeldLease).map_err(lock_error)
    }

    async fn renew(&self, lease: &HeldLease) -> Result<HeldLease, LockError> {
        // Whatever is asked for, a renewed lease has its whole time.
        self.0.renew(&lease.0, Duration::ZERO).await.map(HeldLease).map_err(lock_error)
    }

    async fn unlock(&self, lease: &HeldLease) -> Result<Released, LockError> {
        let unlocked = self.0.unlock(&lease.0).await.map_err(lock_error)?;
        Ok(match unlocked {
            Unlocked::Released => Released::Released,
            Unlocked::AlreadyGone => Released::AlreadyGone,
            Unlocked::Lost => Released::Lost,
        })
    }

    async fn inspect(&self, name: &str) -> Result<LockInfo, LockError> {
        let info = self.0.inspect(name).await.map_err(lock_error)?;
        let state = match info.state {
            ossicle::LockState::Free { last_token } => LockState::Free(last_token),
            ossicle::LockState::Held(held_by) => LockState::Held(holder(held_by)),
            ossicle::LockState::Expired { last_token } => LockState::Expired(last_token),
            ossicle::LockState::Unreadable { remaining } => LockState::Unreadable(remaining),
            // Of a later version of the library.
            other => {
                let message = format!("the lock is in a state that is not known here: {other:?}");
                return Err(LockError::Failed(StorageError::new(StorageErrorKind::Defect, message)));
            }
        };
        Ok(LockInfo { object: info.object, length: info.length, state })
    }

    async fn break_lock(&self, name: &str, fencing_token: u64) -> Result<bool, LockError> {
        self.0.break_lock(name, fencing_token).await.map_err(lock_error)
    }
}
