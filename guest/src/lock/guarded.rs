//! Writes under a lease: OSS itself refuses them once the lease is over.
//!
//! A lock can't stop a write that is on its way. But OSS checks by its own clock when a request arrives that is signed for
//! a span of time, and nobody else can have the lock before the span of a lease's writes has passed.
//!
//! A lease that is released early is the exception: from then on others may have the lock although the span goes on. So a
//! release waits for every write that was sent and not answered. It relies on the transport to repeat nothing by itself
//! (see [`crate::ports::Transport`]): of a copy that nobody here sent, nobody here knows.

use std::cell::Cell;
use std::time::Duration;

use bytes::Bytes;

use super::error::LockError;
use super::lease::Lease;
use super::memory::{Memory, Subject};
use super::rule::Rule;
use crate::cert::Storage;
use crate::error::{Error, ErrorKind};
use crate::oss::{Guard, Window};
use crate::ports::Ports;

/// OSS states times to the second.
const ROUNDING: Duration = Duration::from_secs(2);

/// What became of a write under a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It took effect, and no copy of it is on its way.
    Once,
    /// It took effect, but an earlier copy, to which no answer came, may take effect again until the lease's end.
    PerhapsAgain,
}

impl<P: Ports> Storage<P> {
    /// Stores a value under a lease: as [`Storage::store`], but OSS refuses it after the lease's end, however late it comes
    /// and whatever this side's clock says. 1 request.
    ///
    /// A renewed lease gives its writes more time; use the newest.
    ///
    /// # Errors
    /// [`LockError::Lost`] when OSS refused it because the lease had run out, or nothing was sent because this instance has
    /// begun to release it; [`LockError::Failed`] with what [`Storage::store`] fails with. If that is
    /// [undecided](Error::undecided) it may take effect until the lease's end, and [`super::Locks::unlock`] waits for that.
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
    /// in one directory, at most [`MAX_TOGETHER`](crate::cert::MAX_TOGETHER), and their values together no larger than
    /// [`MAX_VALUE`](crate::cert::MAX_VALUE). 4 requests for each key and 2 more, one after the other those of five steps;
    /// of a single key as [`Storage::store_under`].
    ///
    /// # Errors
    /// As [`Storage::store_under`]; [`ErrorKind::Conflict`], and nothing is sent, while another write under the same lease may
    /// take effect yet. Where the message says that the set is stored, it is; calling it again does what is left
    /// to do: single keys may not have their values yet.
    pub async fn store_together(&self, lease: &Lease, values: Vec<(String, Bytes)>) -> Result<Written, LockError> {
        let first = values.first().map(|(key, _)| key.clone()).unwrap_or_default();
        let done = Cell::new(false);
        self.is_alone(lease, &first, values.len())?;
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
        self.is_alone(lease, first, keys.len())?;
        let send = async |guard: Option<Guard<'_>>| self.delete_together_in(keys, guard, &done).await;
        let written = self.write(lease, first, send).await;
        written.map_err(|error| unfinished(error, done.get(), "the set is removed, but something is left to do"))
    }

    /// Refuses to change a set while another write under the lease may take effect: that of a single key can't be told from a
    /// later one, and that of another set may be its index.
    fn is_alone(&self, lease: &Lease, key: &str, keys: usize) -> Result<(), LockError> {
        let is_watched = self.locks.settings.keeps(Rule::SetsAreAlone);
        if keys < 2 || !is_watched || !self.locks.memory.may_write(lease, self.client.ports.monotonic()) {
            return Ok(());
        }
        let message = "another write under the lease was not answered yet, and might change a part of the set: wait for it, or \
                       release the lease, which waits for what may come of it, and get the lock again";
        Err(Error { retryable: true, ..Error::new(ErrorKind::Conflict, key, message) }.into())
    }

    async fn write(
        &self,
        lease: &Lease,
        key: &str,
        send: impl AsyncFnOnce(Option<Guard<'_>>) -> Result<(), Error>,
    ) -> Result<Written, LockError> {
        let Some(window) = lease.window() else {
            let message = "OSS stated no time with the lease, so it can't be told until when to take a write";
            return Err(Error::new(ErrorKind::Unsupported, key, message).into());
        };
        let lost = |reason: &str| {
            Err(LockError::Lost { name: lease.name.clone(), token: lease.token, reason: reason.to_owned() })
        };
        if self.locks.memory.has_ended(lease) {
            return lost("it was released, or is being released");
        }
        let doubled = Cell::new(false);
        let guard = Guard { window, doubled: Some(&doubled) };
        // The window has begun, so from now on it can't last longer than it is long.
        let until = self.client.ports.monotonic() + Duration::from_secs(window.seconds) + ROUNDING;
        let mut write = Write::begin(&self.locks.memory, lease, Subject::Values, until, window.end());
        let result = send(self.locks.settings.keeps(Rule::WritesEnd).then_some(guard)).await;
        let is_closed = result.as_ref().is_err_and(Window::closed);
        write.is_open = doubled.get() || result.as_ref().is_err_and(|error| error.undecided);
        match result {
            Ok(()) => Ok(if doubled.get() { Written::PerhapsAgain } else { Written::Once }),
            Err(_) if is_closed => lost("OSS refused a write because the lease had run out"),
            Err(error) => Err(error.into()),
        }
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

/// A write on its way. Unless it is answered, a release waits for it.
pub(super) struct Write<'a> {
    memory: &'a Memory,
    id: u64,
    /// Whether a copy may be taken yet without an answer.
    pub is_open: bool,
}

impl<'a> Write<'a> {
    pub(super) fn begin(memory: &'a Memory, lease: &Lease, subject: Subject, until: Duration, ends: u64) -> Self {
        Self { memory, id: memory.write_begins(lease, subject, until, ends), is_open: true }
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        if !self.is_open {
            self.memory.write_ends(self.id);
        }
    }
}
