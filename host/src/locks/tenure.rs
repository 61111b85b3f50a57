//! A lease that is being kept: what its guard, its renewer and its release have in common.

use super::error::LockError;
use super::lease::{Lease, Unlocked, Written};
use super::operations::{self, call};
use crate::clock;
use crate::instance::Operation;
use crate::tenant::QueueHead;
use crate::tenant::Tenant;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A clock that runs at the wrong rate, and OSS's servers' clocks, may differ by so much over a lease (5 s each).
const SLACK: Duration = Duration::from_secs(10);
/// A timer stands still while the machine sleeps; the clock is looked at so often at least.
const LOOK: Duration = Duration::from_secs(1);

/// A lease that is being kept.
pub(super) struct Tenure {
    pub(super) tenant: Tenant,
    /// Cancelled when the lease can't be trusted any more.
    pub(super) lost: CancellationToken,
    /// Cancelled when it is to be renewed no more.
    pub(super) end: CancellationToken,
    state: Mutex<State>,
}

struct State {
    lease: Lease,
    /// Why it is no more.
    reason: Option<String>,
    /// Until when OSS may take writes under it to which no answer came, on the clock of leases.
    open: Option<Duration>,
    /// As long as it is held, nobody here needs to ask for the lock.
    turn: Option<QueueHead>,
}

impl Tenure {
    pub(super) fn new(tenant: Tenant, lease: Lease, turn: QueueHead) -> Self {
        let state = State { lease, reason: None, open: None, turn: Some(turn) };
        Self { tenant, lost: CancellationToken::new(), end: CancellationToken::new(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest lease.
    pub(super) fn lease(&self) -> Lease {
        self.state().lease.clone()
    }

    /// The newest lease, if it can be trusted now.
    pub(super) fn trusted(&self) -> Result<Lease, LockError> {
        let state = self.state();
        match &state.reason {
            None if state.lease.is_held() => Ok(state.lease.clone()),
            None => Err(lost(&state.lease, "it ran out before it could be renewed")),
            Some(reason) => Err(lost(&state.lease, reason)),
        }
    }

    /// Lets the next waiter of this process ask OSS, which decides from here on.
    pub(super) fn leave_queue(&self) {
        self.state().turn = None;
    }

    /// The tenure has ended.
    pub(super) fn ends(&self, reason: &str) {
        let mut state = self.state();
        state.reason.get_or_insert_with(|| reason.to_owned());
        state.turn = None;
        drop(state);
        self.lost.cancel();
        self.end.cancel();
    }

    /// Returns when the lease has run out. It may come back by a renewal, but whoever relied on it is to be told.
    pub(super) async fn runs_out(&self) {
        loop {
            let left = self.lease().time_left();
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LOOK)).await;
        }
    }

    /// It has run out: others may have the lock, so others here may ask for it.
    pub(super) fn is_in_doubt(&self) {
        self.state().turn = None;
        self.lost.cancel();
    }

    /// Renews it once.
    pub(super) async fn renew(&self, at_least: Duration) -> Result<(), LockError> {
        let lease = self.lease();
        let result = call(&self.tenant, operations::Renew { lease, at_least }).await;
        match result {
            Ok(renewed) => {
                let mut state = self.state();
                // Of two renewals at once the later one counts.
                if renewed.deadline() > state.lease.deadline() {
                    state.lease = renewed;
                }
                Ok(())
            }
            Err(error) => {
                if let LockError::Lost { reason, .. } = &error {
                    self.ends(reason);
                }
                Err(error)
            }
        }
    }

    /// Makes a write under it.
    pub(super) async fn write<C>(&self, write: impl FnOnce(Lease) -> C) -> Result<Written, LockError>
    where
        C: Operation<Output = Result<Written, super::error::Refusal>>,
    {
        let lease = self.trusted()?;
        let until = writes_end(&lease);
        // Dropped on the way it is open as well.
        let open = Open { tenure: self, until: Some(until) };
        let result = call(&self.tenant, write(lease)).await;
        match &result {
            Ok(Written::Once) => open.close(),
            Err(LockError::Failed(error)) if !error.may_have_happened() => open.close(),
            // OSS takes none any more.
            Err(LockError::Lost { reason, .. }) => {
                open.close();
                self.ends(reason);
            }
            _ => drop(open),
        }
        result
    }

    /// The release waits for writes that begin now under the newest lease, or began before.
    pub(super) fn awaits_window(&self) {
        let mut state = self.state();
        state.open = state.open.max(Some(writes_end(&state.lease)));
    }

    /// Releases it, after the writes under it to which no answer came.
    ///
    /// The instance that sent them would wait as well, but it may be gone, and a call may take only so long. While it waits,
    /// the lease may run out, which is as good.
    pub(super) async fn release(&self) -> Result<Unlocked, LockError> {
        self.end.cancel();
        loop {
            let open = self.state().open.unwrap_or_default().saturating_sub(clock::now());
            if open.is_zero() {
                break;
            }
            tokio::time::sleep(open.min(LOOK)).await;
        }
        let lease = self.lease();
        let result = call(&self.tenant, operations::Unlock { lease }).await;
        self.ends("it was released");
        result
    }
}

/// A write under way.
struct Open<'a> {
    tenure: &'a Tenure,
    until: Option<Duration>,
}

impl Open<'_> {
    fn close(mut self) {
        self.until = None;
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if let Some(until) = self.until {
            let mut state = self.tenure.state();
            state.open = state.open.max(Some(until));
        }
    }
}

/// When OSS takes no write any more that begins now under a lease, on the clock of leases.
fn writes_end(lease: &Lease) -> Duration {
    (clock::now() + lease.length()).max(lease.deadline() + SLACK)
}

fn lost(lease: &Lease, reason: &str) -> LockError {
    LockError::Lost { name: lease.name().to_owned(), token: lease.token(), reason: reason.to_owned() }
}
