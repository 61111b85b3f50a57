//! The machine that gets a lock: look, wait while it is held, append.

use std::time::Duration;

use super::error::{Holder, LockError};
use super::landing::{Landed, Landing, Standing};
use super::lease::{Lease, Mark, deadline};
use super::machine::{Append, Event, Machine, Step, Turn};
use super::options::LockSettings;
use super::poll::Poll;
use super::record::{FLAG_TAKEN_OVER, Owner, Record, RecordKind};
use super::renew::renewal;
use super::rule::Rule;
use super::tail::Tail;
use super::verdict::{Verdict, judge, next_token, unknown_holder, unreadable};
use crate::error::Error;

/// The end of a log that is known without looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
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
    pub released: Option<Known>,
}

/// The machine.
#[derive(Clone, Debug)]
pub(crate) struct Acquire {
    wish: Wish,
    settings: LockSettings,
    poll: Poll,
    landing: Option<Landing>,
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
        Self { wish, settings, poll, landing: None, seen: None, suspect: None, tenure: None }
    }

    /// The tenure that stands, or may yet, without anybody knowing, if the call ends now.
    pub(crate) fn left_behind(&self) -> Option<Lease> {
        self.tenure.clone().or_else(|| {
            let append = self.landing.as_ref()?.open()?;
            Some(Lease::of_append(&self.wish.name, append))
        })
    }

    fn append(&mut self, known: Known, date: Option<u64>, flags: u32, turn: Turn) -> Step<Outcome> {
        let record = Record {
            kind: RecordKind::Acquire,
            token: next_token(known.token, date),
            owner: self.wish.owner,
            nonce: turn.random,
            ttl: self.settings.ttl,
            acquired: known.length,
            position: known.length,
            previous: known.previous,
            flags,
        };
        let limit = self.wish.limit.max(turn.now.saturating_add(self.settings.patience()));
        let (landing, append) = Landing::begin(Append::new(record, known.crc64), limit, &self.settings, turn);
        (self.landing, self.tenure) = (Some(landing), None);
        Step::Append(append)
    }

    fn look(&mut self, tail: Tail, turn: Turn) -> Step<Outcome> {
        if self.seen.replace(tail.length).is_some_and(|length| length != tail.length) {
            self.poll.reset();
        }
        if !tail.missing.is_zero() {
            return self.wait(unknown_holder(tail.missing), turn);
        }
        let verdict = match judge(&self.wish.name, &self.wish.object, &tail, tail.age(), &self.settings) {
            Ok(verdict) => verdict,
            Err(error) => return Step::Done(Err(error.into())),
        };
        match verdict {
            Verdict::Free => self.take(&tail, 0, turn),
            Verdict::Held(holder) => {
                self.suspect = None;
                self.wait(holder, turn)
            }
            // One answer alone proves nothing: its date may be wrong, its bytes may have been damaged.
            _ if self.suspect != Some(tail.length) => {
                self.suspect = Some(tail.length);
                Step::Read
            }
            Verdict::Expired => self.take(&tail, FLAG_TAKEN_OVER, turn),
            Verdict::Unreadable(left) => Step::Done(Err(unreadable(&self.wish.name, &self.wish.object, left).into())),
        }
    }

    fn take(&mut self, tail: &Tail, flags: u32, turn: Turn) -> Step<Outcome> {
        let record = tail.record();
        let known = Known {
            length: tail.length,
            crc64: tail.crc64,
            token: record.map_or(0, |record| record.token),
            previous: record.map_or(0, Record::crc),
        };
        self.append(known, tail.date, flags, turn)
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

    fn landed(&mut self, landed: Landed, turn: Turn) -> Step<Outcome> {
        match landed {
            Landed::Here(standing @ Standing { beyond: None, .. }) => {
                let lease = self.lease(&standing, turn);
                // It may have taken so long that the lease has run out meanwhile: still nobody came between if it can be
                // renewed.
                if !lease.is_held(turn.now) {
                    return self.renew(lease, turn);
                }
                self.tenure = None;
                Step::Done(Ok(lease))
            }
            Landed::Here(Standing { beyond: Some(tail), .. }) | Landed::Missed(tail, _) => {
                (self.landing, self.tenure) = (None, None);
                self.wish.released = None;
                if !self.settings.keeps(Rule::PositionIsRead) {
                    return self.take(&tail, 0, turn);
                }
                self.look(tail, turn)
            }
            Landed::Refused(error) | Landed::Unknown(error) => {
                let key = Some(self.wish.name.clone());
                Step::Done(Err(Error { key, ..error }.into()))
            }
        }
    }

    fn renew(&mut self, lease: Lease, turn: Turn) -> Step<Outcome> {
        let limit = self.wish.limit.max(turn.now.saturating_add(self.settings.patience()));
        let (landing, append) = Landing::begin(renewal(&lease, turn), limit, &self.settings, turn);
        self.landing = Some(landing);
        self.tenure = Some(lease);
        Step::Append(append)
    }

    fn lease(&self, standing: &Standing, turn: Turn) -> Lease {
        let sent = if self.settings.keeps(Rule::LeaseFromSend) { standing.sent } else { turn.now };
        let record = &standing.record;
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
                length: standing.length,
                crc64: standing.crc64,
                previous: record.crc(),
                since: standing.since.unwrap_or(0),
            },
            interlock: None,
        }
    }
}

impl Machine for Acquire {
    type Outcome = Outcome;

    fn on(&mut self, event: Event, turn: Turn) -> Step<Outcome> {
        if let Some(landing) = &mut self.landing {
            let event = match event {
                Event::Undecided(_) if !self.settings.keeps(Rule::UndecidedIsNoSuccess) => {
                    Event::Appended(super::machine::Ack { sent: turn.now, date: None })
                }
                event => event,
            };
            let step = landing.on(event, turn);
            return step.or_done(|landed| self.landed(landed, turn));
        }
        match event {
            Event::Begin => match self.wish.released {
                Some(known) => self.append(known, None, 0, turn),
                None => Step::Read,
            },
            Event::Tail(tail) => self.look(tail, turn),
            Event::Unread(error) => self.unread(error, turn),
            _ => Step::Read,
        }
    }
}
