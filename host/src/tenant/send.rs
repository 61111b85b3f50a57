//! What stands around a call: its turn, its time limit, its instance, and what to say when that is gone.
//!
//! Most calls need none of it: there is a turn, the instance takes them and answers in time. These are left to the instance,
//! and their callers wait for its answer alone. What takes longer is seen through by a task of its own.

use super::handle::Inner;
use super::turns::Admitted;
use crate::call::CallContext;
use crate::call::TimeLimit;
use crate::error::{Error, Retirement};
use crate::instance::{Care, Desk, End, Instance, Operation, Outcome, Owner, Pending, Ticket, Unfinished, tell};
use crate::metrics::Meter;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::{Instrument, Span};

/// How many instances may end before a call has begun in one of them. Each was retired, by another call, between this
/// call's entering and its beginning; more than that in a row is no bad luck.
const ATTEMPTS: usize = 4;

/// Where the result of a call goes. Whatever becomes of it, its caller hears what is known.
pub(crate) struct Reply<T> {
    to: Option<oneshot::Sender<Result<T, Error>>>,
    /// The call was given to an instance: something may have been sent.
    is_sent: bool,
}

impl<T> Reply<T> {
    pub(crate) fn new() -> (Self, oneshot::Receiver<Result<T, Error>>) {
        let (to, result) = oneshot::channel();
        (Self { to: Some(to), is_sent: false }, result)
    }

    /// Ends when nobody waits for it any more.
    async fn gone(&mut self) {
        match &mut self.to {
            Some(to) => to.closed().await,
            None => std::future::pending().await,
        }
    }

    fn send(mut self, result: Result<T, Error>) {
        self.tell(result);
    }

    fn tell(&mut self, result: Result<T, Error>) {
        if let Some(to) = self.to.take() {
            // A caller who went away does not want to know.
            let _ = to.send(result);
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        // A runtime that is shut down drops its tasks.
        let error = if self.is_sent { Error::Retired { reason: Retirement::Closed } } else { Error::Closed };
        self.tell(Err(error));
    }
}

/// Leaves a call to the present instance, where it can have its turn and its room at once. Where it can't, or is none to be
/// left alone, [`supervise`] may do better.
pub(crate) fn entrust<C: Operation>(
    tenant: &Arc<Inner>,
    mut call: C,
    context: &Arc<CallContext>,
    span: &Span,
) -> Result<Pending<C, Inner>, C> {
    if !matches!(call.time_limit(), TimeLimit::Whole) {
        return Err(call);
    }
    let Some(admitted) = tenant.turns.try_admit(&call.needs()) else { return Err(call) };
    let deadline = Instant::now().checked_add(tenant.limits.call_timeout);
    let Ok(ticket) = tenant.enter() else { return Err(call) };
    call.admitted();
    let context = Arc::clone(context);
    let care = Care { admitted, tenant: Arc::clone(tenant), context, span: span.clone() };
    Ok(ticket.entrust(call, deadline, care))
}

impl Owner for Inner {
    type Admitted = Admitted;

    fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    fn call_timeout(&self) -> Duration {
        self.limits.call_timeout
    }

