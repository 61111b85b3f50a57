//! Queues the calls of one instance that wait for the same lock: only the first in the queue sends requests to OSS.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::name_map::NameMap;
use crate::wake_signal::{WakeOnDrop, WakeSignals};

/// The queues of one instance, one for each lock.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    by_name: RefCell<NameMap<NameQueue>>,
}

#[derive(Debug, Default)]
struct NameQueue {
    next: u64,
    calls: VecDeque<Waiting>,
}

/// A waiting call.
#[derive(Debug)]
struct Waiting {
    number: u64,
    is_stopped: bool,
    /// Wakes the call when something has changed.
    waker: Option<WakeOnDrop>,
}

/// A call's position in a queue; dropped, the call leaves the queue.
#[derive(Debug)]
pub(crate) struct QueuePosition<'a> {
    queues: &'a Queues,
    name: String,
    number: u64,
}

impl Queues {
    /// Joins the end of the queue.
    pub(crate) fn enter(&self, name: &str) -> QueuePosition<'_> {
        let mut queues = self.by_name.borrow_mut();
        let mut queue = queues.remove(name).unwrap_or_default();
        let number = queue.next;
        queue.next = number.wrapping_add(1);
        queue.calls.push_back(Waiting { number, is_stopped: false, waker: None });
        queues.put(name, queue, usize::MAX);
        QueuePosition { queues: self, name: name.to_owned(), number }
    }

    /// Ends all waits for a name.
    pub(crate) fn stop(&self, name: &str) {
        let mut queues = self.by_name.borrow_mut();
        let calls = queues.get_mut(name).map(|queue| queue.calls.iter_mut()).into_iter().flatten();
        let wakers: Vec<_> = calls
            .filter_map(|waiting| {
                waiting.is_stopped = true;
                waiting.waker.take()
            })
            .collect();
        drop((queues, wakers));
    }
}

impl QueuePosition<'_> {
    /// Waits until no call is before this one, or the wait was ended.
    pub(crate) async fn turn(&self, signals: &impl WakeSignals) {
        self.until(signals, |position, waiting| position == 0 || waiting.is_stopped).await;
    }

    /// Whether the wait was ended.
    pub(crate) fn is_stopped(&self) -> bool {
        let queues = self.queues.by_name.borrow();
        let calls = queues.get(&self.name).map(|queue| queue.calls.iter()).into_iter().flatten();
        calls.into_iter().any(|waiting| waiting.number == self.number && waiting.is_stopped)
    }

    /// Resolves when the wait was ended.
    pub(crate) async fn stopped(&self, signals: &impl WakeSignals) {
        self.until(signals, |_, waiting| waiting.is_stopped).await;
    }

    async fn until(&self, signals: &impl WakeSignals, holds: impl Fn(usize, &Waiting) -> bool) {
        loop {
            let signal = {
                let mut queues = self.queues.by_name.borrow_mut();
                let Some(queue) = queues.get_mut(&self.name) else { return };
                match queue.calls.iter_mut().enumerate().find(|(_, waiting)| waiting.number == self.number) {
                    Some((position, waiting)) if !holds(position, waiting) => {
                        let (waker, signal) = signals.wake_signal();
                        waiting.waker = Some(waker);
                        signal
                    }
                    _ => return,
                }
            };
            signal.await;
        }
    }
}

impl Drop for QueuePosition<'_> {
    fn drop(&mut self) {
        let mut queues = self.queues.by_name.borrow_mut();
        let Some(queue) = queues.get_mut(&self.name) else { return };
        queue.calls.retain(|waiting| waiting.number != self.number);
        let first = queue.calls.front_mut().and_then(|waiting| waiting.waker.take());
        if queue.calls.is_empty() {
            queues.remove(&self.name);
        }
        drop((queues, first));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wake_signal::{WakeSignal, local};
    use futures_util::FutureExt as _;

    struct Native;

    impl WakeSignals for Native {
        fn wake_signal(&self) -> (WakeOnDrop, WakeSignal) {
            local()
        }
    }

    #[test]
    fn test_32_first_come_first_served() {
        let queue = Queues::default();
        let (first, second, third) = (queue.enter("a"), queue.enter("a"), queue.enter("a"));
        let other = queue.enter("b");
        assert!(first.turn(&Native).now_or_never().is_some() && other.turn(&Native).now_or_never().is_some());
        assert!(second.turn(&Native).now_or_never().is_none() && third.turn(&Native).now_or_never().is_none());
        drop(second);
        assert!(third.turn(&Native).now_or_never().is_none());
        drop(first);
        assert!(third.turn(&Native).now_or_never().is_some());
        drop((third, other));
        assert!(queue.by_name.borrow().is_empty());
    }

    #[test]
    fn waits_that_are_ended() {
        let queue = Queues::default();
        let (first, second, other) = (queue.enter("a"), queue.enter("a"), queue.enter("b"));
        assert!(first.stopped(&Native).now_or_never().is_none() && second.turn(&Native).now_or_never().is_none());
        queue.stop("a");
        queue.stop("nobody's");
        assert!(first.stopped(&Native).now_or_never().is_some() && second.turn(&Native).now_or_never().is_some());
        assert!(other.stopped(&Native).now_or_never().is_none());
        let later = queue.enter("a");
        assert!(later.stopped(&Native).now_or_never().is_none(), "who comes later waits");
    }
}
