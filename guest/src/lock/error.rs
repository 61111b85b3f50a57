//! Errors of calls on locks.

use std::fmt;
use std::time::Duration;

use super::record::Owner;
use crate::error::Error;

/// The holder of a lock, according to its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The holder.
    pub owner: Owner,
    /// The fencing token of its tenure.
    pub token: u64,
    /// The time until the lock can be taken over unless the holder renews it.
    pub remaining: Duration,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with token {}, for {} s unless it renews", self.owner, self.token, self.remaining.as_secs())
    }
}

/// Why a call on a lock failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Somebody else holds the lock, and the wait is over.
    #[error("the lock {name:?} is held by {holder}")]
    Held {
        /// The lock's name.
        name: String,
        /// Who holds it.
        holder: Holder,
    },
    /// The lease is lost: its tenure ended, or OSS rejected a write because the lease had expired. Another holder may
    /// use what the lock protects.
    #[error("the lease of the lock {name:?} with token {token} is lost: {reason}")]
    Lost {
        /// The lock's name.
        name: String,
        /// The lease's token.
        token: u64,
        /// What shows that.
        reason: String,
    },
    /// The state of the lock could not be determined, or OSS rejected a request. Says nothing about who holds the lock.
    #[error("{0}")]
    Failed(#[from] Error),
}
