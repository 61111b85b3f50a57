//! How long a call may take.
//!
//! Streaming, deleting a tree and copying a large object may take long, so such calls have an inactivity limit instead of a
//! limit on the whole call. A stream's limit excludes the time that the caller takes to read or to send: a stream may be left
//! unread for hours. The other calls count every byte that their own requests send or receive as activity.

use super::context::CallContext;
use crate::progress::Progress;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a call may take.
#[derive(Debug, Clone)]
pub(crate) enum TimeLimit {
    /// The limit is on the whole call.
    Whole,
    /// The limit is on the time in which the call's own requests send and receive nothing.
    Requests,
    /// The limit is on the time in which the stream stands still on the component's side.
    Stream(Arc<Progress>),
}

/// What was seen last of something that should move, and since when it is so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Observation {
    pub(crate) mark: Option<u64>,
    pub(crate) since: Instant,
}

impl Observation {
    /// Observation now. None for what can't move, which is no fault of its own.
    pub(crate) fn new(mark: Option<u64>) -> Self {
        Self { mark, since: Instant::now() }
    }

    /// When to check again what has this mark now. None where it has stood still for so long.
    pub(crate) fn next_check(&mut self, mark: Option<u64>, limit: Duration) -> Option<Instant> {
        if mark.is_none() || mark != self.mark {
            *self = Self::new(mark);
        }
        later(self.since, limit)
    }
}

impl TimeLimit {
    /// When to check a running call again. None where its time is up.
    pub(crate) fn next_check(&self, seen: &mut Observation, limit: Duration, call: &CallContext) -> Option<Instant> {
        match self {
            Self::Whole => None,
            Self::Requests => seen.next_check(call.moved(), limit),
            Self::Stream(progress) => {
                // It counts from the call's beginning at the earliest.
                later(progress.components_since().map_or_else(Instant::now, |since| since.max(seen.since)), limit)
            }
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        matches!(self, Self::Whole)
    }
}

/// The moment so long after another, if it is still to come.
fn later(since: Instant, limit: Duration) -> Option<Instant> {
    since.checked_add(limit).filter(|at| *at > Instant::now())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    const LIMIT: Duration = Duration::from_secs(2);
    /// Between two movements: far enough below the limit that a busy machine does not make one of the other.
    const STEP: Duration = Duration::from_millis(400);

    fn call() -> Arc<CallContext> {
        CallContext::new(None, false, None, |_| tracing::Span::none())
    }

    /// Looks as a timer does, until the time is up or so long has passed. Whether it was up.
    async fn used_up(limit: &TimeLimit, call: &CallContext, within: Duration) -> bool {
        let (mut seen, begun) = (Observation::new(call.moved()), Instant::now());
        while begun.elapsed() < within {
            if limit.next_check(&mut seen, LIMIT, call).is_none() {
                return true;
            }
            sleep(Duration::from_millis(20)).await;
        }
        false
    }

    #[tokio::test]
    async fn only_the_components_own_time_counts() {
        let progress = Progress::new();
        let limit = TimeLimit::Stream(Arc::clone(&progress));
        let call = call();
        for wait in [Progress::callers_turn, Progress::nobodys_turn] {
            wait(&progress);
            assert!(!used_up(&limit, &call, LIMIT * 2).await, "others take their time");
        }
        for _ in 0..6 {
            progress.components_turn();
            assert!(!used_up(&limit, &call, STEP).await, "it moves");
        }
        progress.components_turn();
        let since = Instant::now();
        assert!(used_up(&limit, &call, 2 * LIMIT).await);
        assert!(since.elapsed() >= LIMIT - STEP, "{:?}", since.elapsed());
    }

    /// 4.4: what another call of the tenant's sends and receives does not count.
    #[tokio::test]
    async fn a_calls_own_requests_count_as_moving() {
        let (call, other) = (call(), call());
        let moving = |call: Arc<CallContext>| async move {
            for _ in 0..12 {
                call.move_on(1);
                sleep(STEP).await;
            }
        };
        tokio::select! {
            () = moving(Arc::clone(&call)) => {}
            true = used_up(&TimeLimit::Requests, &call, 4 * LIMIT) => panic!("it moves"),
        }
        tokio::select! {
            () = moving(other) => panic!("it does not move"),
            true = used_up(&TimeLimit::Requests, &call, 4 * LIMIT) => {}
        }
        // Nor does the time in which it waits for others.
        let waiting = call.wait();
        assert!(!used_up(&TimeLimit::Requests, &call, 2 * LIMIT).await);
        drop(waiting);
        assert!(used_up(&TimeLimit::Requests, &call, 2 * LIMIT).await);
    }
}
