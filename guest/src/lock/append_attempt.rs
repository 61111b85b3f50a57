//! Appends one record to a log, and finds out whether that succeeded if the response does not tell.
//!
//! An append at a position can succeed at most once, and never after the log has grown beyond that position. So the
//! response, if one came, or the record that stands there, decides; and until the log has grown, the same bytes may be sent
//! again.

use std::time::Duration;

use super::log_end::LogEnd;
use super::machine::{Ack, Append, Event, Machine, Step, Turn};
use super::options::LockSettings;
use super::poll::Poll;
use super::record::{RECORD_LENGTH, Record};
use super::rule::Rule;
use crate::checksum::Crc64;
use crate::error::Error;

/// The machine that gets one record appended, or finds out that it can't be.
#[derive(Clone, Debug)]
pub(crate) struct AppendAttempt {
    append: Append,
    /// When the first copy was sent: a lease runs from here, whichever copy succeeds.
    first_sent: Duration,
    /// Until when to go on.
    limit: Duration,
    sends: u32,
    /// The last error that leaves open whether a copy succeeded, or will.
    undecided: Option<Error>,
    /// Why the last copy certainly failed, where the next may succeed.
    postponed: Option<Error>,
    /// A refusal that ends it, once the copies before it are decided.
    refusal: Option<Error>,
    /// The end of the log, while the record amid it is read.
    beyond: Option<LogEnd>,
    resend: bool,
    pauses: Poll,
    is_open: bool,
    breaks_calls: bool,
    breaks_sends: bool,
}

/// What became of an append.
#[derive(Clone, Debug)]
pub(crate) enum AppendOutcome {
    /// It succeeded.
    Appended(AppendedRecord),
    /// It failed and can't succeed any more: the log's end as it was seen, and the record in its place if that was read.
    Missed(LogEnd, Option<Record>),
    /// It was refused, and no copy of it is on its way.
    Refused(Error),
    /// Time is up. A copy may have succeeded or succeed yet.
    Unknown(Error),
}

/// A record that was appended.
#[derive(Clone, Debug)]
pub(crate) struct AppendedRecord {
    pub record: Record,
    /// When its first copy was sent.
    pub sent: Duration,
    /// A time of OSS's no later than when it was appended.
    pub since: Option<u64>,
    /// The log's length with it.
    pub length: u64,
    /// The log's CRC-64 with it.
    pub crc64: u64,
    /// The log's end, when others wrote behind it.
    pub beyond: Option<LogEnd>,
}

impl AppendAttempt {
    /// Begins: the first step sends the append.
    pub(crate) fn begin(append: Append, limit: Duration, settings: &LockSettings, turn: Turn) -> (Self, Append) {
        let attempt = Self {
            append: append.clone(),
            first_sent: turn.now,
            limit,
            sends: 1,
            undecided: None,
            postponed: None,
            refusal: None,
            beyond: None,
            resend: false,
            // Ever longer: an outage is not made worse by those who wait for its end.
            pauses: Poll::new(settings.request() / 10, settings.request()),
            is_open: true,
            breaks_calls: !settings.keeps(Rule::CallsDiffer),
            breaks_sends: !settings.keeps(Rule::FirstSendCounts),
        };
        (attempt, append)
    }

    /// The record, while a copy of it may have been appended, or may yet, without anybody knowing.
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

    fn on_log_read(&mut self, end: LogEnd, turn: Turn) -> Step<AppendOutcome> {
        let position = self.append.record.position;
        if end.length > position {
            return match end.record() {
                Some(record) if record.position == position && self.is_mine(record) => {
                    // Others count the lease from just this time.
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
            // Somebody deleted the log, or this look is an old one.
            return self.missed(end, None);
        }
        if let Some(refusal) = self.refusal.take() {
            return Step::Done(AppendOutcome::Unknown(refusal));
        }
        // No copy has succeeded yet. Send the same bytes once more: at most one copy can succeed.
        self.resend = true;
        if self.sends == 1 { self.send(turn) } else { self.pause(turn) }
    }

    fn send(&mut self, turn: Turn) -> Step<AppendOutcome> {
        self.resend = false;
        if turn.now >= self.limit {
            return self.give_up();
        }
        self.sends = self.sends.saturating_add(1);
        if self.breaks_sends {
            self.first_sent = turn.now;
        }
        Step::Append(self.append.clone())
    }

    fn pause(&mut self, turn: Turn) -> Step<AppendOutcome> {
        let left = self.limit.saturating_sub(turn.now);
        if left.is_zero() {
            return self.give_up();
        }
        Step::Sleep(self.pauses.pause(left, turn.random).min(left))
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

    fn on(&mut self, event: Event, turn: Turn) -> Step<AppendOutcome> {
        match event {
            Event::Begin => Step::Append(self.append.clone()),
            Event::Appended(ack) => self.appended(no_later_than_append(&ack, turn.now), None),
            Event::Refused => Step::Read,
            Event::Undecided(error) => {
                self.undecided = Some(error);
                Step::Read
            }
            // It was not sent, or OSS was too busy to take it: no copy of this one is on its way, so there is nothing to read.
            Event::Failed(error) if error.retryable => {
                self.postponed = Some(error);
                self.resend = true;
                self.pause(turn)
            }
            Event::Failed(error) if self.undecided.is_none() => {
                self.is_open = false;
                Step::Done(AppendOutcome::Refused(error))
            }
            Event::Failed(error) => {
                self.refusal = Some(error);
                Step::Read
            }
            Event::LogEnd(end) => self.on_log_read(end, turn),
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
                self.pause(turn)
            }
            Event::Unread(error) => Step::Done(AppendOutcome::Unknown(error)),
            Event::Woken if self.resend => self.send(turn),
            Event::Woken => Step::Read,
        }
    }
}

/// A time of OSS's that is no later than the append: the response's, less all the time that it took.
fn no_later_than_append(ack: &Ack, now: Duration) -> Option<u64> {
    let took = now.saturating_sub(ack.sent).as_secs().saturating_add(2);
    ack.date.map(|date| date.saturating_sub(took))
}
