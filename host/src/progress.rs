//! Whose turn it is to move a stream, and since when.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// Whose turn it is to move a stream, and since when.
#[derive(Debug)]
pub(crate) struct Progress(Mutex<State>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    since: Instant,
    turn: Turn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Component,
    Caller,
    /// It waits for others of the tenant's.
    Nobody,
}

impl Progress {
    /// The component's turn, from now on.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { since: Instant::now(), turn: Turn::Component })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, turn: Turn) {
        *self.state() = State { since: Instant::now(), turn };
    }

    /// The stream moved; now the component has to do something.
    pub(crate) fn components_turn(&self) {
        self.turn(Turn::Component);
    }

    /// The component has done its part; now the caller has to read, or to bring more.
    pub(crate) fn callers_turn(&self) {
        self.turn(Turn::Caller);
    }

    /// Neither can do anything until others of the tenant's have given back what they hold.
    pub(crate) fn nobodys_turn(&self) {
        self.turn(Turn::Nobody);
    }

    /// Since when it is the component's turn, if it is.
    pub(crate) fn components_since(&self) -> Option<Instant> {
        let state = *self.state();
        (state.turn == Turn::Component).then_some(state.since)
    }
}
