//! Clocks, and the signals by which one call wakes another.

use std::time::Duration;

use super::waits::ready;
use crate::ports::Clock;
use crate::wake_signal::{self, WakeOnDrop, WakeSignal, WakeSignals};
use crate::wasi::Wasi;
use crate::wasi::bindings::wasi::clocks::{monotonic_clock, wall_clock};

impl Clock for Wasi {
    fn now(&self) -> Duration {
        let now = wall_clock::now();
        Duration::new(now.seconds, now.nanoseconds)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    async fn sleep(&self, length: Duration) {
        let nanos = u64::try_from(length.as_nanos()).unwrap_or(u64::MAX);
        ready(monotonic_clock::subscribe_duration(nanos)).await;
    }
}

impl WakeSignals for Wasi {
    fn wake_signal(&self) -> (WakeOnDrop, WakeSignal) {
        // The call and the work in the background are futures of one executor.
        wake_signal::local()
    }
}
