//! The state machine that renews a lease.

use std::time::Duration;

use super::append_attempt::{AppendAttempt, AppendOutcome};
use super::error::LockError;
use super::lease::{Lease, deadline};
use super::log_end::{Content, LogEnd};
use super::machine::{Append, Event, EventContext, Machine, Step};
use super::options::LockSettings;
use super::record::{FLAG_BROKEN, Record, RecordKind};
use super::rule::Rule;
use super::verdict::{judge, unreadable};
use crate::error::Error;

/// How often a log that is shorter than expected is read before it counts as gone: the first read may have returned an
/// old state.
pub(crate) const MAX_READS: u32 = 3;

/// The state machine. It can also renew a lease that has expired: if that succeeds, nobody had the lock in between.
#[derive(Clone, Debug)]
pub(crate) struct Renew {
    object: String,
    lease: Lease,
    settings: LockSettings,
    limit: Duration,
    attempt: Option<AppendAttempt>,
    reads: u32,
}

type Outcome = Result<Lease, LockError>;

impl Renew {
    pub(crate) fn new(object: String, lease: Lease, limit: Duration, settings: LockSettings) -> Self {
        Self { object, lease, settings, limit, attempt: None, reads: 0 }
    }

    fn append(&mut self, context: EventContext) -> Step<Outcome> {
        let (attempt, append) =
            AppendAttempt::begin(renewal(&self.lease, context), self.limit, &self.settings, context);
        self.attempt = Some(attempt);
        Step::Append(append)
    }

    fn on_log_read(&mut self, end: LogEnd, context: EventContext) -> Step<Outcome> {
        self.attempt = None;
        if end.length < self.lease.mark.length {
            self.reads += 1;
            return if self.reads < MAX_READS { Step::Read } else { self.lost("its log is gone") };
        }
        match &end.content {
            Content::Record(record) if self.lease.is_tenure_of(record, &self.settings) => {
                if record.kind == RecordKind::Release {
                    let is_broken = record.flags & FLAG_BROKEN != 0;
                    return self.lost(if is_broken { "an operator broke the lock" } else { "it was released" });
                }
                // The record is of an earlier attempt without a response, or another instance renewed the same lease.
                move_to_record(&mut self.lease, &end, record);
                if context.now >= self.limit {
                    let message = "the lease was renewed meanwhile, but no answer came in time";
                    let error = Error::new(crate::error::ErrorKind::TimedOut, &self.lease.name, message);
                    return Step::Done(Err(Error { retryable: true, ..error }.into()));
                }
                self.append(context)
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

    fn on(&mut self, event: Event, context: EventContext) -> Step<Outcome> {
        let Some(attempt) = &mut self.attempt else {
            return match event {
                Event::Begin => self.append(context),
                Event::LogEnd(end) => self.on_log_read(end, context),
                Event::Unread(error) => Step::Done(Err(error.into())),
                _ => Step::Read,
            };
        };
        attempt.on(event, context).or_done(|outcome| match outcome {
            AppendOutcome::Appended(appended) => {
                let sent = if self.settings.keeps(Rule::LeaseFromSend) { appended.sent } else { context.now };
                self.lease.mark.length = appended.length;
                self.lease.mark.crc64 = appended.crc64;
                self.lease.mark.previous = appended.record.crc();
                self.lease.mark.since = appended.since.unwrap_or(0).max(self.lease.mark.since);
                self.lease.deadline = deadline(sent, appended.record.ttl, &self.settings);
                match appended.beyond {
                    None => Step::Done(Ok(self.lease.clone())),
                    Some(end) => self.on_log_read(end, context),
                }
            }
            AppendOutcome::Missed(end, _) => self.on_log_read(end, context),
            AppendOutcome::Refused(error) | AppendOutcome::Unknown(error) => {
                Step::Done(Err(Error { key: Some(self.lease.name.clone()), ..error }.into()))
            }
        })
    }
}

/// The record that renews a lease. It keeps the lease's duration, whatever this instance's settings are.
pub(super) fn renewal(lease: &Lease, context: EventContext) -> Append {
    next_record(lease, RecordKind::Renew, 0, context)
}

/// A record directly after the lease's last one.
pub(super) fn next_record(lease: &Lease, kind: RecordKind, flags: u32, context: EventContext) -> Append {
    let mark = &lease.mark;
    let record = Record {
        kind,
        token: lease.token,
        owner: lease.owner,
        nonce: context.random,
        ttl: mark.ttl,
        acquired: mark.acquired,
        position: mark.length,
        previous: mark.previous,
        flags,
    };
    Append::new(record, mark.crc64)
}

/// Moves a lease to a later record of its tenure.
pub(super) fn move_to_record(lease: &mut Lease, end: &LogEnd, record: &Record) {
    lease.mark.length = end.length;
    lease.mark.crc64 = end.crc64;
    lease.mark.previous = record.crc();
}
