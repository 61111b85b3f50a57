//! Runs the state machines: sends their steps as requests to OSS, and passes the responses to them as events.

use bytes::Bytes;

use super::locks::Locks;
use super::log_end::LogEnd;
use super::machine::{Ack, Append, Event, EventContext, Machine, Step};
use super::name::lock_object;
use super::record::{RECORD_LENGTH, Record};
use crate::checksum::Crc64;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::oss::Appending;
use crate::ports::Ports;

/// Headers of the first append to a log. Readers must not get a cached log, and logs in colder storage classes can't be
/// appended to.
const OF_NEW_LOGS: &[(&str, &str)] = &[("cache-control", "no-cache"), ("x-oss-storage-class", "Standard")];

impl<P: Ports> Locks<P> {
    pub(super) fn lock_object(&self, name: &str) -> Result<ObjectName, Error> {
        lock_object(&self.client.settings().root, &self.local.settings.folder, name)
    }

    /// Runs a machine to its end. It may be dropped at any point: a later call can find out what it did.
    pub(super) async fn drive<M: Machine>(&self, name: &str, object: &ObjectName, machine: &mut M) -> M::Outcome {
        let mut event = Event::Begin;
        loop {
            let context = EventContext { now: self.client.ports.monotonic(), random: self.client.ports.random_u64() };
            event = match machine.on(event, context) {
                Step::Done(outcome) => return outcome,
                Step::Sleep(length) => {
                    self.client.ports.sleep(length).await;
                    Event::Woken
                }
                Step::Read => match self.read_log_end(name, object).await {
                    Ok(end) => Event::LogEnd(end),
                    Err(error) => Event::Unread(error),
                },
                Step::ReadAt(position) => self.read_at(name, object, position).await,
                Step::Append(append) => self.append(name, object, &append).await,
            };
        }
    }

    pub(super) async fn read_log_end(&self, name: &str, object: &ObjectName) -> Result<LogEnd, Error> {
        let within = Some(self.local.settings.request());
        let loaded = self.client.get_object_tail(name, object, RECORD_LENGTH, within).await;
        let mut end = LogEnd::read(&loaded.map_err(|error| needed(error, object))?);
        // Every read informs the whole instance.
        self.local.memory.note_log_read(name, &mut end, &self.local.settings, self.client.ports.monotonic());
        Ok(end)
    }

    async fn read_at(&self, name: &str, object: &ObjectName, position: u64) -> Event {
        let range = position..position.saturating_add(RECORD_LENGTH);
        match self.client.get_object_range(name, object, range).await {
            Ok(loaded) => Event::Record(Record::parse(&loaded.bytes).ok()),
            Err(error) => Event::Unread(Error { retryable: true, ..error }),
        }
    }

    async fn append(&self, name: &str, object: &ObjectName, append: &Append) -> Event {
        let position = append.record.position;
        let how = Appending {
            attributes: None,
            headers: if position == 0 { OF_NEW_LOGS } else { &[] },
            within: Some(self.local.settings.request()),
            guard: None,
        };
        let before = Crc64::after(append.before);
        let bytes = Bytes::clone(&append.bytes);
        let sent = self.client.ports.monotonic();
        match self.client.append_object_as(name, object, position, Some(&before), bytes, how).await {
            Ok(done) => {
                let now = self.client.ports.monotonic();
                self.local.memory.appended(name, &append.record, done.crc64, now);
                Event::Appended(Ack { sent, date: done.date })
            }
            Err(error) if code(&error) == "PositionNotEqualToLength" => Event::Refused,
            Err(error) if error.undecided => Event::Undecided(error),
            Err(error) => Event::Failed(needed(error, object)),
        }
    }
}

/// OSS's code of an error; empty if there is none.
pub(super) fn code(error: &Error) -> &str {
    error.answer.as_ref().map_or("", |answer| answer.code.as_str())
}

/// Adds to an error what a person must change so that the lock works.
fn needed(mut error: Error, object: &ObjectName) -> Error {
    let remedy = match (error.kind, code(&error)) {
        (_, "ObjectNotAppendable") => "the object was not made by appending: move it, or use another folder",
        (ErrorKind::AccessDenied, _) => "a lock needs oss:GetObject and oss:PutObject on the object",
        (ErrorKind::Conflict | ErrorKind::Unsupported | ErrorKind::Service, _) => {
            "a lock needs an object that can be appended to: keep locks where no retention policy, archive class or own \
             KMS key forbids that"
        }
        _ => return error,
    };
    error.message = format!("{}; the lock's object is {:?}: {remedy}", error.message, object.as_str());
    error
}
