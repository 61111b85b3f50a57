//! What stands around a call: its turn, its time limit, its instance, and what to say when that is gone.

use crate::error::{Error, Retirement, StorageError};
use crate::instance::{Call, End, Fate, Ordered, Ticket};
use crate::tenant::Inner;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How many instances may end before a call has begun in one of them. Each was retired, by another call, between this
/// call's entering and its beginning; more than that in a row is no bad luck.
const ATTEMPTS: usize = 4;

/// Sees a call through, in a task of its own, so that it ends well even when its caller goes away.
pub(crate) async fn supervise<C: Call>(
    tenant: Arc<Inner>,
    call: C,
    mut answer: oneshot::Sender<Result<C::Output, Error>>,
) {
    let limit = tenant.limits.call_timeout;
    let deadline = Instant::now().checked_add(limit);
    let turn = tokio::select! {
        biased;
        () = answer.closed() => return,
        turn = within(deadline, Arc::clone(&tenant.turns).acquire_owned()) => turn,
    };
    // Until the caller has been answered: an instance has not ended before its calls have.
    let mut stay = None;
    let result = match turn {
        Some(Ok(_turn)) => attend(&tenant, call, deadline, &mut stay, &mut answer).await,
        Some(Err(_)) => Err(Error::Closed),
        None => Err(Error::Overloaded { limit }),
    };
    tenant.meter.call(C::OPERATION, result.as_ref().err());
    match &result {
        Ok(_) => tracing::debug!("call succeeded"),
        Err(error) => tracing::debug!(%error, "call failed"),
    }
    // A caller who went away does not want to know.
    let _ = answer.send(result);
}

async fn attend<C: Call>(
    tenant: &Inner,
    mut call: C,
    deadline: Option<Instant>,
    stay: &mut Option<Ticket>,
    answer: &mut oneshot::Sender<Result<C::Output, Error>>,
) -> Result<C::Output, Error> {
    let limit = tenant.limits.call_timeout;
    for _ in 0..ATTEMPTS {
        let ticket = stay.insert(tenant.enter()?);
        let instance = ticket.instance();
        let (fate, decided) = oneshot::channel();
        if let Err(job) = ticket.order(Box::new(Ordered { call, fate })) {
            job.hand_back();
        }

        let decision = {
            let mut decision = pin!(within(deadline, decided));
            tokio::select! {
                biased;
                decision = &mut decision => decision,
                () = answer.closed() => {
                    // It can't be called back, and to forget it would leave its tracks in the store: let it end.
                    tenant.meter.abandoned.fetch_add(1, Relaxed);
                    tracing::debug!("call abandoned");
                    decision.await
                }
            }
        };
        match decision {
            Some(Ok(Fate::Done(result))) => return result.map_err(|error| told(error.into())),
            Some(Ok(Fate::Untouched(returned))) => match within(deadline, instance.ended()).await {
                Some(End::Retired(_)) => call = returned,
                Some(End::Refused(error)) => return Err(told(error)),
                Some(End::Broken(reason)) => return Err(Error::Component(reason)),
                None => break,
            },
            Some(Err(_)) => {
                // The instance went down under the call. What brought it down is known at its very end.
                let reason = match within(deadline, instance.ended()).await {
                    Some(End::Retired(reason)) => reason,
                    Some(End::Refused(error)) => return Err(told(error)),
                    Some(End::Broken(message)) => Retirement::Trapped { message },
                    None => return Err(Error::TimedOut { limit }),
                };
                return Err(Error::Retired { reason });
            }
            None => {
                let placed = instance.placed();
                instance.retire(Retirement::CallTimedOut);
                return Err(if placed { Error::TimedOut { limit } } else { Error::Overloaded { limit } });
            }
        }
    }
    Err(Error::Overloaded { limit })
}

/// What the component said. A config that it refuses is the config's problem, whoever finds it.
fn told(error: StorageError) -> Error {
    match error {
        StorageError::InvalidConfig(problem) => Error::Config(problem),
        error => Error::Storage(error),
    }
}

/// The future's output, unless the deadline comes first. No deadline is one too far away to be told.
async fn within<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, future).await.ok(),
        None => Some(future.await),
    }
}
