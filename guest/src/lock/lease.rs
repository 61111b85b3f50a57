//! A lease. It is a plain value: any instance can renew it, write under it or release it.

use std::time::Duration;

use super::machine::Append;
use super::options::{LONGEST_LEASE, LockSettings, MARGIN};
use super::record::{FLAG_TAKEN_OVER, Owner, RECORD_LENGTH, Record, RecordKind};
use super::rule::Rule;
use super::verdict::MAX_LOG;
use crate::checksum::Crc64;
use crate::error::{Error, ErrorKind};
use crate::oss::Window;

/// A lease, as of the return of the call that acquired or renewed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The lock's name.
    pub name: String,
    /// The holder.
    pub owner: Owner,
    /// The fencing token, which grows strictly with every tenure of a name, forever.
    pub token: u64,
    /// Whether the tenure before had expired, so that its holder may have left work unfinished.
    pub taken_over: bool,
    /// Until when the holder may rely on the lease, on the clock [`crate::ports::Clock::monotonic`] of the instance
    /// that returned it. Renewing, releasing and writing under it do not depend on this: OSS decides those.
    pub deadline: Duration,
    /// The lease's position in the lock's log.
    pub mark: Mark,
    /// The lease's position in the lock object of the Go module, if the interlock is enabled.
    pub interlock: Option<InterlockMark>,
}

/// The position of a lease in the lock object of the Go module. For internal use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InterlockMark {
    /// The object's length including the lease's last line.
    pub length: u64,
    /// The CRC-64 of the object including that line.
    pub crc64: u64,
    /// A time of OSS's clock, in seconds since 1970, no later than the append of that line.
    pub since: u64,
}

/// The position of a lease in its lock's log. For internal use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// How long the lease lasts from its last record on, in seconds.
    pub ttl: u32,
    /// The position of the tenure's first record.
    pub acquired: u64,
    /// The nonce of the tenure's first record.
    pub nonce: u64,
    /// The log's length including the lease's last record.
    pub length: u64,
    /// The CRC-64 of the log including that record.
    pub crc64: u64,
    /// That record's own CRC-32.
    pub previous: u32,
    /// A time of OSS's clock, in seconds since 1970, no later than the append of that record; 0 if OSS stated none.
    pub since: u64,
}

impl Lease {
    /// How long the holder may still rely on the lease.
    pub fn time_left(&self, monotonic: Duration) -> Duration {
        self.deadline.saturating_sub(monotonic)
    }

    /// Whether the holder may rely on the lease now.
    pub fn is_held(&self, monotonic: Duration) -> bool {
        monotonic < self.deadline
    }

    /// The lease that results if the append of a tenure's first record succeeds. Nobody may rely on it before that is
    /// known.
    pub(super) fn of_append(name: &str, append: &Append) -> Self {
        let record = &append.record;
        let mut whole = Crc64::after(append.before);
        whole.update(&append.bytes);
        Self {
            name: name.to_owned(),
            owner: record.owner,
            token: record.token,
            taken_over: record.flags & FLAG_TAKEN_OVER != 0,
            deadline: Duration::ZERO,
            mark: Mark {
                ttl: record.ttl,
                acquired: record.acquired,
                nonce: record.nonce,
                length: record.position.saturating_add(RECORD_LENGTH),
                crc64: whole.value(),
                previous: record.crc(),
                since: 0,
            },
            interlock: None,
        }
    }

    /// Whether a record belongs to this lease's tenure, as far as that record shows. Another call of the same instance
    /// may have chosen the same token for the same position in the same second; only one of the two succeeded, and the
    /// nonce of the tenure's first record shows which.
    pub(super) fn is_tenure_of(&self, record: &Record, settings: &LockSettings) -> bool {
        let is_first = record.kind == RecordKind::Acquire;
        record.is_of(self.owner, self.token)
            && record.acquired == self.mark.acquired
            && (!is_first || record.nonce == self.mark.nonce || !settings.keeps(Rule::NonceDecides))
    }

    /// Checks a lease from a caller, so that no record is made from it that nobody could read.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if no call can have returned this lease.
    pub fn check(&self) -> Result<(), Error> {
        let mark = &self.mark;
        let longest = u32::try_from(LONGEST_LEASE / 1000).unwrap_or(u32::MAX);
        let is_sound = (1..=longest).contains(&mark.ttl) && mark.acquired < mark.length && mark.length <= MAX_LOG * 2;
        if is_sound { Ok(()) } else { Err(Error::new(ErrorKind::Unsupported, &self.name, "no call gave this lease")) }
    }

    /// How often the holder should renew the lease: there is time for two more attempts before it ends.
    pub fn renewal_period(&self) -> Duration {
        Duration::from_secs(u64::from(self.mark.ttl)) / 3
    }

    /// The window for writes under the lease; `None` if OSS stated no time.
    pub fn window(&self) -> Option<Window> {
        let seconds = u64::from(self.mark.ttl).saturating_sub(MARGIN.as_secs());
        (self.mark.since > 0).then_some(Window { from: self.mark.since, seconds })
    }
}

/// The deadline of a lease whose record was first sent at this time.
pub(super) fn deadline(sent: Duration, ttl: u32, settings: &LockSettings) -> Duration {
    sent.saturating_add(Duration::from_secs(u64::from(ttl)).saturating_sub(settings.margin()))
}
