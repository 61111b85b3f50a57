//! The calls of one instance that wait for the same lock stand in line: only the first asks OSS.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// The lines of one instance.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    lines: RefCell<BTreeMap<String, Line>>,
}

#[derive(Debug, Default)]
struct Line {
    next: u64,
    places: VecDeque<(u64, Option<Waker>)>,
}

/// A place in a line; leaving it is dropping it.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    queue: &'a Queue,
    name: String,
    number: u64,
}

impl Queue {
    /// Goes to the end of the line.
    pub(crate) fn enter(&self, name: &str) -> Place<'_> {
        let mut lines = self.lines.borrow_mut();
        let line = lines.entry(name.to_owned()).or_default();
        let number = line.next;
        line.next = number.wrapping_add(1);
        line.places.push_back((number, None));
        Place { queue: self, name: name.to_owned(), number }
    }
}

impl Place<'_> {
    /// Waits until nobody is before this place.
    pub(crate) async fn turn(&self) {
        poll_fn(|context| {
            let mut lines = self.queue.lines.borrow_mut();
            let Some(line) = lines.get_mut(&self.name) else { return Poll::Ready(()) };
            match line.places.iter_mut().position(|(number, _)| *number == self.number) {
                Some(0) | None => Poll::Ready(()),
                Some(place) => {
                    if let Some((_, waker)) = line.places.get_mut(place) {
                        *waker = Some(context.waker().clone());
                    }
                    Poll::Pending
                }
            }
        })
        .await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut lines = self.queue.lines.borrow_mut();
        let Some(line) = lines.get_mut(&self.name) else { return };
        line.places.retain(|(number, _)| *number != self.number);
        let first = line.places.front_mut().and_then(|(_, waker)| waker.take());
        if line.places.is_empty() {
            lines.remove(&self.name);
        }
        drop(lines);
        if let Some(waker) = first {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn test_32_first_come_first_served() {
        let queue = Queue::default();
        let (first, second, third) = (queue.enter("a"), queue.enter("a"), queue.enter("a"));
        let other = queue.enter("b");
        assert!(first.turn().now_or_never().is_some() && other.turn().now_or_never().is_some());
        assert!(second.turn().now_or_never().is_none() && third.turn().now_or_never().is_none());
        drop(second);
        assert!(third.turn().now_or_never().is_none());
        drop(first);
        assert!(third.turn().now_or_never().is_some());
        drop((third, other));
        assert!(queue.lines.borrow().is_empty());
    }
}
