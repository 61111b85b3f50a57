//! Writes under a lease, which OSS itself rejects once the lease is over.
//!
//! A lock can't stop a write in flight. But OSS checks by its own clock when a request arrives that is signed for a
//! span of time, and nobody else can have the lock before the span of a lease's writes has passed.
//!
//! The exception is a lease that is released early: from then on others may have the lock although the span continues.
//! So a release waits for every write that was sent and got no response. It relies on the transport not to send
//! anything again on its own (see [`crate::ports::Transport`]), because nobody would know about such a copy.

use std::cell::Cell;
use std::time::Duration;

use super::error::LockError;
use super::lease::Lease;
use super::local::LocalState;
use super::memory::{Memory, Subject};
use super::rule::Rule;
use crate::error::{Error, ErrorKind};
use crate::oss::{Guard, Window};

/// Allowance for rounding, since OSS states times to the second.
const ROUNDING: Duration = Duration::from_secs(2);

/// The outcome of a write under a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The write took effect, and no other attempt of it is in flight.
    Once,
    /// The write took effect, but an earlier attempt without a response may take effect again until the lease's end.
    PerhapsAgain,
}

impl LocalState {
    /// Refuses to change a set of several keys while another write under the lease may still take effect: a write of a
    /// single key can't be told from a later one, and one of another set may be its index.
    pub(crate) fn is_alone(&self, lease: &Lease, key: &str, keys: usize, now: Duration) -> Result<(), LockError> {
        if keys < 2 || !self.settings.keeps(Rule::SetsAreAlone) || !self.memory.may_write(lease, now) {
            return Ok(());
        }
        let message = "another write under the lease was not answered yet, and might change a part of the set: wait for it, or \
                       release the lease, which waits for what may come of it, and get the lock again";
        Err(Error { retryable: true, ..Error::new(ErrorKind::Conflict, key, message) }.into())
    }

    /// Sends a write under a lease, which OSS performs until the end of the lease's window. `now` is the time of the
    /// monotonic clock.
    pub(crate) async fn write(
        &self,
        lease: &Lease,
        key: &str,
        now: Duration,
        send: impl AsyncFnOnce(Option<Guard<'_>>) -> Result<(), Error>,
    ) -> Result<Written, LockError> {
        let Some(window) = lease.window() else {
            let message = "OSS stated no time with the lease, so it can't be told until when to take a write";
            return Err(Error::new(ErrorKind::Unsupported, key, message).into());
        };
        let lost = |reason: &str| {
            Err(LockError::Lost { name: lease.name.clone(), token: lease.token, reason: reason.to_owned() })
        };
        if self.memory.has_ended(lease) {
            return lost("it was released, or is being released");
        }
        let doubled = Cell::new(false);
        let guard = Guard { window, doubled: Some(&doubled) };
        // The window has begun already, so it ends no later than its length from now.
        let until = now + Duration::from_secs(window.seconds) + ROUNDING;
        let mut write = Write::begin(&self.memory, lease, Subject::Values, until, window.end());
        let result = send(self.settings.keeps(Rule::WritesEnd).then_some(guard)).await;
        let is_closed = result.as_ref().is_err_and(Window::closed);
        write.is_open = doubled.get() || result.as_ref().is_err_and(|error| error.undecided);
        match result {
            Ok(()) => Ok(if doubled.get() { Written::PerhapsAgain } else { Written::Once }),
            Err(_) if is_closed => lost("OSS refused a write because the lease had run out"),
            Err(error) => Err(error.into()),
        }
    }
}

/// A write in flight. A release waits for it unless a response arrives.
pub(super) struct Write<'a> {
    memory: &'a Memory,
    id: u64,
    /// Whether an attempt without a response may still take effect.
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
