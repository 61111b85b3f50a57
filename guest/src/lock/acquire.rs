//! The machine that gets a lock: look, wait while it is held, append.

use std::time::Duration;

use super::append_attempt::{AppendAttempt, AppendOutcome, AppendedRecord};
use super::error::{Holder, LockError};
use super::lease::{Lease, Mark, deadline};
use super::log_end::LogEnd;
use super::machine::{Append, Event, Machine, Step, Turn};
use super::options::LockSettings;
use super::poll::Poll;
use super::record::{FLAG_TAKEN_OVER, Owner, Record, RecordKind};
use super::renew::renewal;
use super::rule::Rule;
use super::verdict::{Verdict, judge, next_token, unknown_holder, unreadable};
use crate::error::Error;

/// Where the next record goes: the end of a log, which a call may also know without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AppendPoint {
    pub length: u64,
    pub crc64: u64,
    pub token: u64,
    pub previous: u32,
}

/// What a call wants.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub name: String,
    pub object: String,
    pub owner: Owner,
    /// Until when to wait for a holder, on the monotonic clock.
    pub limit: Duration,
    /// A release of our own that probably still is the log's end.
    pub released: Option<AppendPoint>,
}

/// The machine.
#[derive(Clone, Debug)]
pub(crate) struct Acquire {
    wish: Wish,
    settings: LockSettings,
    poll: Poll,
    attempt: Option<AppendAttempt>,
    /// How long the log was when this call last looked.
    seen: Option<u64>,
    /// At what length the last look found the lock expired or unreadable: that must be seen twice.
    suspect: Option<u64>,
    /// The tenure that this call began, but whose lease had run out before the call heard of it: it is being renewed.
    tenure: Option<Lease>,
}

type Outcome = Result<Lease, LockError>;

impl Acquire {
    pub(crate) fn new(wish: Wish, settings: LockSettings) -> Self {
        let poll = Poll::new(settings.poll_min, settings.poll_max);
        Self { wish, settings, poll, attempt: None, seen: None, suspect: None, tenure: None }
    }

    /// The tenure that stands, or may yet, without anybody knowing, if the call ends now.
    pub(crate) fn left_behind(&self) -> Option<Lease> {
        self.tenure.clone().or_else(|| {
            let append = self.attempt.as_ref()?.open()?;
            Some(Lease::of_append(&self.wish.name, append))
        })
    }

    fn append(&mut self, point: AppendPoint, date: Option<u64>, flags: u32, turn: Turn) -> Step<Outcome> {
        let record = Record {
            kind: RecordKind::Acquire,
            token: next_token(point.token, date),
            owner: self.wish.owner,
            nonce: turn.random,
            ttl: self.settings.ttl,
            acquired: point.length,
            position: point.length,
            previous: point.previous,
            flags,
        };
        let limit = self.wish.limit.max(turn.now.saturating_add(self.settings.resolve_timeout()));
        let (attempt, append) = AppendAttempt::begin(Append::new(record, point.crc64), limit, &self.settings, turn);
        (self.attempt, self.tenure) = (Some(attempt), None);
        Step::Append(append)
    }

    fn on_log_read(&mut self, end: LogEnd, turn: Turn) -> Step<Outcome> {
        if self.seen.replace(end.length).is_some_and(|length| length != end.length) {
            self.poll.reset();
        }
        if !end.missing.is_zero() {
            return self.wait(unknown_holder(end.missing), turn);
        }
        let verdict = match judge(&self.wish.name, &self.wish.object, &end, end.age(), &self.settings) {
            Ok(verdict) => verdict,
            Err(error) => return Step::Done(Err(error.into())),
        };
        match verdict {
            Verdict::Free => self.take(&end, 0, turn),
            Verdict::Held(holder) => {
                self.suspect = None;
                self.wait(holder, turn)
            }
            // One answer alone proves nothing: its date may be wrong, its bytes may have been damaged.
            _ if self.suspect != Some(end.length) => {
                self.suspect = Some(end.length);
                Step::Read
            }
            Verdict::Expired => self.take(&end, FLAG_TAKEN_OVER, turn),
            Verdict::Unreadable(left) => Step::Done(Err(unreadable(&self.wish.name, &self.wish.object, left).into())),
        }
    }

