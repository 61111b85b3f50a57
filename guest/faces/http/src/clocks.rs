//! Clocks and random numbers of the host.

use crate::bindings::wasi::clocks::{monotonic_clock, system_clock};
use crate::bindings::wasi::random::random::get_random_bytes;
use std::time::Duration;

/// The time since 1970-01-01T00:00:00Z. A clock before 1970 is as wrong as one at 1970.
pub fn now() -> Duration {
    let now = system_clock::now();
    Duration::new(u64::try_from(now.seconds).unwrap_or(0), now.nanoseconds)
}

/// The time since some fixed moment; never goes back.
pub fn monotonic() -> Duration {
    Duration::from_nanos(monotonic_clock::now())
}

/// Waits.
pub async fn sleep(length: Duration) {
    monotonic_clock::wait_for(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)).await;
}

/// Fills a buffer with bytes that nobody can foresee. A host may give fewer at once than it is asked for.
pub fn fill_with_random(mut buffer: &mut [u8]) {
    while !buffer.is_empty() {
        let bytes = get_random_bytes(buffer.len() as u64);
        for (place, byte) in buffer.iter_mut().zip(&bytes) {
            *place = *byte;
        }
        buffer = buffer.get_mut(bytes.len()..).unwrap_or_default();
    }
}
