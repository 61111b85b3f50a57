//! A lease: what a holder holds. A plain value that any instance can renew, write under or release.

use std::time::Duration;

use super::machine::Append;
use super::options::{LONGEST_LEASE, LockSettings, MARGIN};
use super::record::{FLAG_TAKEN_OVER, Owner, RECORD_LENGTH, Record, RecordKind};
use super::rule::Rule;
use super::verdict::MAX_LOG;
use crate::checksum::Crc64;
use crate::error::{Error, ErrorKind};
use crate::oss::Window;

/// A lease, as it was when the call that gave it returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The lock's name.
    pub name: String,
    /// Who holds it.
    pub owner: Owner,
    /// The fencing token: it grows strictly with every tenure of a name, for ever.
    pub token: u64,
    /// Whether the tenure before it had run out, so that its holder may have left things half done.
    pub taken_over: bool,
    /// Until when its holder may trust it, on the clock [`crate::ports::Clock::monotonic`] of the instance that gave it.
    /// Renewing, releasing and writing under it do not depend on this: OSS decides those.
    pub deadline: Duration,
    /// Where it stands in the lock's log.
    pub mark: Mark,
    /// Where it stands in the object that keeps a Go fleet out, where the interlock is on.
    pub interlock: Option<InterlockMark>,
}

/// Where a lease stands in the object that keeps a Go fleet out. For Ossicle itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InterlockMark {
    /// How long the object was with the lease's last line.
    pub length: u64,
    /// The CRC-64 of the object with that line.
    pub crc64: u64,
    /// A time of OSS's, in seconds since 1970, no later than when that line was made.
    pub since: u64,
}

/// Where a lease stands in its lock's log. For Ossicle itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// How long the lease lasts from its last record on, in seconds.
    pub ttl: u32,
    /// Where the tenure's first record stands.
    pub acquired: u64,
    /// The nonce of the tenure's first record.
    pub nonce: u64,
    /// How long the log was with the lease's last record.
    pub length: u64,
    /// The CRC-64 of the log with that record.
    pub crc64: u64,
    /// That record's own CRC-32.
    pub previous: u32,
    /// A time of OSS's, in seconds since 1970, no later than when that record was made; 0 when OSS stated none.
    pub since: u64,
}

impl Lease {
    /// How long its holder may go on trusting it.
    pub fn time_left(&self, monotonic: Duration) -> Duration {
        self.deadline.saturating_sub(monotonic)
    }

    /// Whether its holder may trust it now.
    pub fn is_held(&self, monotonic: Duration) -> bool {
        monotonic < self.deadline
    }

    /// The lease that an append of a tenure's first record gives if it succeeds. Nobody may trust it before that is known.
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

    /// Whether a record is of this lease's tenure, as far as that record tells. Another call of the same instance may have
    /// drawn the same token for the same place in the same second; only one of the two succeeded, and the nonce of the
    /// tenure's first record tells whose.
    pub(super) fn is_tenure_of(&self, record: &Record, settings: &LockSettings) -> bool {
        let is_first = record.kind == RecordKind::Acquire;
        record.is_of(self.owner, self.token)
            && record.acquired == self.mark.acquired
            && (!is_first || record.nonce == self.mark.nonce || !settings.keeps(Rule::NonceDecides))
    }

    /// Checks what came from outside: that no record is made of it that nobody could read.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when no call gave it.
    pub fn check(&self) -> Result<(), Error> {
        let mark = &self.mark;
        let longest = u32::try_from(LONGEST_LEASE / 1000).unwrap_or(u32::MAX);
        let is_sound = (1..=longest).contains(&mark.ttl) && mark.acquired < mark.length && mark.length <= MAX_LOG * 2;
        if is_sound { Ok(()) } else { Err(Error::new(ErrorKind::Unsupported, &self.name, "no call gave this lease")) }
    }

    /// How often its holder should renew it: two more attempts fit in before it ends.
    pub fn renewal_period(&self) -> Duration {
        Duration::from_secs(u64::from(self.mark.ttl)) / 3
    }

    /// When OSS shall take writes under it; `None` when OSS stated no time.
    pub fn window(&self) -> Option<Window> {
        let seconds = u64::from(self.mark.ttl).saturating_sub(MARGIN.as_secs());
        (self.mark.since > 0).then_some(Window { from: self.mark.since, seconds })
    }
}

/// The deadline of a lease whose record was first sent at a moment.
pub(super) fn deadline(sent: Duration, ttl: u32, settings: &LockSettings) -> Duration {
    sent.saturating_add(Duration::from_secs(u64::from(ttl)).saturating_sub(settings.margin()))
}
