//! Why a lock could not be had or kept.

use super::lease::Holder;
use crate::error::Error;
use crate::wit::lock as wit;

/// Why a call on a lock failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Somebody else holds the lock, and the wait is over.
    #[error("the lock {name:?} is held{}", held_by(.holder.as_ref()))]
    Held {
        /// The lock's name.
        name: String,
        /// Who holds it; none where that was not looked at, because others of this process wait for it as well.
        holder: Option<Holder>,
    },
    /// The lease is no more, or can't be trusted any more. What it protected may be in other hands.
    #[error("the lease of the lock {name:?} with token {token} is lost: {reason}")]
    Lost {
        /// The lock's name.
        name: String,
        /// The lease's token.
        token: u64,
        /// How that showed.
        reason: String,
    },
    /// No lock of this name was got here, so it can't be renewed or released.
    #[error("the lock {name:?} was not got here")]
    NotHeld {
        /// The lock's name.
        name: String,
    },
    /// It could not be found out, or OSS refused. Says nothing of who holds the lock.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl LockError {
    /// Whether somebody else holds the lock.
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Held { .. })
    }

    /// Whether the lease is lost.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }

    /// Whether the same call may succeed later without anything else being changed.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Held { .. } => true,
            Self::Lost { .. } | Self::NotHeld { .. } => false,
            Self::Failed(error) => error.is_retryable(),
        }
    }
}

fn held_by(holder: Option<&Holder>) -> String {
    holder.map_or_else(String::new, |Holder { owner, token, remaining }| {
        format!(" by {} with token {token}, for {} s unless it renews", owner.escape_debug(), remaining.as_secs())
    })
}

/// A refusal that is no failure of the call's.
#[derive(Debug)]
pub(crate) enum Refusal {
    Held(wit::Holder),
    Lost(wit::LostLease),
}

impl From<Refusal> for LockError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            // Token 0 is nobody's: it stands for one of whom nothing is known.
            Refusal::Held(holder) => {
                let name = holder.name.clone();
                Self::Held { name, holder: (holder.token > 0).then(|| holder.into()) }
            }
            Refusal::Lost(lease) => Self::Lost { name: lease.name, token: lease.token, reason: lease.reason },
        }
    }
}
