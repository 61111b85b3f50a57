//! The local clock.

use std::time::Duration;

/// The local clock. No rule of the garbage collection depends on it: the rules use OSS's `Date` only.
pub trait Clock {
    /// The time since 1970-01-01T00:00:00Z. It may jump, because the clock may be set.
    fn now(&self) -> Duration;

    /// The time since an arbitrary moment. It never goes back.
    fn monotonic(&self) -> Duration;

    /// Waits for this long.
    fn sleep(&self, length: Duration) -> impl Future<Output = ()>;
}
