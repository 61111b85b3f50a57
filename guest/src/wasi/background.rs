//! Work that goes on after an export has returned: what writes its streams.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use send_wrapper::SendWrapper;

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// A future that its own waker polls, in whichever task of the component model the event arrives. What it waits for is
/// registered with that task, which does not end before.
///
/// wit-bindgen's `spawn_local` does the same, but only with its feature `async-spawn`, which makes every wait of every
/// call dearer (see the manifest).
struct Background {
    /// Wakers have to be `Send`; a component has one thread. None once it has ended.
    future: SendWrapper<RefCell<Option<Work>>>,
    /// Woken while it was being polled.
    again: AtomicBool,
}

/// Runs a future in the background, up to its first wait at once.
pub(super) fn run(future: impl Future<Output = ()> + 'static) {
    let future = SendWrapper::new(RefCell::new(Some(Box::pin(future) as Work)));
    Arc::new(Background { future, again: AtomicBool::new(false) }).wake();
}

impl Wake for Background {
    fn wake(self: Arc<Self>) {
        self.again.store(true, Relaxed);
        let waker = Waker::from(Arc::clone(&self));
        // Being polled: the loop of that poll sees `again`.
        let Ok(mut future) = self.future.try_borrow_mut() else { return };
        while self.again.swap(false, Relaxed) {
            let Some(running) = future.as_mut() else { return };
            if let Poll::Ready(()) = running.as_mut().poll(&mut Context::from_waker(&waker)) {
                *future = None;
            }
        }
    }
}
