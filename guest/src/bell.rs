//! How one call of an instance wakes another.
//!
//! Each call is a task of the component model, and one that waits for something within the instance alone would need a stream
//! of its own, read anew at every wait, for others to wake it by: a fifth of what a call asks of the host. So only those that
//! do wait for another call make a bell; where the flavour has it, it is something that the component model itself can wait
//! for.

use std::any::Any;
use std::fmt;
use std::pin::Pin;

/// Waits until the other end rings.
pub type Bell = Pin<Box<dyn Future<Output = ()>>>;

/// Rings when it is dropped.
pub struct Ringer(#[allow(dead_code, reason = "it is there to be dropped")] Box<dyn Any>);

impl Ringer {
    /// What rings when it is dropped.
    pub fn new(end: impl Any) -> Self {
        Self(Box::new(end))
    }
}

impl fmt::Debug for Ringer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ringer")
    }
}

/// Makes bells.
pub trait Bells {
    /// A bell and what rings it.
    fn bell(&self) -> (Ringer, Bell);
}

/// A bell for calls that are futures in one executor's hands, of one task or of several: of a core that runs natively, and of a
/// component of WASI 0.2.
#[cfg(any(not(target_arch = "wasm32"), feature = "p2"))]
pub fn local() -> (Ringer, Bell) {
    let (ringer, bell) = futures_channel::oneshot::channel::<()>();
    // It never comes, but ends when the ringer is dropped.
    (Ringer::new(ringer), Box::pin(async { bell.await.unwrap_or_default() }))
}
