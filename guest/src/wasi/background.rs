//! Runs work that continues after an export has returned, such as writing its streams.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use send_wrapper::SendWrapper;

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// A future that is polled by its own waker, in whichever task of the component model an event arrives. The event is
/// registered with that task, which does not end before.
///
/// wit-bindgen's `spawn_local` does the same, but only with its feature `async-spawn`, which makes every wait of every
/// call more expensive (see the manifest).
struct Background {
    /// In a mutex because wakers must be `Send`; a component has one thread. `None` once the future has ended.
    future: SendWrapper<RefCell<Option<Work>>>,
    /// Whether the future was woken while it was being polled.
    again: AtomicBool,
}

/// Runs a future in the background; it is polled once immediately.
pub(super) fn run(future: impl Future<Output = ()> + 'static) {
    let future = SendWrapper::new(RefCell::new(Some(Box::pin(future) as Work)));
    Arc::new(Background { future, again: AtomicBool::new(false) }).wake();
}

impl Wake for Background {
    fn wake(self: Arc<Self>) {
        self.again.store(true, Relaxed);
        let waker = Waker::from(Arc::clone(&self));
        // The future is being polled: the loop of that poll sees `again`.
        let Ok(mut future) = self.future.try_borrow_mut() else { return };
        while self.again.swap(false, Relaxed) {
            let Some(running) = future.as_mut() else { return };
            if let Poll::Ready(()) = running.as_mut().poll(&mut Context::from_waker(&waker)) {
                *future = None;
            }
        }
    }
}
