//! Why a lock could not be had or kept.

use std::fmt;
use std::time::Duration;

use super::record::Owner;
use crate::error::Error;

/// Who holds a lock, as its log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The holder.
    pub owner: Owner,
    /// The fencing token of its tenure.
    pub token: u64,
    /// After how long the lock can be taken over unless the holder renews it.
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
    /// The lease is no more: its tenure ended, or OSS refused a write because the lease had run out. What it protected may
    /// be in other hands.
    #[error("the lease of the lock {name:?} with token {token} is lost: {reason}")]
    Lost {
        /// The lock's name.
        name: String,
        /// The lease's token.
        token: u64,
        /// How that shows.
        reason: String,
    },
    /// It could not be found out, or OSS refused. Says nothing of who holds the lock.
    #[error("{0}")]
    Failed(#[from] Error),
}