    fn take(&mut self, end: &LogEnd, flags: u32, turn: Turn) -> Step<Outcome> {
        let record = end.record();
        let point = AppendPoint {
            length: end.length,
            crc64: end.crc64,
            token: record.map_or(0, |record| record.token),
            previous: record.map_or(0, Record::crc),
        };
        self.append(point, end.date, flags, turn)
    }

    fn wait(&mut self, holder: Holder, turn: Turn) -> Step<Outcome> {
        let left = self.wish.limit.saturating_sub(turn.now);
        if left.is_zero() {
            return Step::Done(Err(LockError::Held { name: self.wish.name.clone(), holder }));
        }
        Step::Sleep(self.poll.pause(holder.remaining, turn.random).min(left))
    }

    fn unread(&mut self, error: Error, turn: Turn) -> Step<Outcome> {
        if !error.retryable || turn.now >= self.wish.limit {
            return Step::Done(Err(error.into()));
        }
        let left = self.wish.limit.saturating_sub(turn.now);
        Step::Sleep(self.poll.pause(left, turn.random).min(left))
    }

    fn appended(&mut self, outcome: AppendOutcome, turn: Turn) -> Step<Outcome> {
        match outcome {
            AppendOutcome::Appended(appended @ AppendedRecord { beyond: None, .. }) => {
                let lease = self.lease(&appended, turn);
                // It may have taken so long that the lease has run out meanwhile: still nobody came between if it can be
                // renewed.
                if !lease.is_held(turn.now) {
                    return self.renew(lease, turn);
                }
                self.tenure = None;
                Step::Done(Ok(lease))
            }
            AppendOutcome::Appended(AppendedRecord { beyond: Some(end), .. }) | AppendOutcome::Missed(end, _) => {
                (self.attempt, self.tenure) = (None, None);
                self.wish.released = None;
                if !self.settings.keeps(Rule::PositionIsRead) {
                    return self.take(&end, 0, turn);
                }
                self.on_log_read(end, turn)
            }
            AppendOutcome::Refused(error) | AppendOutcome::Unknown(error) => {
                let key = Some(self.wish.name.clone());
                Step::Done(Err(Error { key, ..error }.into()))
            }
        }
    }

    fn renew(&mut self, lease: Lease, turn: Turn) -> Step<Outcome> {
        let limit = self.wish.limit.max(turn.now.saturating_add(self.settings.resolve_timeout()));
        let (attempt, append) = AppendAttempt::begin(renewal(&lease, turn), limit, &self.settings, turn);
        self.attempt = Some(attempt);
        self.tenure = Some(lease);
        Step::Append(append)
    }

    fn lease(&self, appended: &AppendedRecord, turn: Turn) -> Lease {
        let sent = if self.settings.keeps(Rule::LeaseFromSend) { appended.sent } else { turn.now };
        let record = &appended.record;
        Lease {
            name: self.wish.name.clone(),
            owner: record.owner,
            token: record.token,
            // Its first record says so, not the renewals that may have followed.
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

    fn on(&mut self, event: Event, turn: Turn) -> Step<Outcome> {
        if let Some(attempt) = &mut self.attempt {
            let event = match event {
                Event::Undecided(_) if !self.settings.keeps(Rule::UndecidedIsNoSuccess) => {
                    Event::Appended(super::machine::Ack { sent: turn.now, date: None })
                }
                event => event,
            };
            let step = attempt.on(event, turn);
            return step.or_done(|outcome| self.appended(outcome, turn));
        }
        match event {
            Event::Begin => match self.wish.released {
                Some(point) => self.append(point, None, 0, turn),
                None => Step::Read,
            },
            Event::LogEnd(end) => self.on_log_read(end, turn),
            Event::Unread(error) => self.unread(error, turn),
            _ => Step::Read,
        }
    }
}
