//! The state machine that releases a lease.

use std::time::Duration;

use super::acquire::AppendPoint;
use super::append_attempt::{AppendAttempt, AppendOutcome};
use super::error::LockError;
use super::lease::Lease;
use super::log_end::{Content, LogEnd};
use super::machine::{Event, EventContext, Machine, Step};
use super::options::LockSettings;
use super::record::{FLAG_BROKEN, Record, RecordKind};
use super::renew::{MAX_READS, move_to_record, next_record};
use super::rule::Rule;
use super::verdict::unreadable;
use crate::error::Error;

/// The outcome of releasing a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlocked {
    /// The lease was held, and this call released it.
    Released,
    /// The lease had been released before, or the log does not exist any more.
    AlreadyGone,
    /// Others have had the lock since, or an operator broke it: the lock did not protect everything until now. Nobody
    /// else's tenure was changed.
    Lost,
}

/// The state machine.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    object: String,
    lease: Lease,
    flags: u32,
    settings: LockSettings,
    limit: Duration,
    attempt: Option<AppendAttempt>,
    reads: u32,
    end: Option<AppendPoint>,
    ownership: Ownership,
}

/// Whether the tenure to be released is known to be this lease's.
#[derive(Clone, Debug)]
enum Ownership {
    /// It is known.
    Certain,
    /// It may be another call's: the log is read before anything is appended.
    Unknown,
    /// The tenure at this end of the log has been renewed, so its first record is read.
    ReadingFirstRecord(LogEnd),
}

type Outcome = Result<Unlocked, LockError>;

impl Release {
    pub(crate) fn new(object: String, lease: Lease, flags: u32, limit: Duration, settings: LockSettings) -> Self {
        Self {
            object,
            lease,
            flags,
            settings,
            limit,
            attempt: None,
            reads: 0,
            end: None,
            ownership: Ownership::Certain,
        }
    }

    /// The machine for a lease whose first record may not have been appended: there may be another call's record
    /// instead, which is not changed.
    pub(crate) fn of_uncertain(object: String, lease: Lease, limit: Duration, settings: LockSettings) -> Self {
        Self { ownership: Ownership::Unknown, ..Self::new(object, lease, 0, limit, settings) }
    }

    /// The log's end, if that is this release.
    pub(crate) fn end(&self) -> Option<AppendPoint> {
        self.end
    }

    /// The outcome if the log contains a release of the tenure already.
    fn ended_by(&self, record: &Record) -> Unlocked {
        let is_broken = record.flags & FLAG_BROKEN != 0;
        // For an operator it makes no difference who broke the lock.
        if is_broken && self.flags & FLAG_BROKEN == 0 { Unlocked::Lost } else { Unlocked::AlreadyGone }
    }

    fn append(&mut self, context: EventContext) -> Step<Outcome> {
        let append = next_record(&self.lease, RecordKind::Release, self.flags, context);
        let (attempt, append) = AppendAttempt::begin(append, self.limit, &self.settings, context);
        self.attempt = Some(attempt);
        Step::Append(append)
    }

    fn on_log_read(&mut self, end: LogEnd, instead: Option<Record>, context: EventContext) -> Step<Outcome> {
        self.attempt = None;
        if end.length < self.lease.mark.length {
            self.reads += 1;
            return if self.reads < MAX_READS { Step::Read } else { Step::Done(Ok(Unlocked::AlreadyGone)) };
        }
        let (lease, settings) = (self.lease.clone(), &self.settings);
        let is_mine = |record: &Record| lease.is_tenure_of(record, settings);
        let is_end = |record: &Record| is_mine(record) && record.kind == RecordKind::Release;
        if let Ownership::Unknown = self.ownership
            && let Some(record) = end.record().filter(|record| is_mine(record))
        {
            // The first record itself was compared above.
            if record.kind == RecordKind::Acquire || !settings.keeps(Rule::FirstRecordIsRead) {
                self.ownership = Ownership::Certain;
            } else {
                self.ownership = Ownership::ReadingFirstRecord(end);
                return Step::ReadAt(lease.mark.acquired);
            }
        }
        match &end.content {
            Content::Record(record) if !self.settings.keeps(Rule::ReleaseLooks) => {
                move_to_record(&mut self.lease, &end, record);
                self.append(context)
            }
            Content::Record(record) if is_end(record) => Step::Done(Ok(self.ended_by(record))),
            // A renewal that arrived late follows the record that seemed to be the last.
            Content::Record(record) if is_mine(record) => {
                move_to_record(&mut self.lease, &end, record);
                self.append(context)
            }
            Content::Nothing => Step::Done(Ok(Unlocked::AlreadyGone)),
            content => match (instead.filter(is_end), content) {
                (Some(record), _) => Step::Done(Ok(self.ended_by(&record))),
                (None, Content::Unreadable) => {
                    Step::Done(Err(unreadable(&self.lease.name, &self.object, Duration::ZERO).into()))
                }
                (None, _) => Step::Done(Ok(Unlocked::Lost)),
            },
        }
    }
}

impl Release {
    /// Handles the first record of the tenure at the log's end.
    fn first_read(&mut self, first: Option<Record>, context: EventContext) -> Step<Outcome> {
        let Ownership::ReadingFirstRecord(end) = std::mem::replace(&mut self.ownership, Ownership::Certain) else {
            return Step::Read;
        };
        match first {
            Some(first) if self.lease.is_tenure_of(&first, &self.settings) => self.on_log_read(end, None, context),
            // The lease's first record was not appended and can't be any more, so there is nothing to release.
            _ => Step::Done(Ok(Unlocked::AlreadyGone)),
        }
    }
}

impl Machine for Release {
    type Outcome = Outcome;

    fn on(&mut self, event: Event, context: EventContext) -> Step<Outcome> {
        let Some(attempt) = &mut self.attempt else {
            return match event {
                Event::Begin if matches!(self.ownership, Ownership::Certain) => self.append(context),
                Event::Begin => Step::Read,
                Event::LogEnd(end) => self.on_log_read(end, None, context),
                Event::Record(first) => self.first_read(first, context),
                Event::Unread(error) => Step::Done(Err(error.into())),
                _ => Step::Read,
            };
        };
        attempt.on(event, context).or_done(|outcome| match outcome {
            AppendOutcome::Appended(appended) => {
                self.end = appended.beyond.is_none().then(|| AppendPoint {
                    length: appended.length,
                    crc64: appended.crc64,
                    token: appended.record.token,
                    previous: appended.record.crc(),
                });
                Step::Done(Ok(Unlocked::Released))
            }
            AppendOutcome::Missed(end, instead) => self.on_log_read(end, instead, context),
            AppendOutcome::Refused(error) | AppendOutcome::Unknown(error) => {
                Step::Done(Err(Error { key: Some(self.lease.name.clone()), ..error }.into()))
            }
        })
    }
}
