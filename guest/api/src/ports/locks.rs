//! Locks.

use std::time::Duration;

use super::StorageError;

/// The span, by OSS's own clock and in seconds since 1970, in which OSS takes a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its begin.
    pub since: u64,
    /// Its end.
    pub until: u64,
}

/// A lease. A plain value, and all there is of it: any process can renew it, write under it or release it.
pub trait Lease {
    /// The lock's name.
    fn name(&self) -> &str;

    /// Who holds it: 24 hexadecimal digits.
    fn owner(&self) -> &str;

    /// The fencing token. It grows strictly with every tenure of a name.
    fn fencing_token(&self) -> u64;

    /// Whether the tenure before had run out, so that its holder may have left things half done.
    fn is_taken_over(&self) -> bool;

    /// How long its holder may trust it from now on. 0 for a lease that was read from a text.
    fn time_left(&self) -> Duration;

    /// How often to renew it.
    fn renew_every(&self) -> Duration;

    /// When OSS takes what is written under it; `None` where OSS stated no time with the lease.
    fn window(&self) -> Option<Window>;

    /// All of it as one word of `A-Z`, `a-z`, `0-9`, `-` and `_`.
    fn to_text(&self) -> String;
}

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The holder.
    pub owner: String,
    /// The fencing token of its tenure.
    pub fencing_token: u64,
    /// After how long the lock can be taken over unless the holder renews it.
    pub remaining: Duration,
}

/// A lock's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockState {
    /// Nobody holds it. The token of the tenure before; 0 where there was none.
    Free(u64),
    /// It is held.
    Held(Holder),
    /// Its holder let it run out. The token of that tenure.
    Expired(u64),
    /// The end of its log is no record: break it with token 0, or wait for so long.
    Unreadable(Duration),
}

/// What a look at a lock shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockInfo {
    /// The name of its object in the bucket.
    pub object: String,
    /// How long its log is, in bytes; 0 where there is none.
    pub length: u64,
    /// Its state.
    pub state: LockState,
}

/// What became of a lease that was to be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// It was held, and this released it.
    Released,
    /// It had been released before.
    AlreadyGone,
    /// Others have had the lock since, or an operator broke it.
    Lost,
}

/// Why a call on a lock failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Somebody else holds the lock, and the wait is over. Who, where that was looked at.
    #[error("the lock is held by another holder")]
    Held(Option<Holder>),
    /// The lease is no more. What it protected may be in other hands.
    #[error("the lease is lost: {reason}")]
    Lost {
        /// How that showed.
        reason: String,
    },
    /// It could not be found out, or OSS refused.
    #[error(transparent)]
    Failed(#[from] StorageError),
}

/// The locks of a tenant. Any string is a name.
pub trait Locks {
    /// A lease of these locks.
    type Lease: Lease;

    /// Reads a lease of a text that [`Lease::to_text`] made, in this process or another one; `None` where it is no such text.
    /// Sends nothing.
    fn read_lease(&self, text: &str) -> Option<Self::Lease>;

    /// Gets a lock, waiting for its holder for at most so long. 2 requests for a free lock. Dropped, it leaves nothing behind.
    ///
    /// # Errors
    /// [`LockError::Held`] when the wait is over.
    fn lock(&self, name: &str, wait: Duration) -> impl Future<Output = Result<Self::Lease, LockError>>;

    /// Gets a lock if it can be had now.
    ///
    /// # Errors
    /// [`LockError::Held`] when it can't.
    fn try_lock(&self, name: &str) -> impl Future<Output = Result<Self::Lease, LockError>>;

    /// Renews a lease for its whole time from now on. 1 request.
    ///
    /// # Errors
    /// [`LockError::Lost`] when the tenure has ended.
    fn renew(&self, lease: &Self::Lease) -> impl Future<Output = Result<Self::Lease, LockError>>;

    /// Releases a lease. 1 request.
    ///
    /// # Errors
    /// [`LockError::Failed`] when it could not be found out whether it was released; the lease then runs out.
    fn unlock(&self, lease: &Self::Lease) -> impl Future<Output = Result<Released, LockError>>;

    /// Looks at a lock and changes nothing. 1 request.
    ///
    /// # Errors
    /// [`LockError::Failed`] when the lock's object is none that can be used.
    fn inspect(&self, name: &str) -> impl Future<Output = Result<LockInfo, LockError>>;

    /// Ends the tenure with a token, whoever holds it, and tells whether it was held. 2 requests.
    ///
    /// # Errors
    /// [`Conflict`](super::StorageErrorKind::Conflict) when another tenure holds the lock.
    fn break_lock(&self, name: &str, fencing_token: u64) -> impl Future<Output = Result<bool, LockError>>;
}
