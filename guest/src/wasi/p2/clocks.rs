//! Clocks, and how one call would wake another.

use std::time::Duration;

use super::waits::ready;
use crate::bell::{self, Bell, Bells, Ringer};
use crate::ports::Clock;
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

impl Bells for Wasi {
    fn bell(&self) -> (Ringer, Bell) {
        // The call and what goes on in the background are futures of one executor.
        bell::local()
    }
}
