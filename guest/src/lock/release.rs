//! The machine that releases a lease.

use std::time::Duration;

use super::acquire::Known;
use super::error::LockError;
use super::landing::{Landed, Landing};
use super::lease::Lease;
use super::machine::{Event, Machine, Step, Turn};
use super::options::LockSettings;
use super::record::{FLAG_BROKEN, Record, RecordKind};
use super::renew::{LOOKS, follow, stand_on};
use super::rule::Rule;
use super::tail::{Content, Tail};
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
    landing: Option<Landing>,
    looks: u32,
    end: Option<Known>,
    looks_first: bool,
}

type Outcome = Result<Unlocked, LockError>;

impl Release {
    pub(crate) fn new(object: String, lease: Lease, flags: u32, limit: Duration, settings: LockSettings) -> Self {
        Self { object, lease, flags, settings, limit, landing: None, looks: 0, end: None, looks_first: false }
    }

    /// The machine for a lease whose last record may not have landed: in its place may stand another's.
    pub(crate) fn of_doubtful(object: String, lease: Lease, limit: Duration, settings: LockSettings) -> Self {
        Self { looks_first: true, ..Self::new(object, lease, 0, limit, settings) }
    }

    /// The log's end, if it is this release.
    pub(crate) fn end(&self) -> Option<Known> {
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
        let (landing, append) = Landing::begin(append, self.limit, &self.settings, turn);
        self.landing = Some(landing);
        Step::Append(append)
    }

    fn look(&mut self, tail: Tail, instead: Option<Record>, turn: Turn) -> Step<Outcome> {
        self.landing = None;
        if tail.length < self.lease.mark.length {
            self.looks += 1;
            return if self.looks < LOOKS { Step::Read } else { Step::Done(Ok(Unlocked::AlreadyGone)) };
        }
        let (owner, token) = (self.lease.owner, self.lease.token);
        let is_mine = move |record: &Record| record.is_of(owner, token);
        let is_end = |record: &Record| is_mine(record) && record.kind == RecordKind::Release;
        match &tail.content {
            Content::Record(record) if !self.settings.keeps(Rule::ReleaseLooks) => {
                stand_on(&mut self.lease, &tail, record);
                self.append(turn)
            }
            Content::Record(record) if is_end(record) => Step::Done(Ok(self.ended_by(record))),
            // A renewal that came late stands behind the record that was thought the last.
            Content::Record(record) if is_mine(record) => {
                stand_on(&mut self.lease, &tail, record);
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

impl Machine for Release {
    type Outcome = Outcome;

    fn on(&mut self, event: Event, turn: Turn) -> Step<Outcome> {
        let Some(landing) = &mut self.landing else {
            return match event {
                Event::Begin if self.looks_first => Step::Read,
                Event::Begin => self.append(turn),
                Event::Tail(tail) => self.look(tail, None, turn),
                Event::Unread(error) => Step::Done(Err(error.into())),
                _ => Step::Read,
            };
        };
        landing.on(event, turn).or_done(|landed| match landed {
            Landed::Here(standing) => {
                self.end = standing.beyond.is_none().then(|| Known {
                    length: standing.length,
                    crc64: standing.crc64,
                    token: standing.record.token,
                    previous: standing.record.crc(),
                });
                Step::Done(Ok(Unlocked::Released))
            }
            Landed::Missed(tail, instead) => self.look(tail, instead, turn),
            Landed::Refused(error) | Landed::Unknown(error) => {
                Step::Done(Err(Error { key: Some(self.lease.name.clone()), ..error }.into()))
            }
        })
    }
}
