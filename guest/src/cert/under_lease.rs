//! Changes of values under the lease of a lock, which OSS itself rejects once the lease is over.

use std::cell::Cell;

use bytes::Bytes;

use super::storage::Storage;
use crate::error::Error;
use crate::lock::{Lease, LockError, Written};
use crate::oss::Guard;
use crate::ports::Ports;

impl<P: Ports> Storage<P> {
    /// Stores a value under a lease: as [`Storage::store`], but OSS rejects it after the lease's end, however late it
    /// arrives and whatever this machine's clock says. 1 request.
    ///
    /// A renewed lease gives writes more time, so use the latest one.
    ///
    /// # Errors
    /// [`LockError::Lost`] if OSS rejected it because the lease had expired, or if nothing was sent because this
    /// instance has begun to release the lease; [`LockError::Failed`] with the errors of [`Storage::store`]. If such an
    /// error is [undecided](Error::undecided), the write may take effect until the lease's end, and
    /// [`Locks::unlock`](crate::lock::Locks::unlock) waits for that.
    pub async fn store_under(&self, lease: &Lease, key: &str, value: Bytes) -> Result<Written, LockError> {
        self.write(lease, key, async |guard| self.store_in(key, value, guard).await).await
    }

    /// Stores a value under a key that has none, under a lease: as [`Storage::create`], but OSS rejects it after the
    /// lease's end. Requests as for [`Storage::create`].
    ///
    /// # Errors
    /// As [`Storage::store_under`], and as [`Storage::create`] when the key has a value.
    pub async fn create_under(&self, lease: &Lease, key: &str, value: Bytes) -> Result<Written, LockError> {
        self.write(lease, key, async |guard| self.create_in(key, value, guard).await).await
    }

    /// Removes a file or directory under a lease: as [`Storage::delete`], but OSS rejects it after the lease's end.
    /// Requests as for [`Storage::delete`].
    ///
    /// # Errors
    /// As [`Storage::store_under`].
    pub async fn delete_under(&self, lease: &Lease, key: &str) -> Result<Written, LockError> {
        self.write(lease, key, async |guard| self.delete_in(key, guard).await).await
    }

    /// Stores values of several keys as one: a caller that [loads them together](Storage::load_together) gets all of
    /// them or all earlier ones, whatever crashes and whenever. Loading a single key returns its old or new value, as
    /// always. The keys must be in one directory, there may be at most [`MAX_TOGETHER`](super::MAX_TOGETHER), and the
    /// values together may not be larger than [`MAX_VALUE`](super::MAX_VALUE). 4 requests for each key and 2 more, in
    /// five successive steps; for a single key as [`Storage::store_under`].
    ///
    /// # Errors
    /// As [`Storage::store_under`]; [`ErrorKind::Conflict`](crate::error::ErrorKind::Conflict), and then nothing is
    /// sent, while another write under the same lease may still take effect. If the message says that the set is
    /// stored, it is, although single keys may not have their values yet; calling this again completes that.
    pub async fn store_together(&self, lease: &Lease, values: Vec<(String, Bytes)>) -> Result<Written, LockError> {
        let first = values.first().map(|(key, _)| key.clone()).unwrap_or_default();
        let done = Cell::new(false);
        self.locks.is_alone(lease, &first, values.len(), self.client.ports.monotonic())?;
        let send = async |guard: Option<Guard<'_>>| self.store_together_in(values, guard, &done).await;
        let written = self.write(lease, &first, send).await;
        written.map_err(|error| unfinished(error, done.get(), "the set is stored, but something is left to do"))
    }

    /// Removes the values of several keys as one: a caller that loads them together gets all or none. 2 requests for
    /// each key and 3 more; for a single key as [`Storage::delete_under`].
    ///
    /// # Errors
    /// As [`Storage::store_together`]. If the message says that the set is removed, it is, although single keys may
    /// still have their values; calling this again completes that.
    pub async fn delete_together(&self, lease: &Lease, keys: &[&str]) -> Result<Written, LockError> {
        let first = keys.first().copied().unwrap_or_default();
        let done = Cell::new(false);
        self.locks.is_alone(lease, first, keys.len(), self.client.ports.monotonic())?;
        let send = async |guard: Option<Guard<'_>>| self.delete_together_in(keys, guard, &done).await;
        let written = self.write(lease, first, send).await;
        written.map_err(|error| unfinished(error, done.get(), "the set is removed, but something is left to do"))
    }

    async fn write(
        &self,
        lease: &Lease,
        key: &str,
        send: impl AsyncFnOnce(Option<Guard<'_>>) -> Result<(), Error>,
    ) -> Result<Written, LockError> {
        self.locks.write(lease, key, self.client.ports.monotonic(), send).await
    }
}

/// The error of a call that failed after its essential step.
fn unfinished(error: LockError, is_done: bool, what: &str) -> LockError {
    match error {
        LockError::Lost { name, token, reason } if is_done => {
            LockError::Lost { name, token, reason: format!("{what}: {reason}") }
        }
        LockError::Failed(error) if is_done => Error { message: format!("{what}: {}", error.message), ..error }.into(),
        error => error,
    }
}
