//! Appends one record to a log, and finds out whether that succeeded if the response does not tell.
//!
//! An append at a position can succeed at most once, and never after the log has grown beyond that position. So the
//! response decides or, without one, the record at that position; and until the log has grown, the same bytes may be
//! sent again.

use std::time::Duration;

use super::log_end::LogEnd;
use super::machine::{Ack, Append, Event, EventContext, Machine, Step};
use super::options::LockSettings;
use super::poll::Poll;
use super::record::{RECORD_LENGTH, Record};
use super::rule::Rule;
use crate::checksum::Crc64;
use crate::error::Error;

/// The state machine that appends one record, or finds out that this is impossible.
#[derive(Clone, Debug)]
pub(crate) struct AppendAttempt {
    append: Append,
    /// When the first attempt was sent: the lease begins then, whichever attempt succeeds.
    first_sent: Duration,
    /// When to give up.
    limit: Duration,
    sends: u32,
    /// The last error after which an attempt may have succeeded, or still may.
    undecided: Option<Error>,
    /// Why the last attempt certainly failed, if the next one may succeed.
    postponed: Option<Error>,
    /// A final error, which is returned once the outcome of the earlier attempts is known.
    refusal: Option<Error>,
    /// The end of the log, while the record within it is read.
    beyond: Option<LogEnd>,
    resend: bool,
    pauses: Poll,
    is_open: bool,
    breaks_calls: bool,
    breaks_sends: bool,
}

/// The outcome of an append.
#[derive(Clone, Debug)]
pub(crate) enum AppendOutcome {
    /// The append succeeded.
    Appended(AppendedRecord),
    /// The append failed and can't succeed any more. Contains the end of the log, and the record at the position if
    /// that was read.
    Missed(LogEnd, Option<Record>),
    /// The append was rejected, and no attempt is in flight.
    Refused(Error),
    /// The time is up. An attempt may have succeeded, or still may.
    Unknown(Error),
}

/// An appended record.
#[derive(Clone, Debug)]
pub(crate) struct AppendedRecord {
    pub record: Record,
    /// When its first attempt was sent.
    pub sent: Duration,
    /// A time of OSS's clock that is no later than the append.
    pub since: Option<u64>,
    /// The log's length with it.
    pub length: u64,
    /// The log's CRC-64 with it.
    pub crc64: u64,
    /// The log's end, if others appended records after it.
    pub beyond: Option<LogEnd>,
}

impl AppendAttempt {
    /// Starts an attempt, and returns the append that must be sent first.
    pub(crate) fn begin(
        append: Append,
        limit: Duration,
        settings: &LockSettings,
        context: EventContext,
    ) -> (Self, Append) {
        let attempt = Self {
            append: append.clone(),
            first_sent: context.now,
            limit,
            sends: 1,
            undecided: None,
            postponed: None,
            refusal: None,
            beyond: None,
            resend: false,
            // Increasingly long, so that waiting callers don't make an outage worse.
            pauses: Poll::new(settings.request() / 10, settings.request()),
            is_open: true,
            breaks_calls: !settings.keeps(Rule::CallsDiffer),
            breaks_sends: !settings.keeps(Rule::FirstSendCounts),
        };
        (attempt, append)
    }

    /// The record, while an attempt may have succeeded, or still may, without a response.
    pub(crate) fn open(&self) -> Option<&Append> {
        self.is_open.then_some(&self.append)
    }

    fn appended(&mut self, since: Option<u64>, beyond: Option<LogEnd>) -> Step<AppendOutcome> {
        self.is_open = false;
        let mut whole = Crc64::after(self.append.before);
        whole.update(&self.append.bytes);
        Step::Done(AppendOutcome::Appended(AppendedRecord {
            record: self.append.record,
            sent: self.first_sent,
            since,
            length: self.append.record.position.saturating_add(RECORD_LENGTH),
            crc64: whole.value(),
            beyond,
        }))
    }

    fn missed(&mut self, end: LogEnd, instead: Option<Record>) -> Step<AppendOutcome> {
        self.is_open = false;
        Step::Done(AppendOutcome::Missed(end, instead))
    }

    fn is_mine(&self, record: &Record) -> bool {
        if self.breaks_calls {
            return record.owner == self.append.record.owner && record.kind == self.append.record.kind;
        }
        record.is_of(self.append.record.owner, self.append.record.token) && record.nonce == self.append.record.nonce
    }

