//! How long to wait before looking at a held lock again: soon at first, then ever less often, never at the same moment as
//! everybody else, and not beyond the moment at which the lock can be taken over.

use std::time::Duration;

/// After a lease's end so much is added at random, or all who wait would come at once.
const SPREAD: Duration = Duration::from_millis(500);

/// The schedule of one who waits.
#[derive(Clone, Debug)]
pub struct Poll {
    least: Duration,
    most: Duration,
    next: Duration,
}

impl Poll {
    /// A schedule between two bounds.
    pub fn new(least: Duration, most: Duration) -> Self {
        Self { least, most, next: least }
    }

    /// The lock changed: look more often again.
    pub fn reset(&mut self) {
        self.next = self.least;
    }

    /// The pause before the next look, at a lock that can be taken over after `remaining`.
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
    const MOST: Duration = Duration::from_secs(5);
    const LONG: Duration = Duration::from_secs(3600);

    proptest! {
        #[test]
        fn test_33_bounds_and_jitter(randoms in prop::collection::vec(any::<u64>(), 20), remaining in 0u64..100_000) {
            let mut poll = Poll::new(LEAST, MOST);
            let remaining = Duration::from_millis(remaining);
            for (n, random) in randoms.into_iter().enumerate() {
                let base = LEAST.mul_f64(1.6f64.powi(i32::try_from(n).unwrap())).min(MOST);
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
        let mut poll = Poll::new(LEAST, MOST);
        assert_eq!(poll.pause(LONG, u64::MAX), LEAST);
        assert_eq!(poll.pause(LONG, 0), Duration::from_millis(200));
        for _ in 0..10 {
            poll.pause(LONG, 0);
        }
        assert_eq!(poll.pause(LONG, u64::MAX), MOST);
        poll.reset();
        assert_eq!(poll.pause(LONG, u64::MAX), LEAST);
        assert_eq!(poll.pause(Duration::ZERO, 0), Duration::ZERO);
    }
}
