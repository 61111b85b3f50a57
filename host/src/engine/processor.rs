//! Processor time, shared out between the tenants of an engine.
//!
//! What computes yields at each tick (`ticker`), but goes on as soon as the other tasks have had a turn, so tenants that compute
//! all the time would leave others a fraction of the runtime's threads, and none of them free when somebody comes. So what each
//! computes is counted over a window, and who has had its share of it pauses until the next. The share is as of all bounds that
//! tenants have together (`admission/bound`): no more than all of them have left over.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Many ticks, so that shares of it can be told apart; and a pause lasts for less than this, which is little beside what OSS
/// takes to answer over any distance.
const WINDOW: Duration = Duration::from_millis(100);

/// The processor time of an engine.
#[derive(Debug)]
pub(crate) struct Processor {
    /// What all tenants may compute within a window.
    most: Duration,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    since: Instant,
    /// What each tenant has computed in it that has computed anything.
    tenants: BTreeMap<u64, Duration>,
    all: Duration,
    /// How many tenants computed in the window before.
    before: usize,
}

/// A tenant's share. Its clones are the same share.
#[derive(Debug, Clone)]
pub(crate) struct ProcessorShare {
    processor: Arc<Processor>,
    tenant: u64,
}

impl Processor {
    /// So many threads, of whose time components may have so many parts of a hundred.
    pub(super) fn new(threads: usize, percent: u8) -> Arc<Self> {
        let threads = u32::try_from(threads).unwrap_or(u32::MAX).max(1);
        let most = WINDOW.saturating_mul(threads).saturating_mul(u32::from(percent.clamp(1, 100))) / 100;
        let window = Window { since: Instant::now(), tenants: BTreeMap::new(), all: Duration::ZERO, before: 0 };
        Arc::new(Self { most, window: Mutex::new(window) })
    }

    /// The share of one more tenant.
    pub(super) fn share(self: &Arc<Self>) -> ProcessorShare {
        static LAST: AtomicU64 = AtomicU64::new(0);
        ProcessorShare { processor: Arc::clone(self), tenant: LAST.fetch_add(1, Relaxed) }
    }
}

impl ProcessorShare {
    /// The tenant has computed for so long, until now. Until when it has to pause, if it has to.
    pub(crate) fn spend(&self, took: Duration, now: Instant) -> Option<Instant> {
        let mut window = self.processor.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.pass(now);
        window.all += took;
        let own = window.tenants.entry(self.tenant).or_default();
        *own += took;
        let own = *own;
        // Nobody else wants anything.
        let is_alone = window.before.max(window.tenants.len()) <= 1;
        let left = self.processor.most.saturating_sub(window.all);
        (!is_alone && own > left).then(|| window.since + WINDOW)
    }
}

impl Window {
    /// The next one begins when this one is over.
    fn pass(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        if passed >= WINDOW {
            self.before = if passed < 2 * WINDOW { self.tenants.len() } else { 0 };
            self.tenants.clear();
            (self.since, self.all) = (now, Duration::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(1);

    /// Has tenants compute in turns on so many threads, whoever does not pause, for ten windows. What each of them computed, in
    /// hundredths of a thread.
    fn compute(processor: &Arc<Processor>, threads: usize, tenants: usize) -> Vec<u128> {
        let mut now = Instant::now();
        let end = now + 10 * WINDOW;
        let mut all: Vec<_> = (0..tenants).map(|_| (processor.share(), now, Duration::ZERO)).collect();
        let mut next = 0;
        while now < end {
            now += STEP;
            let ready: Vec<usize> =
                (0..tenants).map(|at| (next + at) % tenants).filter(|at| all[*at].1 <= now).collect();
            for at in ready.into_iter().take(threads) {
                let (share, until, computed) = &mut all[at];
                *computed += STEP;
                *until = share.spend(STEP, now).unwrap_or(now);
                next = at + 1;
            }
        }
        all.into_iter().map(|(.., computed)| computed.as_millis() / 10).collect()
    }

    #[test]
    fn one_alone_may_compute_all_the_time() {
        assert_eq!(compute(&Processor::new(1, 100), 1, 1), [100]);
    }

    #[test]
    fn those_that_compute_all_the_time_leave_as_much_as_each_of_them_has() {
        for (threads, tenants, expected) in [(2, 2, 66), (2, 3, 50), (1, 3, 25), (4, 2, 100)] {
            let computed = compute(&Processor::new(threads, 100), threads, tenants);
            for part in &computed {
                assert!(part.abs_diff(expected) <= 8, "{threads} threads: {computed:?}");
            }
        }
        // Of less, less.
        let computed = compute(&Processor::new(2, 50), 2, 2);
        assert!(computed.iter().all(|part| part.abs_diff(33) <= 5), "{computed:?}");
    }

    #[test]
    fn who_computes_little_never_pauses() {
        let processor = Processor::new(1, 100);
        let (spins, modest) = (processor.share(), processor.share());
        let mut now = Instant::now();
        let mut until = now;
        for _ in 0..1000 {
            now += STEP;
            if now >= until {
                until = spins.spend(STEP, now).unwrap_or(now);
            }
            assert_eq!(modest.spend(STEP / 10, now), None);
        }
    }
}
