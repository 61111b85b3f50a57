//! The clock that leases are measured by: it goes on while the machine sleeps, and it is the same in every instance, so
//! that a moment one instance tells means the same in all of them.

use std::time::Duration;
use wasmtime_wasi::HostMonotonicClock;

/// The time since some fixed moment, the time included in which the machine slept.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn now() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// The time since some fixed moment. Whether it goes on while the machine sleeps is up to the system.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn now() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

/// The same for instances.
pub(crate) struct Shared;

impl HostMonotonicClock for Shared {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        u64::try_from(now().as_nanos()).unwrap_or(u64::MAX)
    }
}
