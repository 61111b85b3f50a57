//! How long a call may take.
//!
//! A call that streams lasts as long as its stream, and one that deletes a tree or copies a large object as long as that
//! takes. What tells such a call from one that hangs is whether it moves. So their limit is on standing still, and the time
//! that the caller takes, to read what came or to bring more, does not count: a stream may be left unread for hours.

use super::context::CallContext;
use crate::progress::Progress;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

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

impl TimeLimit {
    /// Ends when a call has used its time up.
    pub(crate) async fn used_up(&self, deadline: Option<Instant>, limit: Duration, call: &CallContext) {
        match (self, deadline) {
            (_, None) => std::future::pending().await,
            (Self::Whole, Some(deadline)) => sleep_until(deadline).await,
            (Self::Requests, Some(_)) => {
                let mut seen = call.moved();
                loop {
                    sleep(limit).await;
                    let now = call.moved();
                    if std::mem::replace(&mut seen, now) == now && now.is_some() {
                        return;
                    }
                }
            }
            (Self::Stream(progress), Some(_)) => progress.stopped(limit).await,
        }
    }

    /// When a call has to be over, or nothing can be said of that beforehand.
    pub(crate) fn deadline(&self, deadline: Option<Instant>) -> Option<Instant> {
        deadline.filter(|_| matches!(self, Self::Whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    const LIMIT: Duration = Duration::from_secs(2);
    /// Between two movements: far enough below the limit that a busy machine does not make one of the other.
    const STEP: Duration = Duration::from_millis(400);

    #[tokio::test]
    async fn only_the_components_own_time_counts() {
        let progress = Progress::new();
        let limit_of = TimeLimit::Stream(Arc::clone(&progress));
        let deadline = Instant::now().checked_add(LIMIT);
        let call = CallContext::new(None, None);
        for wait in [Progress::callers_turn, Progress::nobodys_turn] {
            wait(&progress);
            assert!(
                timeout(LIMIT * 2, limit_of.used_up(deadline, LIMIT, &call)).await.is_err(),
                "others take their time"
            );
        }
        for _ in 0..6 {
            progress.components_turn();
            assert!(timeout(STEP, limit_of.used_up(deadline, LIMIT, &call)).await.is_err(), "it moves");
        }
        progress.components_turn();
        let since = Instant::now();
        limit_of.used_up(deadline, LIMIT, &call).await;
        assert!(since.elapsed() >= LIMIT - STEP, "{:?}", since.elapsed());
        assert_eq!(limit_of.deadline(deadline), None);
    }

    /// 4.4: what another call of the tenant's sends and receives does not count.
    #[tokio::test]
    async fn a_calls_own_requests_count_as_moving() {
        let (call, other) = (CallContext::new(None, None), CallContext::new(None, None));
        let deadline = Instant::now().checked_add(LIMIT);
        let moving = |call: Arc<CallContext>| async move {
            for _ in 0..12 {
                call.move_on(1);
                sleep(STEP).await;
            }
        };
        tokio::select! {
            () = moving(Arc::clone(&call)) => {}
            () = TimeLimit::Requests.used_up(deadline, LIMIT, &call) => panic!("it moves"),
        }
        tokio::select! {
            () = moving(other) => panic!("it does not move"),
            () = TimeLimit::Requests.used_up(deadline, LIMIT, &call) => {}
        }
        // Nor does the time in which it waits for others.
        let waiting = call.wait();
        assert!(timeout(LIMIT * 2, TimeLimit::Requests.used_up(deadline, LIMIT, &call)).await.is_err());
        drop(waiting);
        TimeLimit::Requests.used_up(deadline, LIMIT, &call).await;
    }
}
