//! Changes of values under the lease of a lock, which OSS itself refuses once the lease is over.

use std::cell::Cell;

use bytes::Bytes;

use super::storage::Storage;
use crate::error::Error;
use crate::lock::{Lease, LockError, Written};
use crate::oss::Guard;
use crate::ports::Ports;

impl<P: Ports> Storage<P> {
    /// Stores a value under a lease: as [`Storage::store`], but OSS refuses it after the lease's end, however late it comes
    /// and whatever this side's clock says. 1 request.
    ///
    /// A renewed lease gives its writes more time; use the newest.
    ///
    /// # Errors
    /// [`LockError::Lost`] when OSS refused it because the lease had run out, or nothing was sent because this instance has
    /// begun to release it; [`LockError::Failed`] with what [`Storage::store`] fails with. If that is
    /// [undecided](Error::undecided) it may take effect until the lease's end, and
    /// [`Locks::unlock`](crate::lock::Locks::unlock) waits for that.
    pub async fn store_under(&self, lease: &Lease, key: &str, value: Bytes) -> Result<Written, LockError> {
        self.write(lease, key, async |guard| self.store_in(key, value, guard).await).await
    }

    /// Stores a value under a key that has none, under a lease: as [`Storage::create`], but OSS refuses it after the lease's
    /// end. Requests as [`Storage::create`].
    ///
    /// # Errors
    /// As [`Storage::store_under`], and as [`Storage::create`] when the key has a value.
    pub async fn create_under(&self, lease: &Lease, key: &str, value: Bytes) -> Result<Written, LockError> {
        self.write(lease, key, async |guard| self.create_in(key, value, guard).await).await
    }

    /// Removes a file or directory under a lease: as [`Storage::delete`], but OSS refuses it after the lease's end.
    /// Requests as [`Storage::delete`].
    ///
    /// # Errors
    /// As [`Storage::store_under`].
    pub async fn delete_under(&self, lease: &Lease, key: &str) -> Result<Written, LockError> {
        self.write(lease, key, async |guard| self.delete_in(key, guard).await).await
    }

    /// Stores values of several keys as one: who [loads them together](Storage::load_together) finds all of them or all as
    /// they were before, whatever crashes and whenever. Who loads a single key finds its value old or new, as ever. Keys are
    /// in one directory, at most [`MAX_TOGETHER`](super::MAX_TOGETHER), and their values together no larger than
    /// [`MAX_VALUE`](super::MAX_VALUE). 4 requests for each key and 2 more, one after the other those of five steps; of a
    /// single key as [`Storage::store_under`].
    ///
    /// # Errors
    /// As [`Storage::store_under`]; [`ErrorKind::Conflict`](crate::error::ErrorKind::Conflict), and nothing is sent, while
    /// another write under the same lease may take effect yet. Where the message says that the set is stored, it is; calling it
    /// again does what is left to do: single keys may not have their values yet.
    pub async fn store_together(&self, lease: &Lease, values: Vec<(String, Bytes)>) -> Result<Written, LockError> {
        let first = values.first().map(|(key, _)| key.clone()).unwrap_or_default();
        let done = Cell::new(false);
        self.locks.is_alone(lease, &first, values.len(), self.client.ports.monotonic())?;
        let send = async |guard: Option<Guard<'_>>| self.store_together_in(values, guard, &done).await;
        let written = self.write(lease, &first, send).await;
        written.map_err(|error| unfinished(error, done.get(), "the set is stored, but something is left to do"))
    }

    /// Removes the values of several keys as one: who loads them together finds all or none. 2 requests for each key and 3
    /// more; of a single key as [`Storage::delete_under`].
    ///
    /// # Errors
    /// As [`Storage::store_together`]. Where the message says that the set is removed, it is; calling it again does what is left
    /// to do: single keys may have their values yet.
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

/// Why the rest of a call failed that had done what counts.
fn unfinished(error: LockError, is_done: bool, what: &str) -> LockError {
    match error {
        LockError::Lost { name, token, reason } if is_done => {
            LockError::Lost { name, token, reason: format!("{what}: {reason}") }
        }
        LockError::Failed(error) if is_done => Error { message: format!("{what}: {}", error.message), ..error }.into(),
        error => error,
    }
}
