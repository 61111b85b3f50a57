//! Fuzz targets of the lock: records, the end of a log, and the machines under any order of events.

use std::time::Duration;

use bytes::Bytes;

use super::acquire::{Acquire, AcquireRequest, AppendPoint};
use super::lease::{Lease, Mark};
use super::log_end::{Content, LogEnd};
use super::machine::{Ack, Append, Event, EventContext, Machine, Step};
use super::options::{GRACE, LockOptions};
use super::record::{Owner, Record, RecordKind};
use super::release::Release;
use super::renew::Renew;
use super::verdict::{Verdict, judge, next_token};
use crate::checksum::crc32;
use crate::error::{Error, ErrorKind};
use crate::fuzzing::Input;
use crate::oss::{LoadedSuffix, ObjectState};

/// Below these numbers each column of a record holds what it is given.
const MAX_POSITION: u64 = 100_000_000_000;
const MAX_TTL: u32 = 1_000_000;
/// The longest lease that the options allow.
const MAX_LEASE: Duration = Duration::from_secs(3600);
/// Events of one input.
const EVENTS: usize = 200;

/// A record of any numbers.
pub(crate) fn record(input: &mut Input<'_>) -> Record {
    let position = input.number();
    Record {
        kind: input.pick(&[RecordKind::Acquire, RecordKind::Renew, RecordKind::Release]),
        token: input.number(),
        owner: Owner(u128::from(input.byte() % 3)),
        nonce: u64::from(input.byte() % 4),
        ttl: input.u32(),
        acquired: input.number().min(position),
        position,
        previous: input.u32(),
        flags: u32::from(input.byte() % 4),
    }
}

fn fits(record: &Record) -> bool {
    record.ttl < MAX_TTL && record.position < MAX_POSITION
}

fn date(input: &mut Input<'_>) -> Option<u64> {
    input.one_in(2).then(|| input.number())
}

/// Records and the end of a log: what parses is written again as it was, and whoever is said to hold the lock has time left.
pub(crate) fn lock_log(data: &[u8]) {
    let Some((&mode, data)) = data.split_first() else { return };
    if mode & 1 == 0 {
        raw_record(mode & 2 != 0, data);
        return;
    }
    let mut input = Input::new(data);
    let record = record(&mut input);
    let bytes = record.to_bytes();
    assert!(!fits(&record) || Record::parse(&bytes) == Ok(record));
    let size = if mode & 8 == 0 { record.position.wrapping_add(128) } else { input.number() };
    let crc64 = input.number();
    let loaded = LoadedSuffix {
        bytes: if mode & 4 == 0 { bytes.into() } else { Bytes::copy_from_slice(&data[..data.len().min(128)]) },
        crc64,
        state: ObjectState { size, date: date(&mut input), modified: date(&mut input), ..ObjectState::default() },
        object_type: match mode >> 6 {
            0 => None,
            1 => Some("Appendable".into()),
            _ => Some(input.text()),
        },
        versioned: mode & 16 != 0,
    };
    let end = LogEnd::read(&loaded);
    let _ = (end.age(), end.tenure(), end.record());
    let settings = LockOptions::default().check().unwrap();
    let age = Duration::new(input.number(), input.u32() % 1_000_000_000);
    if let Ok(Verdict::Held(holder)) = judge("n", "o", &end, age, &settings) {
        assert!(!holder.remaining.is_zero() && holder.remaining <= Duration::from_secs(MAX_TTL.into()) + GRACE);
        let record = end.tenure().expect("held by somebody");
        assert!(age < Duration::from_secs(u64::from(record.ttl)) + GRACE);
    }
    let (token, date) = (input.number(), date(&mut input));
    assert!(next_token(token, date) > token || token == u64::MAX);
}

/// Any bytes, or any bytes with a checksum that fits.
fn raw_record(has_checksum: bool, data: &[u8]) {
    let mut bytes = data.to_vec();
    if has_checksum {
        bytes.resize(119, b' ');
        let checksum = crc32(&bytes);
        bytes.extend_from_slice(format!("{checksum:08x}\n").as_bytes());
    }
    if let Ok(record) = Record::parse(&bytes) {
        assert_eq!(record.to_bytes(), bytes, "columns never move: {:?}", String::from_utf8_lossy(&bytes));
    }
}

/// A machine and what is known of what it sent.
struct Run {
    machine: Any,
    now: Duration,
    first_sent: Option<Duration>,
    last: Option<Record>,
}

enum Any {
    Acquire(Acquire),
    Renew(Renew),
    Release(Release),
}

/// What a machine wants, whatever it is; a lease where it is done with one.
enum Wanted {
    Read,
    Append(Append),
    Sleep(Duration),
    Done(Option<Lease>),
}

