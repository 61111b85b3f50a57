//! When the time of each call in an instance is up.
//!
//! One timer for all of them: most calls take a thousandth of the time they may, and to set and clear one for each would take
//! longer than to note it here.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Something whose time can be up.
pub(super) trait Overdue: Send + Sync {
    fn overdue(self: Arc<Self>);
}

/// A note of when a call's time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deadline {
    at: Instant,
    number: u64,
}

impl Deadline {
    /// When the call's time is up.
    pub(crate) fn at(self) -> Instant {
        self.at
    }
}

/// The notes of an instance.
#[derive(Default)]
pub(super) struct Deadlines {
    notes: Mutex<Notes>,
    /// Told when a note is earlier than what the timer is set to.
    earlier: Notify,
}

#[derive(Default)]
struct Notes {
    calls: BTreeMap<Deadline, Arc<dyn Overdue>>,
    number: u64,
    /// What the timer is set to. It stays where it is when a call ends in time.
    timer: Option<Instant>,
}

impl Deadlines {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What [`Deadlines::add`] will note.
    pub(super) fn due(&self, at: Instant) -> Deadline {
        let mut notes = self.notes();
        notes.number += 1;
        Deadline { at, number: notes.number }
    }

    pub(super) fn add(&self, due: Deadline, call: Arc<dyn Overdue>) {
        let mut notes = self.notes();
        notes.calls.insert(due, call);
        let is_earlier = notes.timer.is_none_or(|timer| due.at < timer);
        drop(notes);
        if is_earlier {
            self.earlier.notify_one();
        }
    }

    pub(super) fn remove(&self, due: Deadline) {
        let removed = self.notes().calls.remove(&due);
        // Not under the lock: it may be the last of its call.
        drop(removed);
    }

    /// Tells those whose time is up. One task does so at a time.
    pub(super) async fn watch(&self) -> Infallible {
        loop {
            let (late, timer) = {
                let mut notes = self.notes();
                let not_yet = notes.calls.split_off(&Deadline { at: Instant::now(), number: u64::MAX });
                let late = std::mem::replace(&mut notes.calls, not_yet);
                notes.timer = notes.calls.first_key_value().map(|(due, _)| due.at);
                (late, notes.timer)
            };
            late.into_values().for_each(|call| call.overdue());
            tokio::select! {
                () = self.earlier.notified() => {}
                () = sleep_until(timer.unwrap_or_else(Instant::now)), if timer.is_some() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::time::Duration;

    struct Counted(AtomicUsize);

    impl Overdue for Counted {
        fn overdue(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[tokio::test]
    async fn only_those_whose_time_is_up_are_told() {
        let deadlines = Arc::new(Deadlines::default());
        let late = Arc::new(Counted(AtomicUsize::new(0)));
        let watching = tokio::spawn({
            let deadlines = Arc::clone(&deadlines);
            async move { deadlines.watch().await }
        });
        let add = |after: Duration| {
            let due = deadlines.due(Instant::now() + after);
            deadlines.add(due, Arc::clone(&late) as Arc<dyn Overdue>);
            due
        };
        let (far, in_time) = (add(Duration::from_secs(600)), add(Duration::from_millis(50)));
        // Earlier than what the timer is set to by now.
        tokio::task::yield_now().await;
        add(Duration::from_millis(20));
        deadlines.remove(in_time);
        while late.0.load(Relaxed) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(late.0.load(Relaxed), 1);
        deadlines.remove(far);
        assert!(deadlines.notes().calls.is_empty() && !watching.is_finished());
        watching.abort();
    }
}
