//! When a tenant's bucket is looked after.

use std::time::Duration;

use ossicle_registry::gc::ABANDONED;

/// The shortest time from one collection of garbage to the next, in seconds. Each lists the whole bucket, twice where there is
/// garbage, and its epoch, during which no other can be announced, takes four minutes at least.
const SHORTEST_INTERVAL: u64 = 10 * 60;

/// When uploads that nobody finished are removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purging {
    /// After how long without anything done on them.
    pub age: Duration,
    /// How often they are looked for, the start included.
    pub interval: Duration,
    /// Only tells which these are.
    pub dry_run: bool,
}

impl Default for Purging {
    /// After a week, as distribution; hourly.
    fn default() -> Self {
        Self { age: Duration::from_secs(ABANDONED), interval: Duration::from_secs(60 * 60), dry_run: false }
    }
}

/// When garbage is collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collecting {
    /// From the start of one collection to that of the next. The first one begins at a random moment of the first interval:
    /// processes that are started together do not all list the bucket at once, and one that is started anew in each interval
    /// still collects once in each, on average.
    pub interval: Duration,
}

/// An interval between collections that is too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "garbage can be collected every {SHORTEST_INTERVAL} s at most, not every {0} s: each collection lists the whole bucket"
)]
pub struct IntervalTooShort(pub u64);

impl Collecting {
    /// Collections at this interval.
    ///
    /// # Errors
    /// When it is shorter than ten minutes.
    pub fn every(interval: Duration) -> Result<Self, IntervalTooShort> {
        let seconds = interval.as_secs();
        if seconds < SHORTEST_INTERVAL { Err(IntervalTooShort(seconds)) } else { Ok(Self { interval }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_shorter_than_ten_minutes_is_refused() {
        assert_eq!(Collecting::every(Duration::from_secs(599)), Err(IntervalTooShort(599)));
        let interval = Duration::from_secs(600);
        assert_eq!(Collecting::every(interval), Ok(Collecting { interval }));
    }
}
