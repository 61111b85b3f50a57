//! The machine that renews a lease.

use std::time::Duration;

use super::error::LockError;
use super::landing::{Landed, Landing};
use super::lease::{Lease, deadline};
use super::machine::{Append, Event, Machine, Step, Turn};
use super::options::LockSettings;
use super::record::{FLAG_BROKEN, Record, RecordKind};
use super::rule::Rule;
use super::tail::{Content, Tail};
use super::verdict::{judge, unreadable};
use crate::error::Error;

/// How often a log that is shorter than it must be is looked at before it counts as gone: the first look may have been an
/// old one.
pub(crate) const LOOKS: u32 = 3;

/// The machine. It may also be tried on a lease that has run out: if it succeeds, nobody came between.
#[derive(Clone, Debug)]
pub(crate) struct Renew {
    object: String,
    lease: Lease,
    settings: LockSettings,
    limit: Duration,
    landing: Option<Landing>,
    looks: u32,
}

type Outcome = Result<Lease, LockError>;

impl Renew {
    pub(crate) fn new(object: String, lease: Lease, limit: Duration, settings: LockSettings) -> Self {
        Self { object, lease, settings, limit, landing: None, looks: 0 }
    }

    fn append(&mut self, turn: Turn) -> Step<Outcome> {
        let (landing, append) = Landing::begin(renewal(&self.lease, turn), self.limit, &self.settings, turn);
        self.landing = Some(landing);
        Step::Append(append)
    }

    fn look(&mut self, tail: Tail, turn: Turn) -> Step<Outcome> {
        self.landing = None;
        if tail.length < self.lease.mark.length {
            self.looks += 1;
            return if self.looks < LOOKS { Step::Read } else { self.lost("its log is gone") };
        }
        match &tail.content {
            Content::Record(record) if self.lease.is_tenure_of(record, &self.settings) => {
                if record.kind == RecordKind::Release {
                    let is_broken = record.flags & FLAG_BROKEN != 0;
                    return self.lost(if is_broken { "an operator broke the lock" } else { "it was released" });
                }
                // An earlier attempt whose answer never came, or another instance that renewed the same lease.
                stand_on(&mut self.lease, &tail, record);
                if turn.now >= self.limit {
                    let message = "the lease was renewed meanwhile, but no answer came in time";
                    let error = Error::new(crate::error::ErrorKind::TimedOut, &self.lease.name, message);
                    return Step::Done(Err(Error { retryable: true, ..error }.into()));
                }
                self.append(turn)
            }
            Content::Record(_) => self.lost("others have had the lock since"),
            Content::Nothing => self.lost("its log is gone"),
            Content::Unreadable => Step::Done(Err(unreadable(&self.lease.name, &self.object, Duration::ZERO).into())),
            Content::Newer | Content::Foreign(_) => {
                match judge(&self.lease.name, &self.object, &tail, Duration::ZERO, &self.settings) {
                    Err(error) => Step::Done(Err(error.into())),
                    Ok(_) => self.lost("its log is another's"),
                }
            }
        }
    }

    fn lost(&self, reason: &str) -> Step<Outcome> {
        Step::Done(Err(LockError::Lost {
            name: self.lease.name.clone(),
            token: self.lease.token,
            reason: reason.to_owned(),
        }))
    }
}

impl Machine for Renew {
    type Outcome = Outcome;

    fn on(&mut self, event: Event, turn: Turn) -> Step<Outcome> {
        let Some(landing) = &mut self.landing else {
            return match event {
                Event::Begin => self.append(turn),
                Event::Tail(tail) => self.look(tail, turn),
                Event::Unread(error) => Step::Done(Err(error.into())),
                _ => Step::Read,
            };
        };
        landing.on(event, turn).or_done(|landed| match landed {
            Landed::Here(standing) => {
                let sent = if self.settings.keeps(Rule::LeaseFromSend) { standing.sent } else { turn.now };
                self.lease.mark.length = standing.length;
                self.lease.mark.crc64 = standing.crc64;
                self.lease.mark.previous = standing.record.crc();
                self.lease.mark.since = standing.since.unwrap_or(0).max(self.lease.mark.since);
                self.lease.deadline = deadline(sent, standing.record.ttl, &self.settings);
                match standing.beyond {
                    None => Step::Done(Ok(self.lease.clone())),
                    Some(tail) => self.look(tail, turn),
                }
            }
            Landed::Missed(tail, _) => self.look(tail, turn),
            Landed::Refused(error) | Landed::Unknown(error) => {
                Step::Done(Err(Error { key: Some(self.lease.name.clone()), ..error }.into()))
            }
        })
    }
}

/// The record that renews a lease. It keeps the lease's own time, whatever this instance's settings are.
pub(super) fn renewal(lease: &Lease, turn: Turn) -> Append {
    follow(lease, RecordKind::Renew, 0, turn)
}

/// A record right behind the lease's last one.
pub(super) fn follow(lease: &Lease, kind: RecordKind, flags: u32, turn: Turn) -> Append {
    let mark = &lease.mark;
    let record = Record {
        kind,
        token: lease.token,
        owner: lease.owner,
        nonce: turn.random,
        ttl: mark.ttl,
        acquired: mark.acquired,
        position: mark.length,
        previous: mark.previous,
        flags,
    };
    Append::new(record, mark.crc64)
}

/// Moves a lease to a later record of its tenure.
pub(super) fn stand_on(lease: &mut Lease, tail: &Tail, record: &Record) {
    lease.mark.length = tail.length;
    lease.mark.crc64 = tail.crc64;
    lease.mark.previous = record.crc();
}
