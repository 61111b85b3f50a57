//! Leases, holders and locks as callers see them.

use crate::clock;
use crate::window::Window;
use crate::wit::lock as wit;
use std::time::Duration;

/// A lease: what a holder holds. A plain value: whichever instance of the component is there can renew it, write under it or
/// release it.
#[derive(Debug, Clone)]
pub struct Lease {
    record: wit::Lease,
}

/// What became of a lease that was to be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unlocked {
    /// It was held, and this released it.
    Released,
    /// It had been released before, or there is no log any more.
    AlreadyGone,
    /// Others have had the lock since, or an operator broke it: what it protected was not protected to the end. Nobody
    /// else's tenure was touched.
    Lost,
}

/// What became of a write under a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Written {
    /// It took effect, and no copy of it is on its way.
    Once,
    /// It took effect, but an earlier copy, to which no answer came, may take effect again until the lease's end. Until then
    /// write nothing else to the same key.
    PerhapsAgain,
}

/// Who holds a lock, as its log says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// The holder: 24 hexadecimal digits, drawn anew by every instance.
    pub owner: String,
    /// The fencing token of its tenure.
    pub token: u64,
    /// After how long the lock can be taken over unless the holder renews it.
    pub remaining: Duration,
}

/// What a look at a lock shows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockInfo {
    /// The name of its object in the bucket.
    pub object: String,
    /// How long its log is, in bytes; 0 where there is none.
    pub length: u64,
    /// Its state.
    pub state: LockState,
}

/// A lock's state.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockState {
    /// Nobody holds it. The token of the tenure before; 0 where there was none.
    Free {
        /// The token.
        last_token: u64,
    },
    /// It is held.
    Held(Holder),
    /// Its holder let it run out, and nobody took it over yet.
    Expired {
        /// The token of that tenure.
        last_token: u64,
    },
    /// The end of its log is no record: break it with token 0, or wait until it can be taken over.
    Unreadable {
        /// After how long it can be taken over.
        remaining: Duration,
    },
}

impl Lease {
    /// The lock's name.
    pub fn name(&self) -> &str {
        &self.record.name
    }

    /// Who holds it: 24 hexadecimal digits, drawn by the instance that got it.
    pub fn owner(&self) -> &str {
        &self.record.owner
    }

    /// The fencing token. It grows strictly with every tenure of a name, for ever.
    pub fn token(&self) -> u64 {
        self.record.token
    }

    /// Whether the tenure before had run out, so that its holder may have left things half done.
    pub fn is_taken_over(&self) -> bool {
        self.record.taken_over
    }

    /// How long its holder may go on trusting it.
    pub fn time_left(&self) -> Duration {
        self.deadline().saturating_sub(clock::now())
    }

    /// Whether its holder may trust it now.
    pub fn is_held(&self) -> bool {
        !self.time_left().is_zero()
    }

    /// When OSS takes what is written under it: for those calls of [`Blobs`](crate::Blobs) that take a window. None where OSS
    /// stated no time with the lease, and then nothing can be written under it.
    pub fn window(&self) -> Option<Window> {
        self.record.window.map(Into::into)
    }

    /// How often it should be renewed.
    pub fn renew_every(&self) -> Duration {
        Duration::from_millis(self.record.renew_every)
    }

    /// Until when it may be trusted, on the clock that all instances share.
    pub(super) fn deadline(&self) -> Duration {
        Duration::from_nanos(self.record.deadline)
    }

    /// How long it lasts from one renewal to its end.
    pub(super) fn length(&self) -> Duration {
        Duration::from_secs(u64::from(self.record.mark.ttl))
    }

    pub(super) fn to_wit(&self) -> wit::Lease {
        self.record.clone()
    }
}

impl From<wit::Lease> for Lease {
    fn from(record: wit::Lease) -> Self {
        Self { record }
    }
}

impl From<wit::Unlocked> for Unlocked {
    fn from(unlocked: wit::Unlocked) -> Self {
        match unlocked {
            wit::Unlocked::Released => Self::Released,
            wit::Unlocked::AlreadyGone => Self::AlreadyGone,
            wit::Unlocked::Lost => Self::Lost,
        }
    }
}

impl From<wit::Written> for Written {
    fn from(written: wit::Written) -> Self {
        match written {
            wit::Written::Once => Self::Once,
            wit::Written::PerhapsAgain => Self::PerhapsAgain,
        }
    }
}

impl From<wit::Holder> for Holder {
    fn from(holder: wit::Holder) -> Self {
        let remaining = Duration::from_millis(holder.remaining);
        Self { owner: holder.owner, token: holder.token, remaining }
    }
}

impl From<wit::LockInfo> for LockInfo {
    fn from(info: wit::LockInfo) -> Self {
        let state = match info.state {
            wit::LockState::Free(last_token) => LockState::Free { last_token },
            wit::LockState::Held(holder) => LockState::Held(holder.into()),
            wit::LockState::Expired(last_token) => LockState::Expired { last_token },
            wit::LockState::Unreadable(left) => LockState::Unreadable { remaining: Duration::from_millis(left) },
        };
        Self { object: info.object, length: info.length, state }
    }
}
