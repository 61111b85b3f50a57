//! The state machine that acquires a lock: reads the log, waits while the lock is held, and appends a record.

use std::time::Duration;

use super::append_attempt::{AppendAttempt, AppendOutcome, AppendedRecord};
use super::error::{Holder, LockError};
use super::lease::{Lease, Mark, deadline};
use super::log_end::LogEnd;
use super::machine::{Append, Event, EventContext, Machine, Step};
use super::options::LockSettings;
use super::poll::Poll;
use super::record::{FLAG_TAKEN_OVER, Owner, Record, RecordKind};
use super::renew::renewal;
use super::rule::Rule;
use super::verdict::{Verdict, judge, next_token, unknown_holder, unreadable};
use crate::error::Error;

/// The position of the next record: the end of a log, which a call may also know without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AppendPoint {
    pub length: u64,
    pub crc64: u64,
    pub token: u64,
    pub previous: u32,
}

/// The parameters of a call that acquires a lock.
#[derive(Clone, Debug)]
pub(crate) struct AcquireRequest {
    pub name: String,
    pub object: String,
    pub owner: Owner,
    /// How long to wait for a holder: a time on the monotonic clock.
    pub limit: Duration,
    /// The position after a release by this instance, which probably still is the log's end.
    pub released: Option<AppendPoint>,
}

/// The state machine.
#[derive(Clone, Debug)]
pub(crate) struct Acquire {
    request: AcquireRequest,
    settings: LockSettings,
    poll: Poll,
    attempt: Option<AppendAttempt>,
    /// The log's length when this call last read it.
    seen: Option<u64>,
    /// The log's length when the last read found the lock expired or unreadable: two reads must agree on that.
    suspect: Option<u64>,
    /// The tenure that this call began, if its lease expired before the response arrived: it is being renewed.
    tenure: Option<Lease>,
}

type Outcome = Result<Lease, LockError>;

impl Acquire {
    pub(crate) fn new(request: AcquireRequest, settings: LockSettings) -> Self {
        let poll = Poll::new(settings.poll_min, settings.poll_max);
        Self { request, settings, poll, attempt: None, seen: None, suspect: None, tenure: None }
    }

    /// The tenure that exists, or may still begin, without a holder if the call ends now.
    pub(crate) fn possible_tenure(&self) -> Option<Lease> {
        self.tenure.clone().or_else(|| {
            let append = self.attempt.as_ref()?.open()?;
            Some(Lease::of_append(&self.request.name, append))
        })
    }

    fn append(&mut self, point: AppendPoint, date: Option<u64>, flags: u32, context: EventContext) -> Step<Outcome> {
        let record = Record {
            kind: RecordKind::Acquire,
            token: next_token(point.token, date),
            owner: self.request.owner,
            nonce: context.random,
            ttl: self.settings.ttl,
            acquired: point.length,
            position: point.length,
            previous: point.previous,
            flags,
        };
        let limit = self.request.limit.max(context.now.saturating_add(self.settings.resolve_timeout()));
        let (attempt, append) = AppendAttempt::begin(Append::new(record, point.crc64), limit, &self.settings, context);
        (self.attempt, self.tenure) = (Some(attempt), None);
        Step::Append(append)
    }

    fn on_log_read(&mut self, end: LogEnd, context: EventContext) -> Step<Outcome> {
        if self.seen.replace(end.length).is_some_and(|length| length != end.length) {
            self.poll.reset();
        }
        if !end.missing.is_zero() {
            return self.wait(unknown_holder(end.missing), context);
        }
        let verdict = match judge(&self.request.name, &self.request.object, &end, end.age(), &self.settings) {
            Ok(verdict) => verdict,
            Err(error) => return Step::Done(Err(error.into())),
        };
        match verdict {
            Verdict::Free => self.take(&end, 0, context),
            Verdict::Held(holder) => {
                self.suspect = None;
                self.wait(holder, context)
            }
            // A single response proves nothing: its date may be wrong, or its bytes damaged.
            _ if self.suspect != Some(end.length) => {
                self.suspect = Some(end.length);
                Step::Read
            }
            Verdict::Expired => self.take(&end, FLAG_TAKEN_OVER, context),
            Verdict::Unreadable(left) => {
                Step::Done(Err(unreadable(&self.request.name, &self.request.object, left).into()))
            }
        }
    }

