//! The machine that releases a lease.

use std::time::Duration;

use super::acquire::AppendPoint;
use super::append_attempt::{AppendAttempt, AppendOutcome};
use super::error::LockError;
use super::lease::Lease;
use super::log_end::{Content, LogEnd};
use super::machine::{Event, Machine, Step, Turn};
use super::options::LockSettings;
use super::record::{FLAG_BROKEN, Record, RecordKind};
use super::renew::{LOOKS, follow, stand_on};
use super::rule::Rule;
use super::verdict::unreadable;
use crate::error::Error;

/// What became of a lease that was to be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlocked {
    /// It was held, and this released it.
    Released,
    /// It had been released before, or there is no log any more.
    AlreadyGone,
    /// Others have had the lock since, or an operator broke it: what it protected was not protected to the end. Nobody
    /// else's tenure was touched.
    Lost,
}

/// The machine.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    object: String,
    lease: Lease,
    flags: u32,
    settings: LockSettings,
    limit: Duration,
    attempt: Option<AppendAttempt>,
    looks: u32,
    end: Option<AppendPoint>,
    doubt: Doubt,
}

/// Whether the tenure that is to be released is known to be this lease's.
#[derive(Clone, Debug)]
enum Doubt {
    /// It is.
    None,
    /// Another call's may stand in its place: the log is looked at before anything is appended.
    Whole,
    /// The tenure at this end of the log has been renewed: its first record is being read.
    First(LogEnd),
}

type Outcome = Result<Unlocked, LockError>;

impl Release {
    pub(crate) fn new(object: String, lease: Lease, flags: u32, limit: Duration, settings: LockSettings) -> Self {
        Self { object, lease, flags, settings, limit, attempt: None, looks: 0, end: None, doubt: Doubt::None }
    }

    /// The machine for a lease whose first record may not have been appended: another call's record may stand in its place,
    /// and is left alone.
    pub(crate) fn of_doubtful(object: String, lease: Lease, limit: Duration, settings: LockSettings) -> Self {
        Self { doubt: Doubt::Whole, ..Self::new(object, lease, 0, limit, settings) }
    }

    /// The log's end, if it is this release.
    pub(crate) fn end(&self) -> Option<AppendPoint> {
        self.end
    }

    /// What a release of the tenure that stands there already means.
    fn ended_by(&self, record: &Record) -> Unlocked {
        let is_broken = record.flags & FLAG_BROKEN != 0;
        // To an operator it is the same who broke it.
        if is_broken && self.flags & FLAG_BROKEN == 0 { Unlocked::Lost } else { Unlocked::AlreadyGone }
    }

    fn append(&mut self, turn: Turn) -> Step<Outcome> {
        let append = follow(&self.lease, RecordKind::Release, self.flags, turn);
        let (attempt, append) = AppendAttempt::begin(append, self.limit, &self.settings, turn);
        self.attempt = Some(attempt);
        Step::Append(append)
    }

    fn on_log_read(&mut self, end: LogEnd, instead: Option<Record>, turn: Turn) -> Step<Outcome> {
        self.attempt = None;
        if end.length < self.lease.mark.length {
            self.looks += 1;
            return if self.looks < LOOKS { Step::Read } else { Step::Done(Ok(Unlocked::AlreadyGone)) };
        }
        let (lease, settings) = (self.lease.clone(), &self.settings);
        let is_mine = |record: &Record| lease.is_tenure_of(record, settings);
        let is_end = |record: &Record| is_mine(record) && record.kind == RecordKind::Release;
        if let Doubt::Whole = self.doubt
            && let Some(record) = end.record().filter(|record| is_mine(record))
        {
            // The first record itself was compared just now.
            if record.kind == RecordKind::Acquire || !settings.keeps(Rule::FirstRecordIsRead) {
                self.doubt = Doubt::None;
            } else {
                self.doubt = Doubt::First(end);
                return Step::ReadAt(lease.mark.acquired);
            }
        }
        match &end.content {
            Content::Record(record) if !self.settings.keeps(Rule::ReleaseLooks) => {
                stand_on(&mut self.lease, &end, record);
                self.append(turn)
            }
            Content::Record(record) if is_end(record) => Step::Done(Ok(self.ended_by(record))),
            // A renewal that came late stands behind the record that was thought the last.
            Content::Record(record) if is_mine(record) => {
                stand_on(&mut self.lease, &end, record);
                self.append(turn)
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
    /// The first record of the tenure at the log's end was read.
    fn first_read(&mut self, first: Option<Record>, turn: Turn) -> Step<Outcome> {
        let Doubt::First(end) = std::mem::replace(&mut self.doubt, Doubt::None) else { return Step::Read };
        match first {
            Some(first) if self.lease.is_tenure_of(&first, &self.settings) => self.on_log_read(end, None, turn),
            // The lease's first record was never appended and can't be any more, so there is nothing to release.
            _ => Step::Done(Ok(Unlocked::AlreadyGone)),
        }
    }
}

impl Machine for Release {
    type Outcome = Outcome;

    fn on(&mut self, event: Event, turn: Turn) -> Step<Outcome> {
        let Some(attempt) = &mut self.attempt else {
            return match event {
                Event::Begin if matches!(self.doubt, Doubt::None) => self.append(turn),
                Event::Begin => Step::Read,
                Event::LogEnd(end) => self.on_log_read(end, None, turn),
                Event::Record(first) => self.first_read(first, turn),
                Event::Unread(error) => Step::Done(Err(error.into())),
                _ => Step::Read,
            };
        };
        attempt.on(event, turn).or_done(|outcome| match outcome {
            AppendOutcome::Appended(appended) => {
                self.end = appended.beyond.is_none().then(|| AppendPoint {
                    length: appended.length,
                    crc64: appended.crc64,
                    token: appended.record.token,
                    previous: appended.record.crc(),
                });
                Step::Done(Ok(Unlocked::Released))
            }
            AppendOutcome::Missed(end, instead) => self.on_log_read(end, instead, turn),
            AppendOutcome::Refused(error) | AppendOutcome::Unknown(error) => {
                Step::Done(Err(Error { key: Some(self.lease.name.clone()), ..error }.into()))
            }
        })
    }
}
