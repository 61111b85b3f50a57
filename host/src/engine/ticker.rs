//! The thread that makes epochs pass.

use crate::error::Error;
use std::thread;
use std::time::Duration;

/// How often the epoch passes. A component that computes makes way that often.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Starts the thread. It ends with the engine. (Were it missing, no component would ever be stopped.)
pub(super) fn start(engine: &wasmtime::Engine) -> Result<(), Error> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new()
        .name("ossicle-epoch".to_owned())
        .spawn(tick)
        .map(|_| ())
        .map_err(|error| Error::Engine(format!("no thread for the epochs: {error}")))
}
