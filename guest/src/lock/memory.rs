//! What an instance remembers of the locks it used: hints that save requests or waiting, and what its own calls must know of
//! each other. Nothing of it is needed by another instance.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::acquire::AppendPoint;
use super::lease::Lease;
use super::log_end::LogEnd;
use super::named::Named;
use super::options::LockSettings;
use super::record::{Owner, RECORD_LENGTH, Record};

/// So many locks are remembered; certmagic uses one for each name it gets a certificate for.
const MOST: usize = 1024;

/// The memory of one instance.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    owner: Cell<Option<Owner>>,
    /// The end of the log that the instance's own release made.
    released: RefCell<Named<AppendPoint>>,
    /// The logs as they were when this instance last looked.
    logs: RefCell<Named<Log>>,
    /// The greatest token of each lock whose lease was, or is being, released: no write under it is sent any more.
    ended: RefCell<Named<u64>>,
    /// Tenures that calls may have begun that ended without knowing.
    abandoned: RefCell<Vec<Lease>>,
    /// Until when writes under a lease may still be taken by OSS: of those in flight or without an answer.
    writes: RefCell<Vec<Write>>,
    last_write: Cell<u64>,
}

/// A log as this instance last saw it. It is kept from call to call: a caller who asks often and briefly learns as much as one
/// who waits for long.
#[derive(Clone, Copy, Debug)]
struct Log {
    length: u64,
    crc64: u64,
    /// How long the last lease in it lasts, in seconds.
    ttl: u32,
    /// Since when it has been like this, at the latest.
    since: Duration,
    /// Since when a shorter one has stood in its place.
    missing: Option<Duration>,
}

/// What a write under a lease changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Values.
    Values,
    /// What Go's storage knows of the lock.
    Interlock,
}

#[derive(Clone, Debug)]
struct Write {
    id: u64,
    subject: Subject,
    name: String,
    token: u64,
    until: Duration,
    ends: u64,
}

impl Memory {
    /// Who this instance is.
    pub(crate) fn owner(&self, draw: impl Fn() -> u64) -> Owner {
        let owner = self.owner.get().unwrap_or_else(|| Owner(u128::from(draw()) << 32 | u128::from(draw() >> 32)));
        self.owner.set(Some(owner));
        owner
    }

    pub(crate) fn take_released(&self, name: &str) -> Option<AppendPoint> {
        self.released.borrow_mut().remove(name)
    }

    pub(crate) fn set_released(&self, name: &str, point: AppendPoint) {
        self.released.borrow_mut().put(name, point, MOST);
    }

    /// Notes a look at a log, and adds to it what the looks before tell: for how long the log has been like this, and
    /// whether it is shorter than it was. Ossicle never deletes a log. Whoever did may have done so under a holder, so from
    /// the first look that finds it shorter it counts as held for as long as the last lease in it lasted.
    pub(crate) fn looked(&self, name: &str, end: &mut LogEnd, settings: &LockSettings, now: Duration) {
        let mut logs = self.logs.borrow_mut();
        let ttl = end.record().map_or(settings.ttl, |record| record.ttl);
        let fresh = Log { length: end.length, crc64: end.crc64, ttl, since: now, missing: None };
        let before = logs.get(name).copied();
        let log = match before {
            Some(log) if end.length < log.length => {
                let since = log.missing.unwrap_or(now);
                let held = Duration::from_secs(u64::from(log.ttl)).saturating_add(settings.grace());
                end.missing = since.saturating_add(held).saturating_sub(now);
                if end.missing.is_zero() { fresh } else { Log { missing: Some(since), ..log } }
            }
            Some(log) if (end.length, end.crc64) == (log.length, log.crc64) => Log { missing: None, ..log },
            _ => fresh,
        };
        end.unchanged = now.saturating_sub(log.since);
        if log.length == 0 {
            logs.remove(name);
        } else {
            logs.put(name, log, MOST);
        }
    }

    /// Notes a record that this instance appended.
    pub(crate) fn appended(&self, name: &str, record: &Record, crc64: u64, now: Duration) {
        let length = record.position.saturating_add(RECORD_LENGTH);
        let log = Log { length, crc64, ttl: record.ttl, since: now, missing: None };
        self.logs.borrow_mut().put(name, log, MOST);
    }

    /// Notes that a lease is about to be released.
    pub(crate) fn ends(&self, lease: &Lease) {
        let mut ended = self.ended.borrow_mut();
        let token = ended.get(&lease.name).map_or(lease.token, |token| lease.token.max(*token));
        ended.put(&lease.name, token, MOST);
    }

    /// Whether a lease was released here, or is being released.
    pub(crate) fn has_ended(&self, lease: &Lease) -> bool {
        self.ended.borrow().get(&lease.name).is_some_and(|token| lease.token <= *token)
    }

    /// Notes a tenure that may have begun without a holder.
    pub(crate) fn abandon(&self, lease: Lease) {
        let mut abandoned = self.abandoned.borrow_mut();
        if abandoned.len() < MOST {
            abandoned.push(lease);
        }
    }

    /// The abandoned tenures of one lock, or of all.
    pub(crate) fn take_abandoned(&self, name: Option<&str>) -> Vec<Lease> {
        let is_asked = |lease: &mut Lease| name.is_none_or(|name| lease.name == name);
        self.abandoned.borrow_mut().extract_if(.., is_asked).collect()
    }

    /// Notes a write that OSS may take until a moment of the monotonic clock, and until a time of its own.
    pub(crate) fn write_begins(&self, lease: &Lease, subject: Subject, until: Duration, ends: u64) -> u64 {
        let id = self.last_write.get().wrapping_add(1);
        self.last_write.set(id);
        let mut writes = self.writes.borrow_mut();
        if writes.len() >= MOST {
            // Those of leases that nobody releases.
            writes.remove(0);
        }
        writes.push(Write { id, subject, name: lease.name.clone(), token: lease.token, until, ends });
        id
    }

    /// Every copy of the write was answered.
    pub(crate) fn write_ends(&self, id: u64) {
        self.writes.borrow_mut().retain(|write| write.id != id);
    }

    /// The writes under a lease that may still be taken: until when by this side's clock, and until when by OSS's.
    pub(crate) fn open_writes(&self, lease: &Lease) -> Option<(Duration, u64)> {
        let writes = self.writes.borrow();
        let mut of_lease = writes.iter().filter(|write| write.name == lease.name && write.token == lease.token);
        let first = of_lease.next()?;
        Some(
            of_lease
                .fold((first.until, first.ends), |(until, ends), write| (until.max(write.until), ends.max(write.ends))),
        )
    }

    /// Whether OSS may still take a write of values under a lease, be it that it has only begun.
    pub(crate) fn may_write(&self, lease: &Lease, now: Duration) -> bool {
        let is_of = |write: &Write| write.name == lease.name && write.token == lease.token;
        let may = |write: &Write| write.subject == Subject::Values && write.until > now && is_of(write);
        self.writes.borrow().iter().any(may)
    }

    /// OSS takes no writes any more that had to be there by a time of its own.
    pub(crate) fn writes_ended(&self, date: u64) {
        self.writes.borrow_mut().retain(|write| write.ends > date);
    }
}
