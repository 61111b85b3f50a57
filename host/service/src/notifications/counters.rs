//! How notifications fare.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How the notifications of one endpoint fare, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointCounts {
    /// How many there were to send.
    pub events: u64,
    /// How many of them wait.
    pub pending: u64,
    /// How many the endpoint took.
    pub delivered: u64,
    /// How many attempts it answered with an error.
    pub refused: u64,
    /// How many attempts got no answer.
    pub unanswered: u64,
    /// How many were dropped, because the queue was full or the process ended.
    pub dropped: u64,
}

impl std::ops::AddAssign for EndpointCounts {
    fn add_assign(&mut self, other: Self) {
        let Self { events, pending, delivered, refused, unanswered, dropped } = other;
        self.events += events;
        self.pending += pending;
        self.delivered += delivered;
        self.refused += refused;
        self.unanswered += unanswered;
        self.dropped += dropped;
    }
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub events: AtomicU64,
    pub delivered: AtomicU64,
    pub refused: AtomicU64,
    pub unanswered: AtomicU64,
    pub dropped: AtomicU64,
}

impl Counters {
    pub fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Relaxed);
    }

    pub fn counts(&self) -> EndpointCounts {
        let (delivered, dropped) = (self.delivered.load(Relaxed), self.dropped.load(Relaxed));
        // Read last: what is counted as delivered or dropped by then was counted as an event before.
        let events = self.events.load(Relaxed);
        EndpointCounts {
            events,
            pending: events.saturating_sub(delivered + dropped),
            delivered,
            refused: self.refused.load(Relaxed),
            unanswered: self.unanswered.load(Relaxed),
            dropped,
        }
    }
}
