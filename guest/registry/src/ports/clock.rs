//! Time on this machine.

use std::time::Duration;

/// Tells time. No rule of the garbage collection rests on it: those rest on OSS's `Date` alone.
pub trait Clock {
    /// The time since 1970-01-01T00:00:00Z; may jump.
    fn now(&self) -> Duration;

    /// The time since some fixed moment; never goes back.
    fn monotonic(&self) -> Duration;

    /// Waits.
    fn sleep(&self, length: Duration) -> impl Future<Output = ()>;
}
