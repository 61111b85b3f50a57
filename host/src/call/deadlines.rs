//! When the time of each call of a tenant is up.
//!
//! One timer for all of them: most calls take a thousandth of the time they may, and to set and clear one for each would take
//! longer than to note it here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Something whose time can be up.
pub(crate) trait Overdue: Send + Sync {
    fn overdue(self: Arc<Self>);
}

/// When the time of a call is up. The number is the call's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) number: u64,
}

/// The deadlines of a tenant's calls.
pub(crate) struct Deadlines {
    state: Mutex<State>,
    /// Told when a deadline is earlier than what the timer is set to, and when the last instance has ended.
    changed: Notify,
    runtime: Handle,
}

#[derive(Default)]
struct State {
    calls: BTreeMap<Deadline, Arc<dyn Overdue>>,
    /// What the timer is set to. It stays where it is when a call ends in time.
    timer: Option<Instant>,
    /// The task that waits. It stays as long as there are instances: those that come and go with each call are few.
    is_watched: bool,
    instances: usize,
}

/// An instance whose calls have deadlines here. As long as there is one, the timer's task is kept.
pub(crate) struct RegisteredInstance(Arc<Deadlines>);

impl Deadlines {
    pub(crate) fn new(runtime: Handle) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), changed: Notify::new(), runtime })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn register(self: &Arc<Self>) -> RegisteredInstance {
        self.state().instances += 1;
        RegisteredInstance(Arc::clone(self))
    }

    pub(crate) fn add(self: &Arc<Self>, due: Deadline, call: Arc<dyn Overdue>) {
        let mut state = self.state();
        state.calls.insert(due, call);
        let starts = !std::mem::replace(&mut state.is_watched, true);
        let is_earlier = state.timer.is_none_or(|timer| due.at < timer);
        drop(state);
        if starts {
            self.runtime.spawn(watch(Arc::clone(self)));
        } else if is_earlier {
            self.changed.notify_one();
        }
    }

    pub(crate) fn remove(&self, due: Deadline) {
        let removed = self.state().calls.remove(&due);
        // Not under the lock: it may be the last of its call.
        drop(removed);
    }
}

/// Tells those whose time is up, until nobody is left whose time could be.
async fn watch(deadlines: Arc<Deadlines>) {
    loop {
        let (late, timer) = {
            let mut state = deadlines.state();
            let not_yet = state.calls.split_off(&Deadline { at: Instant::now(), number: u64::MAX });
            let late = std::mem::replace(&mut state.calls, not_yet);
            state.timer = state.calls.first_key_value().map(|(due, _)| due.at);
            if late.is_empty() && state.calls.is_empty() && state.instances == 0 {
                state.is_watched = false;
                return;
            }
            (late, state.timer)
        };
        late.into_values().for_each(|call| call.overdue());
        tokio::select! {
            () = deadlines.changed.notified() => {}
            () = sleep_until(timer.unwrap_or_else(Instant::now)), if timer.is_some() => {}
        }
    }
}

impl Drop for RegisteredInstance {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.instances -= 1;
        if state.instances == 0 {
            self.0.changed.notify_one();
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
    async fn only_those_whose_time_is_up_are_told_and_the_task_ends() {
        let deadlines = Deadlines::new(Handle::current());
        let late = Arc::new(Counted(AtomicUsize::new(0)));
        let instance = deadlines.register();
        let add = |number, after: Duration| {
            let due = Deadline { at: Instant::now() + after, number };
            deadlines.add(due, Arc::clone(&late) as Arc<dyn Overdue>);
            due
        };
        let (far, in_time) = (add(1, Duration::from_secs(600)), add(2, Duration::from_millis(50)));
        // Earlier than what the timer is set to by now.
        tokio::task::yield_now().await;
        add(3, Duration::from_millis(20));
        deadlines.remove(in_time);
        while late.0.load(Relaxed) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(late.0.load(Relaxed), 1);
        deadlines.remove(far);
        assert!(deadlines.state().calls.is_empty() && deadlines.state().is_watched);
        drop(instance);
        while deadlines.state().is_watched {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // And comes back.
        add(4, Duration::from_millis(1));
        while late.0.load(Relaxed) < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