/// Any events in any order: no machine panics, sends what does not parse, or trusts a lease for longer than it lasts.
pub(crate) fn lock_machines(data: &[u8]) {
    let mut input = Input::new(data);
    let lease = 15_000 + u64::from(input.byte()) * 1000;
    let settings = LockOptions { lease: Some(lease), ..LockOptions::default() }.check().unwrap();
    let owner = Owner(1);
    let mark = Mark {
        ttl: 15 + u32::from(input.byte()),
        acquired: 0,
        nonce: 1,
        length: input.number().clamp(1, 8 << 30),
        crc64: 3,
        previous: 4,
        since: input.number(),
    };
    let token = input.number();
    let lease =
        Lease { name: "n".into(), owner, token, taken_over: false, deadline: Duration::ZERO, mark, interlock: None };
    assert!(lease.check().is_ok());
    let _ = (lease.window(), lease.renewal_period(), lease.time_left(Duration::MAX));
    let limit = Duration::from_millis(input.number() >> 1);
    let machine = match input.byte() % 4 {
        0 => {
            let released = input.one_in(2).then(|| AppendPoint {
                length: input.number(),
                crc64: 1,
                token: input.number(),
                previous: 2,
            });
            Any::Acquire(Acquire::new(
                AcquireRequest { name: "n".into(), object: "o".into(), owner, limit, released },
                settings,
            ))
        }
        1 => Any::Renew(Renew::new("o".into(), lease, limit, settings)),
        2 => Any::Release(Release::new("o".into(), lease, u32::from(input.byte() & 3), limit, settings)),
        _ => Any::Release(Release::of_uncertain("o".into(), lease, limit, settings)),
    };
    let now = Duration::from_millis(input.number() >> 1);
    let mut run = Run { machine, now, first_sent: None, last: None };
    let mut event = Event::Begin;
    for count in 1..=EVENTS as u64 {
        // No nonce is drawn twice.
        let context = EventContext { now: run.now, random: input.number().wrapping_mul(1000).wrapping_add(count) };
        let is_done = run.take(event, context);
        if is_done || input.is_empty() {
            return;
        }
        run.now = run.now.saturating_add(Duration::from_millis(input.u16().into()));
        event = any_event(&mut input, run.last);
    }
}

impl Run {
    /// Whether the machine is done.
    fn take(&mut self, event: Event, context: EventContext) -> bool {
        fn wanted<T>(step: Step<T>, lease: impl FnOnce(T) -> Option<Lease>) -> Wanted {
            match step {
                Step::Read | Step::ReadAt(_) => Wanted::Read,
                Step::Append(append) => Wanted::Append(append),
                Step::Sleep(length) => Wanted::Sleep(length),
                Step::Done(outcome) => Wanted::Done(lease(outcome)),
            }
        }
        let wanted = match &mut self.machine {
            Any::Acquire(machine) => wanted(machine.on(event, context), Result::ok),
            Any::Renew(machine) => wanted(machine.on(event, context), Result::ok),
            Any::Release(machine) => wanted(machine.on(event, context), |_| None),
        };
        match wanted {
            Wanted::Read => {}
            Wanted::Append(append) => {
                if self.last != Some(append.record) {
                    (self.first_sent, self.last) = (Some(self.now), Some(append.record));
                }
                assert!(!fits(&append.record) || Record::parse(&append.bytes) == Ok(append.record));
            }
            Wanted::Sleep(length) => {
                assert!(length <= Duration::from_secs(60) || !matches!(self.machine, Any::Acquire(_)), "{length:?}");
            }
            Wanted::Done(lease) => {
                if let Some(lease) = lease {
                    let sent = self.first_sent.expect("no lease without an append");
                    assert!(lease.deadline <= self.now.saturating_add(MAX_LEASE));
                    assert!(lease.deadline.saturating_sub(sent) <= Duration::from_secs(lease.mark.ttl.into()));
                }
                return true;
            }
        }
        false
    }
}

fn any_event(input: &mut Input<'_>, last: Option<Record>) -> Event {
    let mut record = record(input);
    if input.one_in(4)
        && let Some(last) = last
    {
        record = Record { kind: record.kind, ..last };
    }
    let error =
        |input: &mut Input<'_>| Error { retryable: input.one_in(2), ..Error::new(ErrorKind::Unavailable, "n", "m") };
    match input.byte() % 9 {
        0 => Event::Begin,
        1 | 2 => Event::LogEnd(LogEnd {
            length: if input.one_in(2) { record.position.saturating_add(128) } else { input.number() },
            crc64: input.number(),
            date: date(input),
            modified: date(input),
            content: match input.byte() % 8 {
                0 => Content::Nothing,
                1 => Content::Unreadable,
                2 => Content::Newer,
                3 => Content::Foreign("x".into()),
                _ => Content::Record(record),
            },
            versioned: false,
            unchanged: Duration::from_millis(u64::from(input.u16())),
            missing: Duration::ZERO,
        }),
        3 => Event::Record(input.one_in(2).then_some(record)),
        4 => Event::Appended(Ack { sent: Duration::from_millis(input.number() >> 1), date: date(input) }),
        5 => Event::Refused,
        6 => Event::Undecided(error(input)),
        7 if input.one_in(2) => Event::Failed(error(input)),
        7 => Event::Unread(error(input)),
        _ => Event::Woken,
    }
}
