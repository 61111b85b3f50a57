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
    /// How long the log was when it was last seen, and how long a lease in it lasted.
    pub seen: Option<(u64, u32)>,
}

/// The machine.
#[derive(Clone, Debug)]
pub(crate) struct Acquire {
    wish: Wish,
    settings: LockSettings,
    poll: Poll,
    landing: Option<Landing>,
    /// Since when the log has had this length, as far as this call saw.
    watched: Option<(u64, Duration)>,
    /// At what length the last look found the lock expired or unreadable: that must be seen twice.
    suspect: Option<u64>,
    /// Since when the log has been shorter than it was.
    vanished: Option<Duration>,
    /// The nonce of the tenure's first record, once that landed but the lease had run out.
    tenure: Option<u64>,
}

type Outcome = Result<Lease, LockError>;

impl Acquire {
    pub(crate) fn new(wish: Wish, settings: LockSettings) -> Self {
        let poll = Poll::new(settings.poll_min, settings.poll_max);
        Self { wish, settings, poll, landing: None, watched: None, suspect: None, vanished: None, tenure: None }
    }

    /// The append that may give this call a tenure of which nobody knows, if the call ends now.
    pub(crate) fn open(&self) -> Option<&Append> {
        self.landing.as_ref()?.open()
    }

    /// How long the log is known to be.
    pub(crate) fn seen(&self) -> Option<(u64, u32)> {
        self.wish.seen
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
        self.landing = Some(landing);
        self.tenure = None;
        Step::Append(append)
    }

    fn look(&mut self, tail: Tail, turn: Turn) -> Step<Outcome> {
        if self.watched.is_none_or(|(length, _)| length != tail.length) {
            if self.watched.is_some() {
                self.poll.reset();
            }
            self.watched = Some((tail.length, turn.now));
        }
        if let Some(remaining) = self.missing(&tail, turn) {
            return self.wait(unknown_holder(remaining), turn);
        }
        let ttl = tail.record().map_or(self.settings.ttl, |record| record.ttl);
        self.wish.seen = Some((tail.length, ttl));
        let since = self.watched.map_or(turn.now, |(_, since)| since);
        // Without OSS's times, the time for which this call has seen no change is a lower bound.
        let age = tail.age().unwrap_or(turn.now.saturating_sub(since));
        let verdict = match judge(&self.wish.name, &self.wish.object, &tail, age, &self.settings) {
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

    /// How long a log that is shorter than it was is to be taken for held. Locks are never deleted by Ossicle: whoever
    /// did so may have done it under a holder.
    fn missing(&mut self, tail: &Tail, turn: Turn) -> Option<Duration> {
        let (_, ttl) = self.wish.seen.filter(|(length, _)| tail.length < *length)?;
        let since = *self.vanished.get_or_insert(turn.now);
        let end = since.saturating_add(Duration::from_secs(u64::from(ttl))).saturating_add(self.settings.grace());
        let left = end.checked_sub(turn.now).filter(|left| !left.is_zero());
        if left.is_none() {
            self.vanished = None;
            self.wish.seen = None;
        }
        left
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
                if lease.is_held(turn.now) { Step::Done(Ok(lease)) } else { self.renew(&lease, turn) }
            }
            Landed::Here(Standing { beyond: Some(tail), .. }) | Landed::Missed(tail, _) => {
                self.landing = None;
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

    fn renew(&mut self, lease: &Lease, turn: Turn) -> Step<Outcome> {
        let limit = self.wish.limit.max(turn.now.saturating_add(self.settings.patience()));
        let (landing, append) = Landing::begin(renewal(lease, turn), limit, &self.settings, turn);
        self.landing = Some(landing);
        self.tenure.get_or_insert(lease.mark.nonce);
        Step::Append(append)
    }

    fn lease(&self, standing: &Standing, turn: Turn) -> Lease {
        let sent = if self.settings.keeps(Rule::LeaseFromSend) { standing.sent } else { turn.now };
        let record = &standing.record;
        Lease {
            name: self.wish.name.clone(),
            owner: record.owner,
            token: record.token,
            taken_over: record.flags & FLAG_TAKEN_OVER != 0,
            deadline: deadline(sent, record.ttl, &self.settings),
            mark: Mark {
                ttl: record.ttl,
                acquired: record.acquired,
                nonce: self.tenure.unwrap_or(record.nonce),
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