    /// Goes on with a call whose instance has ended, in a task of its own: what brought an instance down is known at its very
    /// end, and another may take what it did not begin.
    fn go_on<C: Operation>(unfinished: Unfinished<C, Self>) {
        let Unfinished { call, instance, due, care, desk } = unfinished;
        let (tenant, span) = (Arc::clone(&care.tenant), care.span.clone());
        let unanswered = Unanswered(desk);
        let going_on = async move {
            let (tenant, deadline, limit) = (&care.tenant, due.map(|due| due.at()), care.tenant.limits.call_timeout);
            let result = match call {
                None => Err(lost(&instance, deadline, limit).await),
                Some(call) => match untouched(call, &instance, deadline, limit).await {
                    Ok(error) => Err(error),
                    Err(again) => attend_anywhere(tenant, again.call, &care.context, deadline, None).await,
                },
            };
            tell::<C>(&result, &tenant.meter);
            unanswered.0.decide(Outcome::Done(result));
            drop(care.admitted);
        };
        tenant.spawn(going_on.instrument(span));
    }
}

/// A call that is still to be answered. A runtime that is shut down drops its tasks, and callers may be elsewhere.
struct Unanswered<C: Operation>(Arc<Desk<C, Inner>>);

impl<C: Operation> Drop for Unanswered<C> {
    fn drop(&mut self) {
        self.0.decide(Outcome::Done(Err(Error::Retired { reason: Retirement::Closed })));
    }
}

/// Why a call failed that its instance ended under.
async fn lost(instance: &Instance, deadline: Option<Instant>, limit: Duration) -> Error {
    match within(deadline, instance.ended()).await {
        Some(End::Retired(reason)) => Error::Retired { reason },
        Some(End::Refused(error)) => error,
        Some(End::Broken(message)) => Error::Retired { reason: Retirement::Trapped { message } },
        None => Error::TimedOut { limit },
    }
}

/// Why a call failed that its instance ended before, unless another may take it.
async fn untouched<C>(
    call: C,
    instance: &Instance,
    deadline: Option<Instant>,
    limit: Duration,
) -> Result<Error, Again<C>> {
    match within(deadline, instance.ended()).await {
        Some(End::Retired(reason)) => Err(Again { call, reason }),
        Some(End::Refused(error)) => Ok(error),
        Some(End::Broken(reason)) => Ok(Error::Component(reason)),
        None => Ok(Error::Overloaded { limit }),
    }
}

/// Sees a call through, in a task of its own, so that it ends well even when its caller goes away. It runs in the instance
/// where something of the caller's is, or else in the present one.
pub(crate) async fn supervise<C: Operation>(
    tenant: Arc<Inner>,
    mut call: C,
    within_instance: Option<Arc<Ticket>>,
    context: Arc<CallContext>,
    mut reply: Reply<C::Output>,
) {
    let limit = tenant.limits.call_timeout;
    let deadline = Instant::now().checked_add(limit);
    let waiting = tenant.turns.admit(call.needs());
    let patience = call.time_limit();
    let admitted = tokio::select! {
        biased;
        () = reply.gone() => return,
        admitted = in_time(&tenant, &patience, deadline, waiting) => admitted,
    };
    let result = match admitted {
        Some(Ok(_admitted)) => {
            call.admitted();
            match within_instance {
                Some(ticket) => {
                    let attended = attend(&tenant, call, &context, deadline, &ticket, Some(&mut reply)).await;
                    attended.unwrap_or_else(Again::refused)
                }
                None => attend_anywhere(&tenant, call, &context, deadline, Some(&mut reply)).await,
            }
        }
        Some(Err(error)) => Err(error),
        None => Err(Error::Overloaded { limit }),
    };
    tell::<C>(&result, &tenant.meter);
    reply.send(result);
}

/// The future's output, unless it takes longer than such a call may wait. One whose limit is on standing still waits for as
/// long as the tenant's other calls move.
async fn in_time<F: Future>(
    tenant: &Inner,
    patience: &TimeLimit,
    deadline: Option<Instant>,
    future: F,
) -> Option<F::Output> {
    if deadline.is_none() || matches!(patience, TimeLimit::Whole) {
        return within(deadline, future).await;
    }
    let mut future = pin!(future);
    let mut seen = tenant.pace();
    loop {
        tokio::select! {
            biased;
            output = &mut future => return Some(output),
            () = tokio::time::sleep(tenant.limits.call_timeout) => {}
        }
        if std::mem::replace(&mut seen, tenant.pace()) == seen {
            return None;
        }
    }
}

async fn attend_anywhere<C: Operation>(
    tenant: &Inner,
    mut call: C,
    context: &Arc<CallContext>,
    deadline: Option<Instant>,
    mut reply: Option<&mut Reply<C::Output>>,
) -> Result<C::Output, Error> {
    for _ in 0..ATTEMPTS {
        let ticket = tenant.enter()?;
        match attend(tenant, call, context, deadline, &ticket, reply.as_deref_mut()).await {
            Ok(result) => return result,
            Err(again) => call = again.call,
        }
    }
    Err(Error::Overloaded { limit: tenant.limits.call_timeout })
}

/// A call that its instance ended before.
struct Again<C> {
    call: C,
    reason: Retirement,
}

impl<C: Operation> Again<C> {
    /// There is no other instance for it.
    fn refused(self) -> Result<C::Output, Error> {
        Err(Error::Retired { reason: self.reason })
    }
}

/// Runs a call in an instance. What the instance ended before can be given to another one. Whether the caller goes away is
/// seen by where it waits for the answer, if here.
async fn attend<C: Operation>(
    tenant: &Inner,
    call: C,
    context: &Arc<CallContext>,
    deadline: Option<Instant>,
    ticket: &Ticket,
    mut reply: Option<&mut Reply<C::Output>>,
) -> Result<Result<C::Output, Error>, Again<C>> {
    let limit = tenant.limits.call_timeout;
    let patience = call.time_limit();
    let instance = ticket.instance();
    let mut decided = ticket.attend::<C, Inner>(call, context);
    if let Some(reply) = &mut reply {
        reply.is_sent = true;
    }

    let decision = {
        let mut decision = pin!(async {
            tokio::select! {
                biased;
                decided = &mut decided => Some(decided),
                () = patience.used_up(deadline, limit, context) => None,
            }
        });
        tokio::select! {
            biased;
            decision = &mut decision => decision,
            () = gone(reply.as_deref_mut()) => {
                // It can't be called back, and to forget it would leave its tracks in the store: let it end.
                tenant.meter.abandoned.fetch_add(1, Relaxed);
                tracing::debug!("call abandoned");
                decision.await
            }
        }
    };
    let deadline = patience.deadline(deadline);
    Ok(match decision {
        Some(Outcome::Done(result)) => result,
        Some(Outcome::Untouched(call)) => {
            if let Some(reply) = reply {
                reply.is_sent = false;
            }
            Err(untouched(call, instance, deadline, limit).await?)
        }
        Some(Outcome::Lost) => Err(lost(instance, deadline, limit).await),
        None => {
            instance.retire(Retirement::CallTimedOut);
            match decided.give_up() {
                Err(Outcome::Done(result)) => result,
                Ok(false) | Err(Outcome::Untouched(_)) => Err(Error::Overloaded { limit }),
                Ok(true) | Err(Outcome::Lost) => Err(Error::TimedOut { limit }),
            }
        }
    })
}

/// Ends when nobody waits for an answer any more.
async fn gone<T>(reply: Option<&mut Reply<T>>) {
    match reply {
        Some(reply) => reply.gone().await,
        None => std::future::pending().await,
    }
}

/// The future's output, unless the deadline comes first. No deadline is one too far away to be told.
async fn within<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, future).await.ok(),
        None => Some(future.await),
    }
}
