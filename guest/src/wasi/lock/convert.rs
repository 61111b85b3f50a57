//! Converts the types of locks from and to those of the WIT package.

use std::time::Duration;

use super::super::Wasi;
use super::super::bindings::exports::ossicle::storage::lock as wit;
use super::super::bindings::exports::ossicle::storage::types::Window;
use crate::error::{Error, ErrorKind};
use crate::lock::{
    Holder, Inspection, InterlockMark, InterlockOptions, Lease, LockError, LockOptions, LockState, Mark, Owner,
    Unlocked, Written,
};
use crate::ports::Clock as _;

impl From<wit::LockOptions> for LockOptions {
    fn from(given: wit::LockOptions) -> Self {
        Self {
            lease: given.lease,
            poll_min: given.poll_min,
            poll_max: given.poll_max,
            folder: given.folder,
            interlock: given
                .interlock
                .map(|given| InterlockOptions { expiration: given.expiration, settle: given.settle }),
        }
    }
}

impl From<Lease> for wit::Lease {
    fn from(lease: Lease) -> Self {
        let Mark { ttl, acquired, nonce, length, crc64, previous, since } = lease.mark;
        let interlock =
            lease.interlock.map(|InterlockMark { length, crc64, since }| wit::InterlockMark { length, crc64, since });
        Self {
            time_left: milliseconds(lease.time_left(Wasi.monotonic())),
            deadline: u64::try_from(lease.deadline.as_nanos()).unwrap_or(u64::MAX),
            renew_every: milliseconds(lease.renewal_period()),
            window: lease.window().map(|window| Window { since: window.from, until: window.end() }),
            name: lease.name,
            owner: lease.owner.to_string(),
            token: lease.token,
            taken_over: lease.taken_over,
            mark: wit::LeaseMark { ttl, acquired, nonce, length, crc64, previous, since, interlock },
        }
    }
}

/// A lease that a caller passes in.
pub(in super::super) fn given(lease: wit::Lease) -> Result<Lease, Error> {
    let wit::LeaseMark { ttl, acquired, nonce, length, crc64, previous, since, interlock } = lease.mark;
    let Some(owner) = Owner::parse(&lease.owner) else {
        return Err(Error::new(ErrorKind::Unsupported, &lease.name, "no call gave this lease: its owner is no owner"));
    };
    let lease = Lease {
        name: lease.name,
        owner,
        token: lease.token,
        taken_over: lease.taken_over,
        deadline: Duration::from_nanos(lease.deadline),
        mark: Mark { ttl, acquired, nonce, length, crc64, previous, since },
        interlock: interlock.map(|wit::InterlockMark { length, crc64, since }| InterlockMark { length, crc64, since }),
    };
    lease.check()?;
    Ok(lease)
}

impl From<LockError> for wit::LockError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Held { name, holder } => Self::Held(told(name, &holder)),
            LockError::Lost { name, token, reason } => Self::Lost(wit::LostLease { name, token, reason }),
            LockError::Failed(error) => Self::Failed(error.into()),
        }
    }
}

impl From<Error> for wit::LockError {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Written> for wit::Written {
    fn from(written: Written) -> Self {
        match written {
            Written::Once => Self::Once,
            Written::PerhapsAgain => Self::PerhapsAgain,
        }
    }
}

impl From<Unlocked> for wit::Unlocked {
    fn from(unlocked: Unlocked) -> Self {
        match unlocked {
            Unlocked::Released => Self::Released,
            Unlocked::AlreadyGone => Self::AlreadyGone,
            Unlocked::Lost => Self::Lost,
        }
    }
}

/// The inspection of the lock of a name.
pub(super) fn info(name: String, seen: Inspection) -> wit::LockInfo {
    let state = match seen.state {
        LockState::Free(token) => wit::LockState::Free(token),
        LockState::Held(holder) => wit::LockState::Held(told(name, &holder)),
        LockState::Expired(token) => wit::LockState::Expired(token),
        LockState::Unreadable(left) => wit::LockState::Unreadable(milliseconds(left)),
    };
    wit::LockInfo { object: seen.object, length: seen.length, state }
}

fn told(name: String, holder: &Holder) -> wit::Holder {
    let (owner, token) = (holder.owner.to_string(), holder.token);
    wit::Holder { name, owner, token, remaining: milliseconds(holder.remaining) }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