    fn take(&mut self, end: &LogEnd, flags: u32, context: EventContext) -> Step<Outcome> {
        let record = end.record();
        let point = AppendPoint {
            length: end.length,
            crc64: end.crc64,
            token: record.map_or(0, |record| record.token),
            previous: record.map_or(0, Record::crc),
        };
        self.append(point, end.date, flags, context)
    }

    fn wait(&mut self, holder: Holder, context: EventContext) -> Step<Outcome> {
        let left = self.request.limit.saturating_sub(context.now);
        if left.is_zero() {
            return Step::Done(Err(LockError::Held { name: self.request.name.clone(), holder }));
        }
        Step::Sleep(self.poll.pause(holder.remaining, context.random).min(left))
    }

    fn unread(&mut self, error: Error, context: EventContext) -> Step<Outcome> {
        if !error.retryable || context.now >= self.request.limit {
            return Step::Done(Err(error.into()));
        }
        let left = self.request.limit.saturating_sub(context.now);
        Step::Sleep(self.poll.pause(left, context.random).min(left))
    }

    fn appended(&mut self, outcome: AppendOutcome, context: EventContext) -> Step<Outcome> {
        match outcome {
            AppendOutcome::Appended(appended @ AppendedRecord { beyond: None, .. }) => {
                let lease = self.lease(&appended, context);
                // The lease may have expired before the response arrived. If it can be renewed, nobody had the lock in
                // between.
                if !lease.is_held(context.now) {
                    return self.renew(lease, context);
                }
                self.tenure = None;
                Step::Done(Ok(lease))
            }
            AppendOutcome::Appended(AppendedRecord { beyond: Some(end), .. }) | AppendOutcome::Missed(end, _) => {
                (self.attempt, self.tenure) = (None, None);
                self.request.released = None;
                if !self.settings.keeps(Rule::PositionIsRead) {
                    return self.take(&end, 0, context);
                }
                self.on_log_read(end, context)
            }
            AppendOutcome::Refused(error) | AppendOutcome::Unknown(error) => {
                let key = Some(self.request.name.clone());
                Step::Done(Err(Error { key, ..error }.into()))
            }
        }
    }

    fn renew(&mut self, lease: Lease, context: EventContext) -> Step<Outcome> {
        let limit = self.request.limit.max(context.now.saturating_add(self.settings.resolve_timeout()));
        let (attempt, append) = AppendAttempt::begin(renewal(&lease, context), limit, &self.settings, context);
        self.attempt = Some(attempt);
        self.tenure = Some(lease);
        Step::Append(append)
    }

    fn lease(&self, appended: &AppendedRecord, context: EventContext) -> Lease {
        let sent = if self.settings.keeps(Rule::LeaseFromSend) { appended.sent } else { context.now };
        let record = &appended.record;
        Lease {
            name: self.request.name.clone(),
            owner: record.owner,
            token: record.token,
            // Only the tenure's first record has this flag, not the renewals.
            taken_over: self.tenure.as_ref().map_or(record.flags & FLAG_TAKEN_OVER != 0, |tenure| tenure.taken_over),
            deadline: deadline(sent, record.ttl, &self.settings),
            mark: Mark {
                ttl: record.ttl,
                acquired: record.acquired,
                nonce: self.tenure.as_ref().map_or(record.nonce, |tenure| tenure.mark.nonce),
                length: appended.length,
                crc64: appended.crc64,
                previous: record.crc(),
                since: appended.since.unwrap_or(0),
            },
            interlock: None,
        }
    }
}

impl Machine for Acquire {
    type Outcome = Outcome;

    fn on(&mut self, event: Event, context: EventContext) -> Step<Outcome> {
        if let Some(attempt) = &mut self.attempt {
            let event = match event {
                Event::Undecided(_) if !self.settings.keeps(Rule::UndecidedIsNoSuccess) => {
                    Event::Appended(super::machine::Ack { sent: context.now, date: None })
                }
                event => event,
            };
            let step = attempt.on(event, context);
            return step.or_done(|outcome| self.appended(outcome, context));
        }
        match event {
            Event::Begin => match self.request.released {
                Some(point) => self.append(point, None, 0, context),
                None => Step::Read,
            },
            Event::LogEnd(end) => self.on_log_read(end, context),
            Event::Unread(error) => self.unread(error, context),
            _ => Step::Read,
        }
    }
}
