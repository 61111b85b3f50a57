//! Queues the calls of one instance that wait for the same lock: only the first in the queue sends requests to OSS.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::named::Named;
use crate::bell::{Bells, Ringer};

/// The queues of one instance, one for each lock.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    lines: RefCell<Named<Line>>,
}

#[derive(Debug, Default)]
struct Line {
    next: u64,
    calls: VecDeque<Waiting>,
}

/// A call that waits.
#[derive(Debug)]
struct Waiting {
    number: u64,
    is_stopped: bool,
    /// Wakes it when something has changed.
    ringer: Option<Ringer>,
}

/// A call's position in a queue; dropped, the call leaves the queue.
#[derive(Debug)]
pub(crate) struct QueuePosition<'a> {
    queue: &'a Queue,
    name: String,
    number: u64,
}

impl Queue {
    /// Joins the end of the queue.
    pub(crate) fn enter(&self, name: &str) -> QueuePosition<'_> {
        let mut lines = self.lines.borrow_mut();
        let mut line = lines.remove(name).unwrap_or_default();
        let number = line.next;
        line.next = number.wrapping_add(1);
        line.calls.push_back(Waiting { number, is_stopped: false, ringer: None });
        lines.put(name, line, usize::MAX);
        QueuePosition { queue: self, name: name.to_owned(), number }
    }

    /// Ends all waits for a name.
    pub(crate) fn stop(&self, name: &str) {
        let mut lines = self.lines.borrow_mut();
        let calls = lines.get_mut(name).map(|line| line.calls.iter_mut()).into_iter().flatten();
        let ringers: Vec<_> = calls
            .filter_map(|waiting| {
                waiting.is_stopped = true;
                waiting.ringer.take()
            })
            .collect();
        drop((lines, ringers));
    }
}

impl QueuePosition<'_> {
    /// Waits until no call is before this one, or the wait was ended.
    pub(crate) async fn turn(&self, bells: &impl Bells) {
        self.until(bells, |position, waiting| position == 0 || waiting.is_stopped).await;
    }

    /// Whether the wait was ended.
    pub(crate) fn is_stopped(&self) -> bool {
        let lines = self.queue.lines.borrow();
        let calls = lines.get(&self.name).map(|line| line.calls.iter()).into_iter().flatten();
        calls.into_iter().any(|waiting| waiting.number == self.number && waiting.is_stopped)
    }

    /// Waits until the wait was ended.
    pub(crate) async fn stopped(&self, bells: &impl Bells) {
        self.until(bells, |_, waiting| waiting.is_stopped).await;
    }

    async fn until(&self, bells: &impl Bells, holds: impl Fn(usize, &Waiting) -> bool) {
        loop {
            let bell = {
                let mut lines = self.queue.lines.borrow_mut();
                let Some(line) = lines.get_mut(&self.name) else { return };
                match line.calls.iter_mut().enumerate().find(|(_, waiting)| waiting.number == self.number) {
                    Some((position, waiting)) if !holds(position, waiting) => {
                        let (ringer, bell) = bells.bell();
                        waiting.ringer = Some(ringer);
                        bell
                    }
                    _ => return,
                }
            };
            bell.await;
        }
    }
}

impl Drop for QueuePosition<'_> {
    fn drop(&mut self) {
        let mut lines = self.queue.lines.borrow_mut();
        let Some(line) = lines.get_mut(&self.name) else { return };
        line.calls.retain(|waiting| waiting.number != self.number);
        let first = line.calls.front_mut().and_then(|waiting| waiting.ringer.take());
        if line.calls.is_empty() {
            lines.remove(&self.name);
        }
        drop((lines, first));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bell::{Bell, local};
    use futures_util::FutureExt as _;

    struct Native;

    impl Bells for Native {
        fn bell(&self) -> (Ringer, Bell) {
            local()
        }
    }

    #[test]
    fn test_32_first_come_first_served() {
        let queue = Queue::default();
        let (first, second, third) = (queue.enter("a"), queue.enter("a"), queue.enter("a"));
        let other = queue.enter("b");
        assert!(first.turn(&Native).now_or_never().is_some() && other.turn(&Native).now_or_never().is_some());
        assert!(second.turn(&Native).now_or_never().is_none() && third.turn(&Native).now_or_never().is_none());
        drop(second);
        assert!(third.turn(&Native).now_or_never().is_none());
        drop(first);
        assert!(third.turn(&Native).now_or_never().is_some());
        drop((third, other));
        assert!(queue.lines.borrow().is_empty());
    }

    #[test]
    fn waits_that_are_ended() {
        let queue = Queue::default();
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
