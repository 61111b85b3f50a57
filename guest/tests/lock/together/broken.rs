//! Which rule is broken while a simulation runs: none, but in the tests of mutants.

use ossicle_guest::cert::Storage;
use ossicle_guest::lock::LockSettings;

use crate::world::Node;

#[cfg(feature = "lock-mutants")]
pub use rules::{Broken, breaking};

/// The settings of locks.
#[cfg(not(feature = "lock-mutants"))]
pub fn settings() -> LockSettings {
    LockSettings::default()
}

/// A storage as it is to be tested.
#[cfg(not(feature = "lock-mutants"))]
pub fn storage(storage: Storage<Node>) -> Storage<Node> {
    storage
}

/// The settings of locks.
#[cfg(feature = "lock-mutants")]
pub fn settings() -> LockSettings {
    match rules::broken() {
        Some(Broken::Lock(rule)) => LockSettings::default().breaking(rule),
        _ => LockSettings::default(),
    }
}

/// A storage as it is to be tested.
#[cfg(feature = "lock-mutants")]
pub fn storage(storage: Storage<Node>) -> Storage<Node> {
    match rules::broken() {
        Some(Broken::Set(rule)) => storage.breaking(rule),
        _ => storage,
    }
}

#[cfg(feature = "lock-mutants")]
mod rules {
    use std::cell::Cell;

    use ossicle_guest::cert::SetRule;
    use ossicle_guest::lock::Rule;

    /// A rule that a mutant breaks.
    #[derive(Clone, Copy)]
    pub enum Broken {
        Lock(Rule),
        Set(SetRule),
    }

    thread_local! {
        static BROKEN: Cell<Option<Broken>> = const { Cell::new(None) };
    }

    /// Restores the rules when a simulation has ended, however it did.
    struct Restored;

    impl Drop for Restored {
        fn drop(&mut self) {
            BROKEN.set(None);
        }
    }

    /// Runs a simulation of which every process breaks a rule.
    pub fn breaking(rule: Broken, simulation: fn()) {
        let restored = Restored;
        BROKEN.set(Some(rule));
        simulation();
        drop(restored);
    }

    pub fn broken() -> Option<Broken> {
        BROKEN.get()
    }
}
