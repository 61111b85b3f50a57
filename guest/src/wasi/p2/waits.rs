//! The pollables that the instance waits for, each with the task to wake. There is one list for the running call and for what
//! runs in the background, so that they wait together.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::wasi::bindings::wasi::io::poll::{Pollable, poll};

#[derive(Default)]
struct Waits {
    next: u64,
    entries: BTreeMap<u64, (Rc<Pollable>, Waker)>,
}

thread_local! {
    static WAITS: RefCell<Waits> = RefCell::default();
}

/// A wait for one event. It is in the list until the event occurs.
struct Wait {
    pollable: Rc<Pollable>,
    number: Option<u64>,
}

/// Waits until a pollable is ready.
pub(super) fn ready(pollable: Pollable) -> impl Future<Output = ()> {
    Wait { pollable: Rc::new(pollable), number: None }
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        WAITS.with_borrow_mut(|waits| match self.number {
            None => {
                let number = waits.next;
                waits.next = number.wrapping_add(1);
                waits.entries.insert(number, (Rc::clone(&self.pollable), waker));
                self.number = Some(number);
                Poll::Pending
            }
            Some(number) => match waits.entries.get_mut(&number) {
                Some((_, before)) => {
                    before.clone_from(&waker);
                    Poll::Pending
                }
                None => Poll::Ready(()),
            },
        })
    }
}

impl Drop for Wait {
    /// Drops the pollable, because the host does not allow a resource to be dropped before the ones made from it.
    /// Dropping the waker may end its task and so drop other waits, so the list must not be borrowed then.
    fn drop(&mut self) {
        let entry = self.number.and_then(|number| WAITS.with_borrow_mut(|waits| waits.entries.remove(&number)));
        drop(entry);
    }
}

/// Waits until an event occurs, and wakes the tasks that wait for it. If there is nothing to wait for, the host ends
/// the instance: polling nothing is a trap, and whatever waits then would wait forever.
pub(super) fn block() {
    // Collect only the wakers and no pollables: a task that is woken may drop the resource that another pollable was
    // made from.
    let woken: Vec<Waker> = WAITS.with_borrow_mut(|waits| {
        let (numbers, pollables): (Vec<u64>, Vec<&Pollable>) =
            waits.entries.iter().map(|(number, (pollable, _))| (*number, &**pollable)).unzip();
        let ready = poll(&pollables);
        let numbers = ready.into_iter().filter_map(|at| numbers.get(usize::try_from(at).ok()?).copied());
        let numbers: Vec<u64> = numbers.collect();
        numbers.into_iter().filter_map(|number| waits.entries.remove(&number)).map(|(_, waker)| waker).collect()
    });
    woken.into_iter().for_each(Waker::wake);
}
