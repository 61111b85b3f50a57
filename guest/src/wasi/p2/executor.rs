//! Runs the call that an export makes to its end, and what goes on in the background meanwhile.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use super::waits;

/// Whether the call is to be polled.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

/// What a call comes to. Nothing else can be called in the instance before.
pub(in crate::wasi) fn run<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    loop {
        if !woken.0.swap(false, Relaxed) {
            waits::block();
        } else if let Poll::Ready(result) = call.as_mut().poll(&mut Context::from_waker(&waker)) {
            return result;
        }
    }
}
