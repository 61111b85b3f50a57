//! How fast a client must bring or take a body.

use std::time::Duration;

use tokio::time::Instant;

/// How slow a client may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceLimit {
    /// For how long it may bring or take nothing.
    pub idle: Duration,
    /// How many bytes a second it must bring or take on average.
    pub rate: u32,
}

/// Measures a client against a limit.
///
/// A client has time in hand: as long as it may stand still at first, and never more. Waiting for it uses that time up, and
/// each byte adds what it may take at the slowest rate. So a client that is always a little too slow comes to its end, and one
/// that was fast before has no more of it for that. Time in which nobody waits for the client does not count.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    limit: PaceLimit,
    in_hand: Duration,
    /// Since when it is waited for.
    since: Option<Instant>,
}

impl Pace {
    pub fn new(limit: PaceLimit) -> Self {
        Self { limit, in_hand: limit.idle, since: None }
    }

    /// The client is waited for. Until when it is.
    pub fn waits(&mut self, now: Instant) -> Instant {
        *self.since.get_or_insert(now) + self.in_hand
    }

    /// The client brought or took so many bytes, or is waited for no more.
    pub fn moved(&mut self, now: Instant, bytes: usize) {
        if let Some(since) = self.since.take() {
            self.in_hand = self.in_hand.saturating_sub(now.saturating_duration_since(since));
        }
        let nanoseconds = (bytes as u64).saturating_mul(1_000_000_000) / u64::from(self.limit.rate.max(1));
        self.in_hand = self.in_hand.saturating_add(Duration::from_nanos(nanoseconds)).min(self.limit.idle);
    }

    /// Whether the client was waited for in vain.
    pub fn is_over(&self, now: Instant) -> bool {
        self.since.is_some_and(|since| since + self.in_hand <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: PaceLimit = PaceLimit { idle: Duration::from_secs(60), rate: 1000 };

    /// When a client is given up that brings so many bytes each so many seconds, in seconds; `None` if it is not within a day.
    fn given_up(bytes: usize, seconds: u64) -> Option<u64> {
        let start = Instant::now();
        let mut pace = Pace::new(LIMIT);
        let mut now = start;
        while now < start + Duration::from_secs(86_400) {
            let until = pace.waits(now);
            now += Duration::from_secs(seconds);
            if until <= now {
                assert!(pace.is_over(until) && !pace.is_over(until - Duration::from_millis(1)));
                return Some((until - start).as_secs());
            }
            pace.moved(now, bytes);
        }
        None
    }

    #[test]
    fn client_is_given_up_that_stands_still_or_is_too_slow_on_average() {
        assert_eq!(given_up(0, 3600), Some(60));
        assert_eq!(given_up(1, 59), Some(60));
        // Half as fast as it must be: it loses half a second in each.
        assert_eq!(given_up(500, 1), Some(119));
        assert_eq!(given_up(1000, 1), None);
        assert_eq!(given_up(60_000, 59), None);
    }

    #[test]
    fn what_came_fast_before_is_no_reason_to_wait_longer() {
        let start = Instant::now();
        let mut pace = Pace::new(LIMIT);
        pace.moved(start, 1 << 30);
        assert_eq!(pace.waits(start), start + LIMIT.idle);
        // And the time that others take is not its.
        pace.moved(start, 1);
        assert_eq!(pace.waits(start + Duration::from_secs(1000)), start + Duration::from_secs(1060));
    }
}
