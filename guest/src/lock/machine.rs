//! What the state machines of the locks have in common. They are values driven by events, without I/O, clocks and
//! random numbers, so that a test can drive them through every order of events.

use std::time::Duration;

use bytes::Bytes;

use super::log_end::LogEnd;
use super::record::Record;
use crate::error::Error;

/// The time of an event, on the caller's monotonic clock, and a random number for the step that follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventContext {
    pub now: Duration,
    pub random: u64,
}

/// An event.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The machine starts.
    Begin,
    /// The end of the log was read.
    LogEnd(LogEnd),
    /// A record within the log was read; `None` if the bytes are not a record.
    Record(Option<Record>),
    /// The append succeeded.
    Appended(Ack),
    /// The log has another length than the append expects, so this attempt of it failed.
    Refused,
    /// It is unknown whether the append took effect, or will: there was no response, or one that does not tell.
    Undecided(Error),
    /// This attempt of the append certainly failed, for another reason than the log's length.
    Failed(Error),
    /// The log could not be read.
    Unread(Error),
    /// The pause is over.
    Woken,
}

/// The response to a successful append.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ack {
    /// When this attempt was sent, on the caller's monotonic clock.
    pub sent: Duration,
    /// The response's `Date`.
    pub date: Option<u64>,
}

/// The machine's next step.
#[derive(Clone, Debug)]
pub(crate) enum Step<T> {
    /// Read the end of the log.
    Read,
    /// Read the record at a position within the log.
    ReadAt(u64),
    /// Append.
    Append(Append),
    /// Wait.
    Sleep(Duration),
    /// The machine has ended.
    Done(T),
}

impl<T> Step<T> {
    /// Converts the step for a machine with another outcome; the outcome itself is passed to `done`.
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
    /// The record's bytes: another attempt sends the same ones.
    pub bytes: Bytes,
    /// The CRC-64 of the log before it.
    pub before: u64,
}

impl Append {
    pub(crate) fn new(record: Record, before: u64) -> Self {
        Self { record, bytes: record.to_bytes().into(), before }
    }
}

/// A state machine.
pub(crate) trait Machine {
    type Outcome;

    /// Handles an event and returns the next step.
    fn on(&mut self, event: Event, context: EventContext) -> Step<Self::Outcome>;
}
