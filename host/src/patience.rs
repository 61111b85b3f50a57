//! How long a call may take.
//!
//! A call that streams lasts as long as its stream, and one that deletes a tree or copies a large object as long as that
//! takes. What tells such a call from one that hangs is whether it moves. So their limit is on standing still, and the time
//! that the caller takes, to read what came or to bring more, does not count: a stream may be left unread for hours.

use crate::metrics::Meter;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// How long a call may take.
#[derive(Debug, Clone)]
pub(crate) enum Patience {
    /// The limit is on the whole call.
    Whole,
    /// The limit is on the time in which the tenant sends and receives nothing.
    Requests,
    /// The limit is on the time in which the stream stands still on the component's side.
    Stream(Arc<Pulse>),
}

impl Patience {
    /// Ends when a call has used its patience up.
    pub(crate) async fn used_up(&self, deadline: Option<Instant>, limit: Duration, meter: &Meter) {
        match (self, deadline) {
            (_, None) => std::future::pending().await,
            (Self::Whole, Some(deadline)) => sleep_until(deadline).await,
            (Self::Requests, Some(_)) => {
                let mut seen = meter.traffic();
                loop {
                    sleep(limit).await;
                    let now = meter.traffic();
                    if std::mem::replace(&mut seen, now) == now {
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
    is_callers: bool,
}

impl Pulse {
    /// The component's turn, from now on.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Beat { since: Instant::now(), is_callers: false })))
    }

    fn beat(&self) -> MutexGuard<'_, Beat> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stream moved; now the component has to do something.
    pub(crate) fn components_turn(&self) {
        *self.beat() = Beat { since: Instant::now(), is_callers: false };
    }

    /// The component has done its part; now the caller has to read, or to bring more.
    pub(crate) fn callers_turn(&self) {
        *self.beat() = Beat { since: Instant::now(), is_callers: true };
    }

    /// Ends when it has been the component's turn for so long.
    async fn stopped(&self, limit: Duration) {
        loop {
            let seen = *self.beat();
            let from = if seen.is_callers { Instant::now() } else { seen.since };
            // What can't be a moment in time won't come.
            let Some(due) = from.checked_add(limit) else { return std::future::pending().await };
            sleep_until(due).await;
            if !seen.is_callers && *self.beat() == seen {
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
        let meter = Meter::default();
        pulse.callers_turn();
        assert!(
            timeout(LIMIT * 2, patience.used_up(deadline, LIMIT, &meter)).await.is_err(),
            "the caller takes its time"
        );
        for _ in 0..6 {
            pulse.components_turn();
            assert!(timeout(STEP, patience.used_up(deadline, LIMIT, &meter)).await.is_err(), "it moves");
        }
        pulse.components_turn();
        let since = Instant::now();
        patience.used_up(deadline, LIMIT, &meter).await;
        assert!(since.elapsed() >= LIMIT - STEP, "{:?}", since.elapsed());
        assert_eq!(patience.deadline(deadline), None);
    }

    #[tokio::test]
    async fn requests_count_as_moving() {
        let meter = Meter::default();
        let deadline = Instant::now().checked_add(LIMIT);
        let moving = async {
            for _ in 0..12 {
                meter.bytes_received.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                sleep(STEP).await;
            }
        };
        tokio::select! {
            () = moving => {}
            () = Patience::Requests.used_up(deadline, LIMIT, &meter) => panic!("it moves"),
        }
        Patience::Requests.used_up(deadline, LIMIT, &meter).await;
    }
}
