//! The machine that renews a lease.

use std::time::Duration;

use super::append_attempt::{AppendAttempt, AppendOutcome};
use super::error::LockError;
use super::lease::{Lease, deadline};
use super::log_end::{Content, LogEnd};
use super::machine::{Append, Event, Machine, Step, Turn};
use super::options::LockSettings;
use super::record::{FLAG_BROKEN, Record, RecordKind};
use super::rule::Rule;
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
    attempt: Option<AppendAttempt>,
    looks: u32,
}

type Outcome = Result<Lease, LockError>;

impl Renew {
    pub(crate) fn new(object: String, lease: Lease, limit: Duration, settings: LockSettings) -> Self {
        Self { object, lease, settings, limit, attempt: None, looks: 0 }
    }

    fn append(&mut self, turn: Turn) -> Step<Outcome> {
        let (attempt, append) = AppendAttempt::begin(renewal(&self.lease, turn), self.limit, &self.settings, turn);
        self.attempt = Some(attempt);
        Step::Append(append)
    }

    fn on_log_read(&mut self, end: LogEnd, turn: Turn) -> Step<Outcome> {
        self.attempt = None;
        if end.length < self.lease.mark.length {
            self.looks += 1;
            return if self.looks < LOOKS { Step::Read } else { self.lost("its log is gone") };
        }
        match &end.content {
            Content::Record(record) if self.lease.is_tenure_of(record, &self.settings) => {
                if record.kind == RecordKind::Release {
                    let is_broken = record.flags & FLAG_BROKEN != 0;
                    return self.lost(if is_broken { "an operator broke the lock" } else { "it was released" });
                }
                // An earlier attempt whose answer never came, or another instance that renewed the same lease.
                stand_on(&mut self.lease, &end, record);
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
                match judge(&self.lease.name, &self.object, &end, Duration::ZERO, &self.settings) {
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
        let Some(attempt) = &mut self.attempt else {
            return match event {
                Event::Begin => self.append(turn),
                Event::LogEnd(end) => self.on_log_read(end, turn),
                Event::Unread(error) => Step::Done(Err(error.into())),
                _ => Step::Read,
            };
        };
        attempt.on(event, turn).or_done(|outcome| match outcome {
            AppendOutcome::Appended(appended) => {
                let sent = if self.settings.keeps(Rule::LeaseFromSend) { appended.sent } else { turn.now };
                self.lease.mark.length = appended.length;
                self.lease.mark.crc64 = appended.crc64;
                self.lease.mark.previous = appended.record.crc();
                self.lease.mark.since = appended.since.unwrap_or(0).max(self.lease.mark.since);
                self.lease.deadline = deadline(sent, appended.record.ttl, &self.settings);
                match appended.beyond {
                    None => Step::Done(Ok(self.lease.clone())),
                    Some(end) => self.on_log_read(end, turn),
                }
            }
            AppendOutcome::Missed(end, _) => self.on_log_read(end, turn),
            AppendOutcome::Refused(error) | AppendOutcome::Unknown(error) => {
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
pub(super) fn stand_on(lease: &mut Lease, end: &LogEnd, record: &Record) {
    lease.mark.length = end.length;
    lease.mark.crc64 = end.crc64;
    lease.mark.previous = record.crc();
}
