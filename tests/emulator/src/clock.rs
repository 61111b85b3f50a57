//! The clock of the emulated service: real time plus an offset, or time that stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The clock that governs the `Date` header, the skew check, `Last-Modified`, and the expiry of tokens and signed URLs.
///
/// Clones share the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// While frozen: milliseconds since the epoch. Otherwise: milliseconds to add to the real time.
    value: AtomicI64,
    frozen: AtomicBool,
}

impl Clock {
    /// The time now.
    pub fn now(&self) -> SystemTime {
        from_millis(self.millis())
    }

    /// Sets the time; it keeps ticking from there.
    pub fn set(&self, time: SystemTime) {
        self.state.value.store(millis(time) - millis(SystemTime::now()), Ordering::SeqCst);
        self.state.frozen.store(false, Ordering::SeqCst);
    }

    /// Sets the time and makes it stand still.
    pub fn freeze(&self, time: SystemTime) {
        self.state.value.store(millis(time), Ordering::SeqCst);
        self.state.frozen.store(true, Ordering::SeqCst);
    }

    /// Moves the time forward.
    pub fn advance(&self, by: Duration) {
        self.state.value.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
    }

    /// Moves the time back.
    pub fn rewind(&self, by: Duration) {
        self.state.value.fetch_sub(by.as_millis() as i64, Ordering::SeqCst);
    }

    /// Back to real time.
    pub fn reset(&self) {
        self.state.value.store(0, Ordering::SeqCst);
        self.state.frozen.store(false, Ordering::SeqCst);
    }

    /// Whole seconds since the epoch: OSS keeps no finer time.
    pub(crate) fn seconds(&self) -> i64 {
        self.millis().div_euclid(1000)
    }

    fn millis(&self) -> i64 {
        let value = self.state.value.load(Ordering::SeqCst);
        if self.state.frozen.load(Ordering::SeqCst) { value } else { millis(SystemTime::now()) + value }
    }
}

fn millis(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_millis() as i64,
        Err(before) => -(before.duration().as_millis() as i64),
    }
}

fn from_millis(millis: i64) -> SystemTime {
    let distance = Duration::from_millis(millis.unsigned_abs());
    if millis >= 0 { UNIX_EPOCH + distance } else { UNIX_EPOCH - distance }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_told() {
        let clock = Clock::default();
        let start = UNIX_EPOCH + Duration::from_secs(1_702_743_657);
        clock.freeze(start);
        assert_eq!(clock.seconds(), 1_702_743_657);
        clock.advance(Duration::from_secs(60));
        assert_eq!(clock.now(), start + Duration::from_secs(60));
        clock.rewind(Duration::from_secs(30));
        assert_eq!(clock.now(), start + Duration::from_secs(30));
    }

    #[test]
    fn a_set_clock_keeps_ticking() {
        let clock = Clock::default();
        clock.set(UNIX_EPOCH + Duration::from_secs(1000));
        assert!((1000..1005).contains(&clock.seconds()));
        clock.reset();
        assert!(clock.seconds() > 1_600_000_000);
    }
}
