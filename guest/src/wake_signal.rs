//! Lets one call of an instance wake another one.
//!
//! Each call is a task of the component model. To wait for something within the instance, each would need a stream of
//! its own, read anew for every wait, which takes a fifth of all that a call asks of the host. So only a call that does
//! wait for another one makes a signal. If the flavour has one, that is an object which the component model itself can
//! wait for.

use std::any::Any;
use std::fmt;
use std::pin::Pin;

/// Resolves once the [`WakeOnDrop`] is dropped.
pub type WakeSignal = Pin<Box<dyn Future<Output = ()>>>;

/// Gives the signal when it is dropped.
pub struct WakeOnDrop(#[allow(dead_code, reason = "it is there to be dropped")] Box<dyn Any>);

impl WakeOnDrop {
    /// Drops `end`, the other end of the signal, when it is dropped.
    pub fn new(end: impl Any) -> Self {
        Self(Box::new(end))
    }
}

impl fmt::Debug for WakeOnDrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WakeOnDrop")
    }
}

/// Makes signals.
pub trait WakeSignals {
    /// A new signal, and what gives it.
    fn wake_signal(&self) -> (WakeOnDrop, WakeSignal);
}

/// A signal for calls that are futures of one executor, in one task or several: in a native core, and in a component of
/// WASI 0.2.
#[cfg(any(not(target_arch = "wasm32"), feature = "p2"))]
pub fn local() -> (WakeOnDrop, WakeSignal) {
    let (waker, signal) = futures_channel::oneshot::channel::<()>();
    // Nothing is ever sent: the channel closes when the sender is dropped.
    (WakeOnDrop::new(waker), Box::pin(async { signal.await.unwrap_or_default() }))
}
