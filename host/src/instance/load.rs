//! Whether an instance is saturated: it computes nearly all of the time, so that calls wait for it and not for OSS.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So much time is looked at at once: a hundred times what a short call computes, and little beside what an instance lives.
const WINDOW: Duration = Duration::from_millis(20);
/// Of ten parts of the time, so many make it saturated: what is left is what tasks beside it take.
const SHARE: u32 = 9;

/// How much of the time an instance computes.
#[derive(Debug)]
pub(super) struct Load {
    born: Instant,
    window: Mutex<Window>,
    /// When it was last seen to be saturated, in nanoseconds since it was born. 0 for never, or no longer.
    saturated: AtomicU64,
}

#[derive(Debug)]
struct Window {
    since: Instant,
    busy: Duration,
}

impl Load {
    pub(super) fn new() -> Self {
        let born = Instant::now();
        let window = Mutex::new(Window { since: born, busy: Duration::ZERO });
        Self { born, window, saturated: AtomicU64::new(0) }
    }

    /// Measures the polls of an instance's loop.
    pub(super) async fn around<F: Future>(&self, event_loop: F) -> F::Output {
        let mut event_loop = pin!(event_loop);
        poll_fn(|cx| {
            let begun = Instant::now();
            let polled = event_loop.as_mut().poll(cx);
            self.polled(begun, Instant::now());
            polled
        })
        .await
    }

    fn polled(&self, begun: Instant, ended: Instant) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.busy += ended.saturating_duration_since(begun);
        let passed = ended.saturating_duration_since(window.since);
        if passed >= WINDOW {
            let is_saturated = window.busy * 10 >= passed * SHARE;
            let at = u64::try_from((ended - self.born).as_nanos()).unwrap_or(u64::MAX);
            self.saturated.store(if is_saturated { at } else { 0 }, Relaxed);
            *window = Window { since: ended, busy: Duration::ZERO };
        }
    }

    /// Whether it was saturated a moment ago.
    pub(super) fn is_saturated(&self) -> bool {
        match self.saturated.load(Relaxed) {
            0 => false,
            // One that has not been polled since has had nothing to do.
            at => self.born.elapsed().saturating_sub(Duration::from_nanos(at)) < 2 * WINDOW,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_computes_nearly_all_the_time_is_saturated() {
        let load = Load::new();
        let mut now = load.born;
        let mut poll = |busy: u32, idle: u32| {
            let begun = now + WINDOW * idle / 100;
            now = begun + WINDOW * busy / 100;
            load.polled(begun, now);
            load.saturated.load(Relaxed) > 0
        };
        assert!(!(0..20).any(|_| poll(5, 5)), "half of the time");
        assert!((0..20).any(|_| poll(10, 1)));
        assert!(!poll(10, 200), "it was idle meanwhile");
    }

    #[test]
    fn it_passes() {
        let load = Load::new();
        load.polled(load.born, load.born + WINDOW);
        assert!(load.is_saturated());
        std::thread::sleep(4 * WINDOW);
        assert!(!load.is_saturated());
    }
}
