//! The pauses between two reads of a held lock: short at first, then increasingly long, at random so that not all
//! callers read at the same time, and not beyond the time when the lock can be taken over.

use std::time::Duration;

/// The maximum random delay after a lease's end, without which all waiting callers would send requests at the same
/// time.
const SPREAD: Duration = Duration::from_millis(500);

/// The schedule of a waiting call.
#[derive(Clone, Debug)]
pub struct Poll {
    least: Duration,
    most: Duration,
    next: Duration,
}

impl Poll {
    /// A schedule with a shortest and a longest pause.
    pub fn new(least: Duration, most: Duration) -> Self {
        Self { least, most, next: least }
    }

    /// Starts with short pauses again, because the lock changed.
    pub fn reset(&mut self) {
        self.next = self.least;
    }

    /// The pause before the next read of a lock that can be taken over after `remaining`.
    pub fn pause(&mut self, remaining: Duration, random: u64) -> Duration {
        let base = self.next;
        self.next = base.mul_f64(1.6).min(self.most);
        let (high, low) = (share(random >> 32), share(random & u64::from(u32::MAX)));
        base.mul_f64(0.5 + high / 2.0).min(remaining.saturating_add(SPREAD.mul_f64(low)))
    }
}

/// 32 random bits as a number from 0 to 1.
fn share(bits: u64) -> f64 {
    f64::from(u32::try_from(bits).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEAST: Duration = Duration::from_millis(250);
    const MAX_REMEMBERED: Duration = Duration::from_secs(5);
    const LONG: Duration = Duration::from_secs(3600);

    proptest! {
        #[test]
        fn test_33_bounds_and_jitter(randoms in prop::collection::vec(any::<u64>(), 20), remaining in 0u64..100_000) {
            let mut poll = Poll::new(LEAST, MAX_REMEMBERED);
            let remaining = Duration::from_millis(remaining);
            for (n, random) in randoms.into_iter().enumerate() {
                let base = LEAST.mul_f64(1.6f64.powi(i32::try_from(n).unwrap())).min(MAX_REMEMBERED);
                let mut free = poll.clone();
                let pause = free.pause(LONG, random);
                prop_assert!(pause + Duration::from_micros(1) >= base / 2 && pause <= base + Duration::from_micros(1));
                let pause = poll.pause(remaining, random);
                prop_assert!(pause <= remaining + SPREAD);
            }
        }
    }

    #[test]
    fn test_33_reset_on_change() {
        let mut poll = Poll::new(LEAST, MAX_REMEMBERED);
        assert_eq!(poll.pause(LONG, u64::MAX), LEAST);
        assert_eq!(poll.pause(LONG, 0), Duration::from_millis(200));
        for _ in 0..10 {
            poll.pause(LONG, 0);
        }
        assert_eq!(poll.pause(LONG, u64::MAX), MAX_REMEMBERED);
        poll.reset();
        assert_eq!(poll.pause(LONG, u64::MAX), LEAST);
        assert_eq!(poll.pause(Duration::ZERO, 0), Duration::ZERO);
    }
}
