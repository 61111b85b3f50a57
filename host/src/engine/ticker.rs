//! The thread that makes epochs pass.

use crate::error::{Error, SetupProblem};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

/// How often the epoch passes while components run. One that computes yields that often, so where one computes on each thread
/// of the runtime, a call of another tenant waits for that long at every turn: of ten milliseconds its caller notices much,
/// of one little. More often would stop what computes more often, for waits that are shorter than a request to OSS takes.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// How often it passes while none runs: a process that does nothing is to wake seldom. The first time that a component makes
/// way after it was idle may come so late.
const IDLE_TICK: Duration = Duration::from_millis(10);

/// Whether any component of an engine has run since the epoch passed last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Activity(Arc<AtomicBool>);

impl Activity {
    /// One runs.
    pub(crate) fn note(&self) {
        // Most often that is known already, and what is only read costs the other processors nothing.
        if !self.0.load(Relaxed) {
            self.0.store(true, Relaxed);
        }
    }

    fn take(&self) -> bool {
        self.0.swap(false, Relaxed)
    }
}

/// Starts the thread. It ends with the engine. (Were it missing, no component would ever be stopped.)
pub(super) fn start(engine: &wasmtime::Engine) -> Result<Activity, Error> {
    let engine = engine.weak();
    let activity = Activity::default();
    let seen = activity.clone();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(if seen.take() { TICK } else { IDLE_TICK });
        }
    };
    thread::Builder::new()
        .name("ossicle-epoch".to_owned())
        .spawn(tick)
        .map(|_| activity)
        .map_err(|error| Error::Engine(SetupProblem::of(format!("no thread for the epochs: {error}"), error)))
}
