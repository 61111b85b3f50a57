//! An inactivity limit, for a request whose host enforces no timeouts.
//!
//! How long the upload of a part takes depends on the network, so a limit for the whole request would make every part
//! on a slow network fail. What is limited instead is the time without progress: since a piece of the upload was taken,
//! or since the request began.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use crate::ports::Clock;

/// The time of the last progress, on the monotonic clock.
#[derive(Debug)]
pub(crate) struct Progress(Cell<Duration>);

impl Progress {
    pub(crate) fn new(clock: &impl Clock) -> Self {
        Self(Cell::new(clock.monotonic()))
    }

    /// Notes progress.
    pub(crate) fn moved(&self, clock: &impl Clock) {
        self.0.set(clock.monotonic());
    }
}

/// The result of a future, or `None` once there was no progress for `limit`.
pub(crate) async fn unless_stalled<T>(
    clock: &impl Clock,
    progress: &Progress,
    limit: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    let alarm = pin!(async {
        loop {
            let left = progress.0.get().saturating_add(limit).saturating_sub(clock.monotonic());
            if left.is_zero() {
                return;
            }
            clock.sleep(left).await;
        }
    });
    match select(pin!(future), alarm).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scripted;

    const LIMIT: Duration = Duration::from_secs(25);

    /// Moves every so often, so many times, and then answers after a while.
    fn run(every: Duration, times: u32, answer: Duration) -> (Option<u32>, Duration) {
        let ports = Scripted::new([]);
        let progress = Progress::new(&ports);
        let upload = async {
            for _ in 0..times {
                ports.sleep(every).await;
                progress.moved(&ports);
            }
            ports.sleep(answer).await;
            times
        };
        let outcome = ports.run(unless_stalled(&ports, &progress, LIMIT, upload));
        (outcome, ports.elapsed())
    }

    // 4.13: the time of the upload counted, so that a part on a slow line never succeeded.
    #[test]
    fn an_upload_that_moves_may_take_as_long_as_it_takes() {
        assert_eq!(run(Duration::from_secs(20), 40, Duration::from_secs(24)).0, Some(40));
    }

    #[test]
    fn what_stands_still_is_ended_after_the_limit() {
        assert_eq!(run(Duration::from_secs(26), 1, Duration::ZERO), (None, LIMIT));
        let late = run(Duration::from_secs(20), 3, Duration::from_secs(26));
        assert_eq!(late, (None, Duration::from_secs(60) + LIMIT));
    }
}
