//! Waiting for a lock, in a task of its own: its caller may go away at any moment, and a call in the component can't be
//! cancelled.
//!
//! A long wait is made of pieces, each well below the tenant's limit for a call, so that no instance is given up for waiting
//! and one that is being replaced is not held up for ever.

use super::error::LockError;
use super::guard::LockGuard;
use super::lease::Lease;
use super::operations::{Lock, StopWaiting, TryLock, call};
use crate::error::Error;
use crate::tenant::QueueHead;
use crate::tenant::Tenant;
use futures_util::FutureExt as _;
use futures_util::future::Either;
use std::future::{pending, ready};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};

/// The longest piece.
const PIECE: Duration = Duration::from_secs(60);
/// After a failure of the host's own, such as an instance that was stopped, so long is paused.
const PAUSE: Duration = Duration::from_millis(500);

/// Gets a lock, waiting for at most so long; `None` is for as long as it takes.
pub(crate) async fn acquire(tenant: Tenant, name: String, limit: Option<Duration>) -> Result<LockGuard, LockError> {
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    // The place in the line is taken here and now, not when the task has its first turn.
    let mut turn = Box::pin(tenant.lock_queues().first(&name));
    let turn = match (&mut turn).now_or_never() {
        Some(turn) => Either::Left(ready(turn)),
        None => Either::Right(turn),
    };
    let (answer, answered) = oneshot::channel();
    let waiter = Waiter { tenant: tenant.clone(), name, answer };
    tenant.spawn(waiter.run(turn, deadline));
    answered.await.unwrap_or(Err(Error::Closed.into()))
}

/// Gets a lock if it can be had now. Where others of this process hold it, or wait for it, OSS is not asked.
pub(crate) async fn at_once(tenant: Tenant, name: String) -> Result<LockGuard, LockError> {
    let Some(turn) = tenant.lock_queues().first_now(&name) else { return Err(held(&name)) };
    let (answer, answered) = oneshot::channel();
    let waiter = Waiter { tenant: tenant.clone(), name, answer };
    tenant.spawn(async move {
        let result = call(&waiter.tenant, TryLock { name: waiter.name.clone() }).await;
        waiter.hand_over(result.map(|lease| (lease, turn))).await;
    });
    answered.await.unwrap_or(Err(Error::Closed.into()))
}

/// The task that waits for a caller.
struct Waiter {
    tenant: Tenant,
    name: String,
    answer: oneshot::Sender<Result<LockGuard, LockError>>,
}

impl Waiter {
    async fn run(mut self, turn: impl Future<Output = QueueHead> + Send, deadline: Option<Instant>) {
        let turn = tokio::select! {
            biased;
            () = self.answer.closed() => return,
            turn = turn => Some(turn),
            () = until(deadline) => None,
        };
        let result = match turn {
            Some(turn) => self.ask(deadline).await.map(|lease| (lease, turn)),
            None => Err(held(&self.name)),
        };
        self.hand_over(result).await;
    }

    /// Asks the component, piece by piece.
    async fn ask(&mut self, deadline: Option<Instant>) -> Result<Lease, LockError> {
        let settle = self.tenant.config().locks.settle();
        let piece = PIECE.min(self.tenant.limits().call_timeout.saturating_sub(settle) / 2);
        let mut before = None;
        loop {
            let begun = Instant::now();
            let left = deadline.map_or(piece, |deadline| deadline.saturating_duration_since(Instant::now()));
            let error = match self.piece(left.min(piece)).await {
                Err(error) if error.is_retryable() => with_holder(error, &mut before),
                decided => return decided,
            };
            if self.answer.is_closed() || deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Err(error);
            }
            match error {
                LockError::Failed(error) => {
                    tracing::warn!(name = self.name, %error, "the wait for a lock goes on");
                    sleep(PAUSE).await;
                }
                // It comes when the piece is over, and from a component that does not wait no sooner either.
                held => {
                    before = Some(held);
                    sleep_until(begun + PAUSE).await;
                }
            }
        }
    }

    /// Waits in the component; less long if the caller goes away meanwhile.
    async fn piece(&mut self, wait: Duration) -> Result<Lease, LockError> {
        let mut asked = pin!(self.tenant.start(Lock { name: self.name.clone(), wait }));
        tokio::select! {
            biased;
            result = &mut asked => return Ok(result??),
            () = self.answer.closed() => {}
        }
        if asked.withdraw() {
            return Err(held(&self.name));
        }
        // It has ended where it does not run.
        let Some(stay) = asked.stay() else { return Ok(asked.await??) };
        // Only this call waits in the component for this name: who else wants the lock stands in line before it.
        let stop = self.tenant.clone().call_within(StopWaiting { name: self.name.clone() }, Arc::new(stay));
        let (result, stopped) = futures_util::future::join(asked, stop).await;
        if let Err(error) = stopped {
            tracing::debug!(%error, "the wait for a lock went on to its end");
        }
        Ok(result??)
    }

    /// Gives the lock to the caller, or back if there is none any more.
    async fn hand_over(self, result: Result<(Lease, QueueHead), LockError>) {
        let Self { tenant, name, answer } = self;
        // From here on the guard sees to it: it may be dropped before anybody takes it.
        let Err(Ok(guard)) = answer.send(result.map(|(lease, turn)| LockGuard::new(tenant, lease, turn))) else {
            return;
        };
        let token = guard.token();
        if let Err(error) = guard.unlock().await {
            tracing::warn!(name, token, %error, "a lock that nobody wants any more could not be released");
        }
    }
}

/// What a piece of a wait ended with. A piece may be too short to read who holds the lock, as the last one may be that makes up for
/// what the one before it lacked of the whole wait: then what that one read counts.
fn with_holder(error: LockError, before: &mut Option<LockError>) -> LockError {
    match error {
        LockError::Held { holder: None, .. } => before.take().unwrap_or(error),
        error => error,
    }
}

/// By whom nobody asked: others of this process hold it, or wait for it.
fn held(name: &str) -> LockError {
    LockError::Held { name: name.to_owned(), holder: None }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::super::lease::Holder;
    use super::*;

    #[test]
    fn a_piece_that_read_nothing_does_not_hide_the_holder() {
        let holder = Some(Holder { owner: "o".into(), token: 7, remaining: PAUSE });
        let read = || LockError::Held { name: "n".into(), holder: holder.clone() };
        let mut before = None;
        assert!(matches!(with_holder(held("n"), &mut before), LockError::Held { holder: None, .. }), "nobody knows");
        before = Some(read());
        assert!(matches!(with_holder(Error::Closed.into(), &mut before), LockError::Failed(_)));
        let LockError::Held { holder: told, .. } = with_holder(held("n"), &mut before) else { panic!("it is held") };
        assert_eq!(told, holder);
        before = Some(held("n"));
        let LockError::Held { holder: told, .. } = with_holder(read(), &mut before) else { panic!("it is held") };
        assert_eq!(told, holder, "the latest counts");
    }
}
