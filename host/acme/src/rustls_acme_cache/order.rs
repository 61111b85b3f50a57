//! The lock that is held round an order.

use ossicle::LockGuard;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// What is known of the certificate whose turn it is.
#[derive(Clone)]
pub(super) struct Round {
    /// Where the certificate is.
    pub(super) key: String,
    /// The lock round its order.
    pub(super) lock: String,
    /// What was there when it was loaded. Where something else is there once the lock is held, another has ordered.
    pub(super) seen: Option<Vec<u8>>,
}

/// Locks that are held from one call of rustls-acme's to another. Nothing tells the cache that an order has failed, so each is
/// released after a while if nobody takes it.
#[derive(Default)]
pub(super) struct Orders(Mutex<State>);

#[derive(Default)]
struct State {
    round: Option<Round>,
    order: Option<LockGuard>,
    account: Option<LockGuard>,
}

impl Orders {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, round: Round) {
        self.state().round = Some(round);
    }

    pub(super) fn round(&self) -> Option<Round> {
        self.state().round.clone()
    }

    /// Holds the lock of an order for so long at most.
    pub(super) fn hold(self: &Arc<Self>, guard: LockGuard, limit: Duration, runtime: &Handle) {
        let (token, orders) = (guard.token(), Arc::downgrade(self));
        self.state().order = Some(guard);
        drop(runtime.spawn(async move {
            tokio::time::sleep(limit).await;
            let Some(orders) = orders.upgrade() else { return };
            let mut state = orders.state();
            let Some(guard) = state.order.take_if(|guard| guard.token() == token) else { return };
            tracing::warn!(name = guard.lease().name(), "an order took too long: its lock is released");
            // An account whose key was not stored until now won't be.
            drop((guard, state.account.take()));
        }));
    }

    /// Holds the lock of an account until its key is stored, which rustls-acme does next, or the order's lock is released.
    /// False if that is released already.
    pub(super) fn hold_account(&self, guard: LockGuard) -> bool {
        let mut state = self.state();
        let is_held = state.order.is_some();
        state.account = is_held.then_some(guard);
        is_held
    }

    pub(super) fn take(&self) -> Option<LockGuard> {
        self.state().order.take()
    }

    pub(super) fn take_account(&self) -> Option<LockGuard> {
        self.state().account.take()
    }
}
