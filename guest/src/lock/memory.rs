//! What an instance remembers about the locks that it used: hints that save requests or waiting, and what its own calls
//! must know about each other. Other instances need none of it.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::acquire::AppendPoint;
use super::lease::Lease;
use super::log_end::LogEnd;
use super::name_map::NameMap;
use super::options::LockSettings;
use super::record::{Owner, RECORD_LENGTH, Record};

/// How many locks are remembered; certmagic uses one for each name that it gets a certificate for.
const MAX_REMEMBERED: usize = 1024;

/// The memory of one instance.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    owner: Cell<Option<Owner>>,
    /// The ends of the logs after releases by this instance.
    released: RefCell<NameMap<AppendPoint>>,
    /// The logs as this instance last read them.
    logs: RefCell<NameMap<Log>>,
    /// The greatest token of each lock whose lease was, or is being, released: no write under it is sent any more.
    ended: RefCell<NameMap<u64>>,
    /// Tenures that calls may have begun without learning of it before they ended.
    abandoned: RefCell<Vec<Lease>>,
    /// The writes under leases that may still take effect: those in flight, or without a response.
    writes: RefCell<Vec<Write>>,
    last_write: Cell<u64>,
}

/// A log as this instance last read it. It is kept between calls, so that a caller with many short calls learns as much
/// as one that waits for long.
#[derive(Clone, Copy, Debug)]
struct Log {
    length: u64,
    crc64: u64,
    /// How long the last lease in it lasts, in seconds.
    ttl: u32,
    /// Since when, at the latest, the log has not changed.
    since: Duration,
    /// Since when the log has been shorter than this.
    missing: Option<Duration>,
}

/// What a write under a lease changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Values.
    Values,
    /// The lock object of the Go module.
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
    /// The owner in this instance's records, drawn at the first use.
    pub(crate) fn owner(&self, draw: impl Fn() -> u64) -> Owner {
        let owner = self.owner.get().unwrap_or_else(|| Owner(u128::from(draw()) << 32 | u128::from(draw() >> 32)));
        self.owner.set(Some(owner));
        owner
    }

    pub(crate) fn take_released(&self, name: &str) -> Option<AppendPoint> {
        self.released.borrow_mut().remove(name)
    }

    pub(crate) fn set_released(&self, name: &str, point: AppendPoint) {
        self.released.borrow_mut().put(name, point, MAX_REMEMBERED);
    }

    /// Notes a read of a log, and adds what earlier reads showed: for how long the log has not changed, and whether it
    /// is shorter than before. Ossicle never deletes a log, and whoever did may have done so while the lock was held.
    /// So from the first read that finds it shorter, the lock counts as held for as long as the last lease in the log
    /// lasted.
    pub(crate) fn note_log_read(&self, name: &str, end: &mut LogEnd, settings: &LockSettings, now: Duration) {
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
            logs.put(name, log, MAX_REMEMBERED);
        }
    }

    /// Notes a record that this instance appended.
    pub(crate) fn appended(&self, name: &str, record: &Record, crc64: u64, now: Duration) {
        let length = record.position.saturating_add(RECORD_LENGTH);
        let log = Log { length, crc64, ttl: record.ttl, since: now, missing: None };
        self.logs.borrow_mut().put(name, log, MAX_REMEMBERED);
    }

    /// Notes that a lease is about to be released.
    pub(crate) fn note_release(&self, lease: &Lease) {
        let mut ended = self.ended.borrow_mut();
        let token = ended.get(&lease.name).map_or(lease.token, |token| lease.token.max(*token));
        ended.put(&lease.name, token, MAX_REMEMBERED);
    }

    /// Whether a lease was released here, or is being released.
    pub(crate) fn has_ended(&self, lease: &Lease) -> bool {
        self.ended.borrow().get(&lease.name).is_some_and(|token| lease.token <= *token)
    }

    /// Notes a tenure that may have begun without a holder.
    pub(crate) fn abandon(&self, lease: Lease) {
        let mut abandoned = self.abandoned.borrow_mut();
        if abandoned.len() < MAX_REMEMBERED {
            abandoned.push(lease);
        }
    }

    /// Takes the abandoned tenures of one lock, or of all.
    pub(crate) fn take_abandoned(&self, name: Option<&str>) -> Vec<Lease> {
        let is_asked = |lease: &mut Lease| name.is_none_or(|name| lease.name == name);
        self.abandoned.borrow_mut().extract_if(.., is_asked).collect()
    }

    /// Notes a write that OSS may perform until this time of the monotonic clock, and until a time of OSS's own clock.
    pub(crate) fn write_begins(&self, lease: &Lease, subject: Subject, until: Duration, ends: u64) -> u64 {
        let id = self.last_write.get().wrapping_add(1);
        self.last_write.set(id);
        let mut writes = self.writes.borrow_mut();
        if writes.len() >= MAX_REMEMBERED {
            // The oldest writes belong to leases that nobody releases.
            writes.remove(0);
        }
        writes.push(Write { id, subject, name: lease.name.clone(), token: lease.token, until, ends });
        id
    }

    /// Notes that there was a response to every attempt of the write.
    pub(crate) fn write_ends(&self, id: u64) {
        self.writes.borrow_mut().retain(|write| write.id != id);
    }

    /// Until when writes under a lease may still take effect, by this machine's clock and by OSS's; `None` if there are
    /// none.
    pub(crate) fn open_writes(&self, lease: &Lease) -> Option<(Duration, u64)> {
        let writes = self.writes.borrow();
        let mut of_lease = writes.iter().filter(|write| write.name == lease.name && write.token == lease.token);
        let first = of_lease.next()?;
        Some(
            of_lease
                .fold((first.until, first.ends), |(until, ends), write| (until.max(write.until), ends.max(write.ends))),
        )
    }

    /// Whether OSS may still perform a write of values under a lease, even one that has just begun.
    pub(crate) fn may_write(&self, lease: &Lease, now: Duration) -> bool {
        let is_of = |write: &Write| write.name == lease.name && write.token == lease.token;
        let may = |write: &Write| write.subject == Subject::Values && write.until > now && is_of(write);
        self.writes.borrow().iter().any(may)
    }

    /// Forgets the writes whose window ended before this time of OSS's clock.
    pub(crate) fn writes_ended(&self, date: u64) {
        self.writes.borrow_mut().retain(|write| write.ends > date);
    }
}