    fn on_log_read(&mut self, end: LogEnd, context: EventContext) -> Step<AppendOutcome> {
        let position = self.append.record.position;
        if end.length > position {
            return match end.record() {
                Some(record) if record.position == position && self.is_mine(record) => {
                    // Other instances count the lease from exactly this time.
                    self.appended(end.modified, None)
                }
                Some(record) if record.position == position => {
                    let instead = *record;
                    self.missed(end, Some(instead))
                }
                _ if end.length < position.saturating_add(RECORD_LENGTH) => self.missed(end, None),
                _ => {
                    self.beyond = Some(end);
                    Step::ReadAt(position)
                }
            };
        }
        if end.length < position {
            // Somebody deleted the log, or this read returned an old state.
            return self.missed(end, None);
        }
        if let Some(refusal) = self.refusal.take() {
            return Step::Done(AppendOutcome::Unknown(refusal));
        }
        // No attempt has succeeded yet. Send the same bytes again: at most one attempt can succeed.
        self.resend = true;
        if self.sends == 1 { self.send(context) } else { self.pause(context) }
    }

    fn send(&mut self, context: EventContext) -> Step<AppendOutcome> {
        self.resend = false;
        if context.now >= self.limit {
            return self.give_up();
        }
        self.sends = self.sends.saturating_add(1);
        if self.breaks_sends {
            self.first_sent = context.now;
        }
        Step::Append(self.append.clone())
    }

    fn pause(&mut self, context: EventContext) -> Step<AppendOutcome> {
        let left = self.limit.saturating_sub(context.now);
        if left.is_zero() {
            return self.give_up();
        }
        Step::Sleep(self.pauses.pause(left, context.random).min(left))
    }

    fn give_up(&mut self) -> Step<AppendOutcome> {
        if let Some(error) = self.undecided.take() {
            return Step::Done(AppendOutcome::Unknown(error));
        }
        if let Some(error) = self.postponed.take() {
            self.is_open = false;
            return Step::Done(AppendOutcome::Refused(error));
        }
        let message = "the lock's log could not be read in time";
        let error = Error::new(crate::error::ErrorKind::TimedOut, "", message);
        Step::Done(AppendOutcome::Unknown(Error { retryable: true, undecided: true, ..error }))
    }
}

impl Machine for AppendAttempt {
    type Outcome = AppendOutcome;

    fn on(&mut self, event: Event, context: EventContext) -> Step<AppendOutcome> {
        match event {
            Event::Begin => Step::Append(self.append.clone()),
            Event::Appended(ack) => self.appended(no_later_than_append(&ack, context.now), None),
            Event::Refused => Step::Read,
            Event::Undecided(error) => {
                self.undecided = Some(error);
                Step::Read
            }
            // The request was not sent, or OSS was too busy to accept it: this attempt is not in flight, so there is
            // nothing to read.
            Event::Failed(error) if error.retryable => {
                self.postponed = Some(error);
                self.resend = true;
                self.pause(context)
            }
            Event::Failed(error) if self.undecided.is_none() => {
                self.is_open = false;
                Step::Done(AppendOutcome::Refused(error))
            }
            Event::Failed(error) => {
                self.refusal = Some(error);
                Step::Read
            }
            Event::LogEnd(end) => self.on_log_read(end, context),
            Event::Record(record) => {
                let Some(end) = self.beyond.take() else { return Step::Read };
                match record {
                    Some(record) if self.is_mine(&record) => self.appended(None, Some(end)),
                    instead => self.missed(end, instead),
                }
            }
            Event::Unread(error) if error.retryable => {
                self.resend = false;
                self.undecided.get_or_insert(error);
                self.pause(context)
            }
            Event::Unread(error) => Step::Done(AppendOutcome::Unknown(error)),
            Event::Woken if self.resend => self.send(context),
            Event::Woken => Step::Read,
        }
    }
}

/// A time of OSS's clock that is no later than the append: that of the response, minus the whole time that the request
/// took.
fn no_later_than_append(ack: &Ack, now: Duration) -> Option<u64> {
    let took = now.saturating_sub(ack.sent).as_secs().saturating_add(2);
    ack.date.map(|date| date.saturating_sub(took))
}
