//! Locks.

use super::error::{holder, lock_error};
use ossicle_api::ports::{Lease, LockError, LockInfo, LockState, Locks, Released, Window};
use ossicle_face_http::clocks;
use ossicle_face_storage::bindings::ossicle::storage::lock::{
    self as storage, InterlockMark, LeaseMark, LockState as StorageState, Unlocked,
};
use ossicle_face_storage::bindings::ossicle::storage::types::Window as StorageWindow;
use ossicle_lease::LeaseRecord;
use std::rc::Rc;
use std::time::Duration;

/// The locks of the bucket.
#[derive(Clone)]
pub struct BucketLocks(pub(super) Rc<storage::Locks>);

/// A lease.
#[derive(Clone, Debug)]
pub struct HeldLease(pub(super) storage::Lease);

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl Lease for HeldLease {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn owner(&self) -> &str {
        &self.0.owner
    }

    fn fencing_token(&self) -> u64 {
        self.0.token
    }

    fn is_taken_over(&self) -> bool {
        self.0.taken_over
    }

    fn time_left(&self) -> Duration {
        // What is in one instance has one clock.
        Duration::from_nanos(self.0.deadline).saturating_sub(clocks::monotonic())
    }

    fn renew_every(&self) -> Duration {
        Duration::from_millis(self.0.renew_every)
    }

    fn window(&self) -> Option<Window> {
        self.0.window.map(|window| Window { since: window.since, until: window.until })
    }

    fn to_text(&self) -> String {
        let storage::Lease { name, owner, token, taken_over, renew_every, window, mark, .. } = self.0.clone();
        let LeaseMark { ttl, acquired, nonce, length, crc64, previous, since, interlock } = mark;
        let interlock = interlock.map(|InterlockMark { length, crc64, since }| ossicle_lease::InterlockMark {
            length,
            crc64,
            since,
        });
        let mark = ossicle_lease::LeaseMark { ttl, acquired, nonce, length, crc64, previous, since, interlock };
        let window = window.map(|window| ossicle_lease::Window { since: window.since, until: window.until });
        LeaseRecord { name, owner, token, is_taken_over: taken_over, renew_every, window, mark }.to_text()
    }
}

fn read(record: LeaseRecord) -> HeldLease {
    let LeaseRecord { name, owner, token, is_taken_over, renew_every, window, mark } = record;
    let ossicle_lease::LeaseMark { ttl, acquired, nonce, length, crc64, previous, since, interlock } = mark;
    let interlock =
        interlock.map(|ossicle_lease::InterlockMark { length, crc64, since }| InterlockMark { length, crc64, since });
    HeldLease(storage::Lease {
        name,
        owner,
        token,
        taken_over: is_taken_over,
        // Every process has a clock of its own.
        time_left: 0,
        deadline: 0,
        renew_every,
        window: window.map(|window| StorageWindow { since: window.since, until: window.until }),
        mark: LeaseMark { ttl, acquired, nonce, length, crc64, previous, since, interlock },
    })
}

impl Locks for BucketLocks {
    type Lease = HeldLease;

    fn read_lease(&self, text: &str) -> Option<HeldLease> {
        LeaseRecord::from_text(text).map(read)
    }

    async fn lock(&self, name: &str, wait: Duration) -> Result<HeldLease, LockError> {
        self.0.lock(name.to_owned(), milliseconds(wait)).await.map(HeldLease).map_err(lock_error)
    }

    async fn try_lock(&self, name: &str) -> Result<HeldLease, LockError> {
        self.0.try_lock(name.to_owned()).await.map(HeldLease).map_err(lock_error)
    }

    async fn renew(&self, lease: &HeldLease) -> Result<HeldLease, LockError> {
        // Whatever is asked for, a renewed lease has its whole time.
        self.0.renew(lease.0.clone(), 0).await.map(HeldLease).map_err(lock_error)
    }

    async fn unlock(&self, lease: &HeldLease) -> Result<Released, LockError> {
        Ok(match self.0.unlock(lease.0.clone()).await.map_err(lock_error)? {
            Unlocked::Released => Released::Released,
            Unlocked::AlreadyGone => Released::AlreadyGone,
            Unlocked::Lost => Released::Lost,
        })
    }

    async fn inspect(&self, name: &str) -> Result<LockInfo, LockError> {
        let info = self.0.inspect(name.to_owned()).await.map_err(lock_error)?;
        let state = match info.state {
            StorageState::Free(last_token) => LockState::Free(last_token),
            StorageState::Held(held_by) => LockState::Held(holder(held_by)),
            StorageState::Expired(last_token) => LockState::Expired(last_token),
            StorageState::Unreadable(remaining) => LockState::Unreadable(Duration::from_millis(remaining)),
        };
        Ok(LockInfo { object: info.object, length: info.length, state })
    }

    async fn break_lock(&self, name: &str, fencing_token: u64) -> Result<bool, LockError> {
        self.0.break_lock(name.to_owned(), fencing_token).await.map_err(lock_error)
    }
}
