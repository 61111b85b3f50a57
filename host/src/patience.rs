//! How long a call may take.
//!
//! A call that streams lasts as long as its stream, and one that deletes a tree or copies a large object as long as that
//! takes. What tells such a call from one that hangs is whether it moves. So their limit is on standing still, and the time
//! that the caller takes, to read what came or to bring more, does not count: a stream may be left unread for hours.

use crate::call::CallContext;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// How long a call may take.
#[derive(Debug, Clone)]
pub(crate) enum Patience {
    /// The limit is on the whole call.
    Whole,
    /// The limit is on the time in which the call's own requests send and receive nothing.
    Requests,
    /// The limit is on the time in which the stream stands still on the component's side.
    Stream(Arc<Pulse>),
}

impl Patience {
    /// Ends when a call has used its patience up.
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
            (Self::Stream(pulse), Some(_)) => pulse.stopped(limit).await,
        }
    }

    /// When a call has to be over, or nothing can be said of that beforehand.
    pub(crate) fn deadline(&self, deadline: Option<Instant>) -> Option<Instant> {
        deadline.filter(|_| matches!(self, Self::Whole))
    }
}

/// Whose turn it is to move a stream, and since when.
#[derive(Debug)]
pub(crate) struct Pulse(Mutex<Beat>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Beat {
    since: Instant,
    turn: Turn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Component,
    Caller,
    /// It waits for others of the tenant's.
    Nobody,
}

impl Pulse {
    /// The component's turn, from now on.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Beat { since: Instant::now(), turn: Turn::Component })))
    }

    fn beat(&self) -> MutexGuard<'_, Beat> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, turn: Turn) {
        *self.beat() = Beat { since: Instant::now(), turn };
    }

    /// The stream moved; now the component has to do something.
    pub(crate) fn components_turn(&self) {
        self.turn(Turn::Component);
    }

    /// The component has done its part; now the caller has to read, or to bring more.
    pub(crate) fn callers_turn(&self) {
        self.turn(Turn::Caller);
    }

    /// Neither can do anything until others of the tenant's have given back what they hold.
    pub(crate) fn nobodys_turn(&self) {
        self.turn(Turn::Nobody);
    }

    /// Ends when it has been the component's turn for so long.
    async fn stopped(&self, limit: Duration) {
        loop {
            let seen = *self.beat();
            let is_components = seen.turn == Turn::Component;
            let from = if is_components { seen.since } else { Instant::now() };
            // What can't be a moment in time won't come.
            let Some(due) = from.checked_add(limit) else { return std::future::pending().await };
            sleep_until(due).await;
            if is_components && *self.beat() == seen {
                return;
            }
        }
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
        let pulse = Pulse::new();
        let patience = Patience::Stream(Arc::clone(&pulse));
        let deadline = Instant::now().checked_add(LIMIT);
        let call = CallContext::new(None, None);
        for wait in [Pulse::callers_turn, Pulse::nobodys_turn] {
            wait(&pulse);
            assert!(
                timeout(LIMIT * 2, patience.used_up(deadline, LIMIT, &call)).await.is_err(),
                "others take their time"
            );
        }
        for _ in 0..6 {
            pulse.components_turn();
            assert!(timeout(STEP, patience.used_up(deadline, LIMIT, &call)).await.is_err(), "it moves");
        }
        pulse.components_turn();
        let since = Instant::now();
        patience.used_up(deadline, LIMIT, &call).await;
        assert!(since.elapsed() >= LIMIT - STEP, "{:?}", since.elapsed());
        assert_eq!(patience.deadline(deadline), None);
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
            () = Patience::Requests.used_up(deadline, LIMIT, &call) => panic!("it moves"),
        }
        tokio::select! {
            () = moving(other) => panic!("it does not move"),
            () = Patience::Requests.used_up(deadline, LIMIT, &call) => {}
        }
        // Nor does the time in which it waits for others.
        let waiting = call.wait();
        assert!(timeout(LIMIT * 2, Patience::Requests.used_up(deadline, LIMIT, &call)).await.is_err());
        drop(waiting);
        Patience::Requests.used_up(deadline, LIMIT, &call).await;
    }
}
