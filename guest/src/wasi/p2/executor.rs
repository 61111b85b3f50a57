//! Runs the call of an export to its end, and meanwhile the work in the background.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use super::waits;

/// Whether the call must be polled.
struct WakeFlag(AtomicBool);

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

/// Runs a call and returns its result. Nothing else can be called in the instance before that.
pub(in crate::wasi) fn run<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    let woken = Arc::new(WakeFlag(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    loop {
        if !woken.0.swap(false, Relaxed) {
            waits::block();
        } else if let Poll::Ready(result) = call.as_mut().poll(&mut Context::from_waker(&waker)) {
            return result;
        }
    }
}
