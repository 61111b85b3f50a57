//! Decides after every read of a log whether the lock may be taken.

use std::time::Duration;

use super::error::Holder;
use super::log_end::{Content, LogEnd};
use super::options::{LockSettings, UNREADABLE_TTL};
use super::record::Owner;
use crate::error::{Error, ErrorKind};

/// The length at which a log counts as full, below OSS's limit of 5 GB for appendable objects. With a tenure a minute
/// that takes about 30 years.
pub(crate) const MAX_LOG: u64 = 4 * 1024 * 1024 * 1024;

/// What the end of a log means for a call that wants the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nobody holds the lock.
    Free,
    /// The holder's lease expired.
    Expired,
    /// The lock is held.
    Held(Holder),
    /// The log's end can't be read: the lock counts as held by an unknown holder for so long.
    Unreadable(Duration),
}

/// Decides about the end of a log that has not changed for `age`.
///
/// # Errors
/// When the lock can't be used at all; names the object and the remedy.
pub(crate) fn judge(
    name: &str,
    object: &str,
    end: &LogEnd,
    age: Duration,
    settings: &LockSettings,
) -> Result<Verdict, Error> {
    let left = |ttl: u32| {
        (Duration::from_secs(u64::from(ttl)) + settings.grace()).checked_sub(age).filter(|left| !left.is_zero())
    };
    let verdict = match &end.content {
        Content::Foreign(kind) => {
            let message =
                format!("the object {object:?} is not a lock (its type is {kind}): move it, or use another folder");
            return Err(Error::new(ErrorKind::Conflict, name, message));
        }
        Content::Newer => {
            let message = format!(
                "the log {object:?} of the lock was written by a newer version of Ossicle: use that version everywhere"
            );
            return Err(Error::new(ErrorKind::Unsupported, name, message));
        }
        Content::Nothing => Verdict::Free,
        Content::Unreadable => left(UNREADABLE_TTL).map_or(Verdict::Expired, Verdict::Unreadable),
        Content::Record(_) if end.tenure().is_none() => Verdict::Free,
        Content::Record(record) => left(record.ttl).map_or(Verdict::Expired, |remaining| {
            Verdict::Held(Holder { owner: record.owner, token: record.token, remaining })
        }),
    };
    if end.length >= MAX_LOG && !matches!(verdict, Verdict::Held(_)) {
        let message = format!(
            "the log {object:?} of the lock is full ({} bytes): stop all that use the lock and delete the object",
            end.length
        );
        return Err(Error::new(ErrorKind::Unsupported, name, message));
    }
    Ok(verdict)
}

/// An unknown holder, who may hold the lock.
pub(crate) fn unknown_holder(remaining: Duration) -> Holder {
    Holder { owner: Owner::default(), token: 0, remaining }
}

/// The error for a lock with an unreadable log.
pub(crate) fn unreadable(name: &str, object: &str, left: Duration) -> Error {
    let message = format!(
        "the end of the log {object:?} of the lock is no record: if nobody holds the lock, break it; otherwise it can be \
         taken over in {} s",
        left.as_secs()
    );
    Error::new(ErrorKind::Corrupt, name, message)
}

/// The fencing token of the next tenure, greater than all before it. Because it includes OSS's time, it grows even if
/// somebody deletes the log.
pub(crate) fn next_token(before: u64, date: Option<u64>) -> u64 {
    before.saturating_add(1).max(date.unwrap_or(0).saturating_mul(1000))
}
