//! Inspects and breaks locks, for operators.

use std::time::Duration;

use super::error::{Holder, LockError};
use super::lease::{Lease, Mark};
use super::locks::Locks;
use super::log_end::{Content, LogEnd};
use super::options::GRACE;
use super::record::{FLAG_BROKEN, Owner, Record};
use super::release::Unlocked;
use super::verdict::{Verdict, judge, next_token};
use crate::error::{Error, ErrorKind};
use crate::ports::Ports;

/// The state of a lock and its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The object with the lock's log.
    pub object: String,
    /// The log's length in bytes.
    pub length: u64,
    /// The lock's state.
    pub state: LockState,
}

/// The state of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockState {
    /// Nobody holds the lock. The token of the last tenure, 0 if there was none.
    Free(u64),
    /// It is held.
    Held(Holder),
    /// The lease expired, and nobody has taken the lock over. The token of that tenure.
    Expired(u64),
    /// The end of the log is not a record. The lock can be broken with token 0, or taken over after so long.
    Unreadable(Duration),
}

/// The outcome of breaking a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The tenure was ended.
    Broken,
    /// The tenure had ended already.
    AlreadyFree,
}

impl<P: Ports> Locks<P> {
    /// Reads the state of a lock without changing anything. 1 request.
    ///
    /// # Errors
    /// [`LockError::Failed`] when the lock's object is none that can be used, and with anything a request can fail with.
    pub async fn inspect(&self, name: &str) -> Result<Inspection, LockError> {
        let object = self.lock_object(name)?;
        let end = self.read_log_end(name, &object).await?;
        let token = end.record().map_or(0, |record| record.token);
        let state = match judge(name, object.as_str(), &end, end.age(), &self.local.settings)? {
            Verdict::Free => LockState::Free(token),
            Verdict::Expired => LockState::Expired(token),
            Verdict::Held(holder) => LockState::Held(holder),
            Verdict::Unreadable(left) => LockState::Unreadable(left),
        };
        Ok(Inspection { object: object.as_str().to_owned(), length: end.length, state })
    }

    /// Ends the tenure with this token, whoever holds it: for use when its holder is known to be dead. A living holder
    /// notices at its next renewal, and until then believes that it holds the lock; OSS performs its writes under the
    /// lease until the lease's end. Token 0 ends the possible tenure of an unreadable log. 2 requests.
    ///
    /// # Errors
    /// [`LockError::Failed`] with [`ErrorKind::Conflict`] when another tenure holds the lock, naming its token.
    pub async fn break_lock(&self, name: &str, token: u64) -> Result<Broken, LockError> {
        let object = self.lock_object(name)?;
        let end = self.read_log_end(name, &object).await?;
        let verdict = judge(name, object.as_str(), &end, end.age(), &self.local.settings)?;
        let (owner, held) = match &end.content {
            _ if verdict == Verdict::Free => return Ok(Broken::AlreadyFree),
            Content::Record(record) => (record.owner, record.token),
            _ => (Owner::default(), 0),
        };
        if held != token {
            let message = format!("the lock is not held with token {token} but with {held}");
            return Err(Error::new(ErrorKind::Conflict, name, message).into());
        }
        match self.release(&broken(name, owner, &end), FLAG_BROKEN).await? {
            Unlocked::Released => Ok(Broken::Broken),
            Unlocked::AlreadyGone => Ok(Broken::AlreadyFree),
            Unlocked::Lost => {
                let message = format!("the lock is not held with token {token} any more");
                Err(Error::new(ErrorKind::Conflict, name, message).into())
            }
        }
    }
}

/// A token greater than all tokens of a log that can't be read. Tokens follow OSS's clock and exceed it by 1 for each
/// tenure; this allows for a thousand tenures a second and for differences between OSS's clocks.
fn beyond(end: &LogEnd) -> u64 {
    next_token(0, end.date.map(|date| date.saturating_add(2 * GRACE.as_secs())))
}

/// The lease that the end of a log represents.
fn broken(name: &str, owner: Owner, end: &LogEnd) -> Lease {
    let record = end.record();
    Lease {
        name: name.to_owned(),
        owner,
        token: record.map_or_else(|| beyond(end), |record| record.token),
        taken_over: false,
        deadline: Duration::ZERO,
        mark: Mark {
            ttl: record.map_or(0, |record| record.ttl),
            acquired: record.map_or(end.length, |record| record.acquired),
            nonce: record.map_or(0, |record| record.nonce),
            length: end.length,
            crc64: end.crc64,
            previous: record.map_or(0, Record::crc),
            since: 0,
        },
        interlock: None,
    }
}
