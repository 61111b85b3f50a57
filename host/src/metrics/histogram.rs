//! How long things took, counted by fixed buckets.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The upper ends of the buckets, in microseconds. From what a call takes whose answer comes from the same machine, by steps of
/// about two and a half, over what OSS answers within its region (some 10 ms) and between regions (some 100 ms), up to ten
/// minutes, which the transfer of a large object takes; the default of [`Limits::call_timeout`](crate::Limits::call_timeout),
/// two minutes, is an end itself.
const ENDS: [u64; COUNT] = [
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    10_000_000,
    30_000_000,
    120_000_000,
    600_000_000,
];

const COUNT: usize = 17;

/// How long things took, counted by fixed buckets, as Prometheus has histograms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Of each bucket alone; what took longer than the last one's end is in `count` only.
    counts: [u64; COUNT],
    count: u64,
    sum: Duration,
}

impl Histogram {
    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How long they took all together.
    pub fn sum(&self) -> Duration {
        self.sum
    }

    /// The upper end of each bucket, in their order, and how many took so long or less. The ends are the same for all
    /// histograms. What took longer than the last is counted by [`Histogram::count`] alone.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> + '_ {
        let sums = self.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        ENDS.into_iter().map(Duration::from_micros).zip(sums)
    }
}

/// A histogram that is being counted: three additions for each duration.
#[derive(Debug, Default)]
pub(crate) struct Durations {
    counts: [AtomicU64; COUNT],
    beyond: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Durations {
    pub(crate) fn record(&self, took: Duration) {
        let end = ENDS.partition_point(|end| Duration::from_micros(*end) < took);
        self.counts.get(end).unwrap_or(&self.beyond).fetch_add(1, Relaxed);
        self.nanoseconds.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Histogram {
        let counts = std::array::from_fn(|index| self.counts[index].load(Relaxed));
        // By what was read, so that no bucket has more than all.
        let count = counts.iter().sum::<u64>() + self.beyond.load(Relaxed);
        Histogram { counts, count, sum: Duration::from_nanos(self.nanoseconds.load(Relaxed)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_counted_by_the_first_end_that_it_does_not_pass() {
        let durations = Durations::default();
        assert_eq!(durations.snapshot(), Histogram::default());
        let ends: Vec<Duration> = ENDS.into_iter().map(Duration::from_micros).collect();
        assert!(ends.is_sorted());
        let beyond = Duration::from_secs(601);
        let all = [Duration::ZERO, ends[0], ends[0] + Duration::from_nanos(1), ends[16], beyond];
        all.into_iter().for_each(|took| durations.record(took));
        let histogram = durations.snapshot();
        let up_to = |end: Duration| histogram.buckets().find(|(bucket, _)| *bucket == end).map(|(_, count)| count);
        assert_eq!(
            (up_to(ends[0]), up_to(ends[1]), up_to(ends[15]), up_to(ends[16])),
            (Some(2), Some(3), Some(3), Some(4))
        );
        assert_eq!((histogram.count(), histogram.sum()), (5, all.into_iter().sum()));
    }
}
