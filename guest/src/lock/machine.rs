//! What the machines of this folder have in common. They are values driven by events: no I/O, no clock and no random
//! numbers inside, so that a test can drive them through every order of events.

use std::time::Duration;

use bytes::Bytes;

use super::log_end::LogEnd;
use super::record::Record;
use crate::error::Error;

/// When an event came, on the caller's monotonic clock, and a random number for what is to be drawn in answer to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub now: Duration,
    pub random: u64,
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The machine begins.
    Begin,
    /// The end of the log was read.
    LogEnd(LogEnd),
    /// Bytes amid the log were read; `None` when they are no record.
    Record(Option<Record>),
    /// The append succeeded.
    Appended(Ack),
    /// The log has another length than the append is for, so this copy of it failed.
    Refused,
    /// Nobody can say whether the append took effect, or will: no response came, or one that does not tell.
    Undecided(Error),
    /// This copy of the append certainly failed, for another reason than the log's length.
    Failed(Error),
    /// The log could not be read.
    Unread(Error),
    /// The pause is over.
    Woken,
}

/// What an append that succeeded says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ack {
    /// When this copy was sent, on the caller's monotonic clock.
    pub sent: Duration,
    /// The answer's `Date`.
    pub date: Option<u64>,
}

/// What the machine wants next.
#[derive(Clone, Debug)]
pub(crate) enum Step<T> {
    /// Read the end of the log.
    Read,
    /// Read the record that stands at a position within the log.
    ReadAt(u64),
    /// Append.
    Append(Append),
    /// Wait.
    Sleep(Duration),
    /// Nothing: it is done.
    Done(T),
}

impl<T> Step<T> {
    /// The same wish of a machine with another outcome; the outcome itself is given back.
    pub(crate) fn or_done<U>(self, done: impl FnOnce(T) -> Step<U>) -> Step<U> {
        match self {
            Self::Read => Step::Read,
            Self::ReadAt(position) => Step::ReadAt(position),
            Self::Append(append) => Step::Append(append),
            Self::Sleep(length) => Step::Sleep(length),
            Self::Done(value) => done(value),
        }
    }
}

/// A record to be appended.
#[derive(Clone, Debug)]
pub(crate) struct Append {
    pub record: Record,
    /// The record's bytes: a repeat sends the same.
    pub bytes: Bytes,
    /// The CRC-64 of the log before it.
    pub before: u64,
}

impl Append {
    pub(crate) fn new(record: Record, before: u64) -> Self {
        Self { record, bytes: record.to_bytes().into(), before }
    }
}

/// A machine.
pub(crate) trait Machine {
    type Outcome;

    /// Takes an event in and says what is to be done next.
    fn on(&mut self, event: Event, turn: Turn) -> Step<Self::Outcome>;
}
