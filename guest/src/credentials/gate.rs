//! Lets one call in at a time.

use std::cell::{Cell, RefCell};

use crate::bell::{Bells, Ringer};

/// Lets one call in at a time; who waits is let in in no order.
#[derive(Debug, Default)]
pub(super) struct Gate {
    is_taken: Cell<bool>,
    waiting: RefCell<Vec<Ringer>>,
}

/// A call's stay; dropped, it lets the next one in.
pub(super) struct Stay<'a>(&'a Gate);

impl Gate {
    pub(super) fn try_enter(&self) -> Option<Stay<'_>> {
        (!self.is_taken.replace(true)).then(|| Stay(self))
    }

    pub(super) async fn enter(&self, bells: &impl Bells) -> Stay<'_> {
        loop {
            if let Some(stay) = self.try_enter() {
                return stay;
            }
            let (ringer, bell) = bells.bell();
            self.waiting.borrow_mut().push(ringer);
            bell.await;
        }
    }
}

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        self.0.is_taken.set(false);
        // Wake every waiter: a single one might have been cancelled, and usually all of them can use the result just fetched.
        drop(self.0.waiting.take());
    }
}
