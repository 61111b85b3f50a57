//! Did my append land?
//!
//! An append at a position can land at most once, and never after the log has grown beyond that position. So the answer,
//! if it came, or the record that stands there, decides; and until the log has grown, the same bytes may be sent again.

use std::time::Duration;

use super::machine::{Ack, Append, Event, Machine, Step, Turn};
use super::options::LockSettings;
use super::poll::Poll;
use super::record::{RECORD_LENGTH, Record};
use super::rule::Rule;
use super::tail::Tail;
use crate::checksum::Crc64;
use crate::error::Error;

/// The machine that gets one record appended, or finds out that it can't be.
#[derive(Clone, Debug)]
pub(crate) struct Landing {
    append: Append,
    /// When the first copy was sent: a lease runs from here, whichever copy lands.
    first_sent: Duration,
    /// Until when to go on.
    limit: Duration,
    sends: u32,
    /// The last trouble that leaves open whether a copy landed, or will.
    undecided: Option<Error>,
    /// Why the last copy certainly did not land, where the next may.
    postponed: Option<Error>,
    /// A refusal that ends it, once the copies before it are decided.
    refusal: Option<Error>,
    /// The end of the log, while the record amid it is read.
    beyond: Option<Tail>,
    resend: bool,
    pauses: Poll,
    is_open: bool,
    breaks_calls: bool,
    breaks_sends: bool,
}

/// What became of an append.
#[derive(Clone, Debug)]
pub(crate) enum Landed {
    /// It landed.
    Here(Standing),
    /// It did not, and never will: the log's end as it was seen, and what stands in its place if that was looked at.
    Missed(Tail, Option<Record>),
    /// It was refused, and no copy of it is on its way.
    Refused(Error),
    /// Time is up. A copy may have landed or land yet.
    Unknown(Error),
}

/// A record that landed.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub record: Record,
    /// When its first copy was sent.
    pub sent: Duration,
    /// A time of OSS's no later than when it landed.
    pub since: Option<u64>,
    /// The log's length with it.
    pub length: u64,
    /// The log's CRC-64 with it.
    pub crc64: u64,
    /// The log's end, when others wrote behind it.
    pub beyond: Option<Tail>,
}

impl Landing {
    /// Begins: the first step sends the append.
    pub(crate) fn begin(append: Append, limit: Duration, settings: &LockSettings, turn: Turn) -> (Self, Append) {
        let landing = Self {
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
        (landing, append)
    }

    /// The record, while a copy of it may have landed or land yet without anybody knowing.
    pub(crate) fn open(&self) -> Option<&Append> {
        self.is_open.then_some(&self.append)
    }

    fn here(&mut self, since: Option<u64>, beyond: Option<Tail>) -> Step<Landed> {
        self.is_open = false;
        let mut whole = Crc64::after(self.append.before);
        whole.update(&self.append.bytes);
        Step::Done(Landed::Here(Standing {
            record: self.append.record,
            sent: self.first_sent,
            since,
            length: self.append.record.position.saturating_add(RECORD_LENGTH),
            crc64: whole.value(),
            beyond,
        }))
    }

    fn missed(&mut self, tail: Tail, instead: Option<Record>) -> Step<Landed> {
        self.is_open = false;
        Step::Done(Landed::Missed(tail, instead))
    }

    fn is_mine(&self, record: &Record) -> bool {
        if self.breaks_calls {
            return record.owner == self.append.record.owner && record.kind == self.append.record.kind;
        }
        record.is_of(self.append.record.owner, self.append.record.token) && record.nonce == self.append.record.nonce
    }

    fn look(&mut self, tail: Tail, turn: Turn) -> Step<Landed> {
        let position = self.append.record.position;
        if tail.length > position {
            return match tail.record() {
                Some(record) if record.position == position && self.is_mine(record) => {
                    // Others count the lease from just this time.
                    self.here(tail.modified, None)
                }
                Some(record) if record.position == position => {
                    let instead = *record;
                    self.missed(tail, Some(instead))
                }
                _ if tail.length < position.saturating_add(RECORD_LENGTH) => self.missed(tail, None),
                _ => {
                    self.beyond = Some(tail);
                    Step::ReadAt(position)
                }
            };
        }
        if tail.length < position {
            // Somebody deleted the log, or this look is an old one.
            return self.missed(tail, None);
        }
        if let Some(refusal) = self.refusal.take() {
            return Step::Done(Landed::Unknown(refusal));
        }
        // It has not landed yet. The same bytes once more: at most one copy can land.
        self.resend = true;
        if self.sends == 1 { self.send(turn) } else { self.pause(turn) }
    }

    fn send(&mut self, turn: Turn) -> Step<Landed> {
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

    fn pause(&mut self, turn: Turn) -> Step<Landed> {
        let left = self.limit.saturating_sub(turn.now);
        if left.is_zero() {
            return self.give_up();
        }
        Step::Sleep(self.pauses.pause(left, turn.random).min(left))
    }

    fn give_up(&mut self) -> Step<Landed> {
        if let Some(error) = self.undecided.take() {
            return Step::Done(Landed::Unknown(error));
        }
        if let Some(error) = self.postponed.take() {
            self.is_open = false;
            return Step::Done(Landed::Refused(error));
        }
        let message = "the lock's log could not be read in time";
        let error = Error::new(crate::error::ErrorKind::TimedOut, "", message);
        Step::Done(Landed::Unknown(Error { retryable: true, undecided: true, ..error }))
    }
}

impl Machine for Landing {
    type Outcome = Landed;

    fn on(&mut self, event: Event, turn: Turn) -> Step<Landed> {
        match event {
            Event::Begin => Step::Append(self.append.clone()),
            Event::Appended(ack) => self.here(before_landing(&ack, turn.now), None),
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
                Step::Done(Landed::Refused(error))
            }
            Event::Failed(error) => {
                self.refusal = Some(error);
                Step::Read
            }
            Event::Tail(tail) => self.look(tail, turn),
            Event::Record(record) => {
                let Some(tail) = self.beyond.take() else { return Step::Read };
                match record {
                    Some(record) if self.is_mine(&record) => self.here(None, Some(tail)),
                    instead => self.missed(tail, instead),
                }
            }
            Event::Unread(error) if error.retryable => {
                self.resend = false;
                self.undecided.get_or_insert(error);
                self.pause(turn)
            }
            Event::Unread(error) => Step::Done(Landed::Unknown(error)),
            Event::Woken if self.resend => self.send(turn),
            Event::Woken => Step::Read,
        }
    }
}

/// A time of OSS's that is no later than when the append landed: the answer's, less all the time that it took.
fn before_landing(ack: &Ack, now: Duration) -> Option<u64> {
    let took = now.saturating_sub(ack.sent).as_secs().saturating_add(2);
    ack.date.map(|date| date.saturating_sub(took))
}
