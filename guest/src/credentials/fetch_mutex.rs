//! A mutex that one call holds while it fetches credentials.

use std::cell::{Cell, RefCell};

use crate::wake_signal::{WakeOnDrop, WakeSignals};

/// A mutex for the calls of one instance. Waiting calls get it in no particular order.
#[derive(Debug, Default)]
pub(super) struct FetchMutex {
    is_locked: Cell<bool>,
    waiting: RefCell<Vec<WakeOnDrop>>,
}

/// Releases the mutex when dropped.
pub(super) struct FetchGuard<'a>(&'a FetchMutex);

impl FetchMutex {
    pub(super) fn try_lock(&self) -> Option<FetchGuard<'_>> {
        (!self.is_locked.replace(true)).then(|| FetchGuard(self))
    }

    pub(super) async fn lock(&self, signals: &impl WakeSignals) -> FetchGuard<'_> {
        loop {
            if let Some(guard) = self.try_lock() {
                return guard;
            }
            let (waker, signal) = signals.wake_signal();
            self.waiting.borrow_mut().push(waker);
            signal.await;
        }
    }
}

impl Drop for FetchGuard<'_> {
    fn drop(&mut self) {
        self.0.is_locked.set(false);
        // Wake every waiter: a single one might have been cancelled, and usually all of them can use the result just fetched.
        drop(self.0.waiting.take());
    }
}
