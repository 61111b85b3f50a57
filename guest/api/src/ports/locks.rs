//! The interface to a tenant's locks.

use std::time::Duration;

use super::StorageError;

/// The time span in which OSS accepts a change, by OSS's own clock and in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The start of the span.
    pub since: u64,
    /// The end of the span.
    pub until: u64,
}

/// A lease. It is a plain value that contains everything about the lease: any process can renew it, write under it or
/// release it.
pub trait Lease {
    /// The lock's name.
    fn name(&self) -> &str;

    /// The id of the holder: 24 hexadecimal digits.
    fn owner(&self) -> &str;

    /// The fencing token, which grows with every tenure of a name.
    fn fencing_token(&self) -> u64;

    /// Whether the previous tenure expired, so that its holder may have left work unfinished.
    fn is_taken_over(&self) -> bool;

    /// How long from now on its holder may rely on the lease. 0 for a lease that was parsed from text.
    fn time_left(&self) -> Duration;

    /// The interval at which to renew the lease.
    fn renew_every(&self) -> Duration;

    /// When OSS accepts changes under the lease; `None` if OSS stated no time with it.
    fn window(&self) -> Option<Window>;

    /// The lease as text of the characters `A-Z`, `a-z`, `0-9`, `-` and `_`.
    fn to_text(&self) -> String;
}

/// The holder of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The id of the holder.
    pub owner: String,
    /// The fencing token of the holder's tenure.
    pub fencing_token: u64,
    /// The time after which the lock can be taken over unless the holder renews it.
    pub remaining: Duration,
}

/// The state of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockState {
    /// Nobody holds the lock. The token of the previous tenure; 0 if there was none.
    Free(u64),
    /// The lock is held.
    Held(Holder),
    /// The last tenure expired. The token of that tenure.
    Expired(u64),
    /// The end of the lock's log is not a record. Break the lock with token 0, or wait for this long.
    Unreadable(Duration),
}

/// The result of inspecting a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockInfo {
    /// The name of the lock's object in the bucket.
    pub object: String,
    /// The length of the lock's log in bytes; 0 if there is none.
    pub length: u64,
    /// The state of the lock.
    pub state: LockState,
}

/// The result of releasing a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// The lease was held, and is now released.
    Released,
    /// The lease had been released before.
    AlreadyGone,
    /// The lock was acquired by another holder since, or was broken by an operator.
    Lost,
}

/// Why a call on a lock failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Another holder has the lock, and the wait is over. The holder, if it is known.
    #[error("the lock is held by another holder")]
    Held(Option<Holder>),
    /// The lease is lost. Another holder may already change what it protected.
    #[error("the lease is lost: {reason}")]
    Lost {
        /// How the loss was noticed.
        reason: String,
    },
    /// A request failed or was rejected, or its result is unknown.
    #[error(transparent)]
    Failed(#[from] StorageError),
}

/// The locks of a tenant. Any string is a valid name.
pub trait Locks {
    /// A lease of these locks.
    type Lease: Lease;

    /// Parses a lease from text that [`Lease::to_text`] made, in this process or another one; `None` if the text is not
    /// a lease. No request.
    fn read_lease(&self, text: &str) -> Option<Self::Lease>;

    /// Acquires a lock, and waits at most this long for its holder. 2 requests for a free lock. If the future is
    /// dropped, the lock is not left held.
    ///
    /// # Errors
    /// [`LockError::Held`] if the lock is still held after the wait.
    fn lock(&self, name: &str, wait: Duration) -> impl Future<Output = Result<Self::Lease, LockError>>;

    /// Acquires a lock without waiting.
    ///
    /// # Errors
    /// [`LockError::Held`] if the lock is held.
    fn try_lock(&self, name: &str) -> impl Future<Output = Result<Self::Lease, LockError>>;

    /// Renews a lease for its full time from now on. 1 request.
    ///
    /// # Errors
    /// [`LockError::Lost`] if the tenure has ended.
    fn renew(&self, lease: &Self::Lease) -> impl Future<Output = Result<Self::Lease, LockError>>;

    /// Releases a lease. 1 request.
    ///
    /// # Errors
    /// [`LockError::Failed`] if it is unknown whether the lease was released; if not, it expires.
    fn unlock(&self, lease: &Self::Lease) -> impl Future<Output = Result<Released, LockError>>;

    /// Inspects a lock without changing it. 1 request.
    ///
    /// # Errors
    /// [`LockError::Failed`] if the object under the lock's name can't be used as a lock.
    fn inspect(&self, name: &str) -> impl Future<Output = Result<LockInfo, LockError>>;

    /// Ends the tenure with this token, whoever holds it, and returns whether it was held. 2 requests.
    ///
    /// # Errors
    /// [`Conflict`](super::StorageErrorKind::Conflict) if the current tenure has another token.
    fn break_lock(&self, name: &str, fencing_token: u64) -> impl Future<Output = Result<bool, LockError>>;
}
