//! Where a caller waits for what becomes of its call.

use super::deadlines::{Deadline, Overdue};
use super::handle::{Instance, Ticket};
use super::operation::Operation;
use crate::call::{CallContext, Effects, Event, Life};
use crate::error::{Error, Retirement};
use crate::metrics::Meter;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tracing::Span;

/// What became of a call that an instance took.
pub(crate) enum Outcome<C: Operation> {
    Done(Result<C::Output, Error>),
    /// The instance ended before it began. It can be given to another.
    Untouched(C),
    /// The instance ended under it.
    Lost,
}

/// Whoever makes calls, and continues those whose instance has ended.
pub(crate) trait Owner: Send + Sync + Sized + 'static {
    /// What a call gets before it begins, and gives back at its end.
    type Admitted: Send + 'static;

    fn meter(&self) -> &Arc<Meter>;

    /// How long a call may take.
    fn call_timeout(&self) -> Duration;

    /// Continues a call whose instance has ended before it or under it.
    fn go_on<C: Operation>(unfinished: Unfinished<C, Self>);
}

/// What it takes to look after a call that nobody but the instance looks after.
pub(crate) struct Care<O: Owner> {
    /// Its turn and its room, which end with it.
    pub(crate) admitted: O::Admitted,
    pub(crate) tenant: Arc<O>,
    pub(crate) context: Arc<CallContext>,
    /// The call's own, for the log.
    pub(crate) span: Span,
}

/// A call whose instance has ended, and all that is known of it.
pub(crate) struct Unfinished<C: Operation, O: Owner> {
    /// None where it had begun.
    pub(crate) call: Option<C>,
    pub(crate) instance: Arc<Instance>,
    pub(crate) due: Option<Deadline>,
    pub(crate) care: Care<O>,
    pub(crate) desk: Arc<Desk<C, O>>,
}

/// What a call holds while it is in an instance.
pub(super) struct Held<O: Owner> {
    pub(super) ticket: Ticket,
    pub(super) due: Option<Deadline>,
    pub(super) care: Care<O>,
}

/// Where a caller waits, and the instance answers.
pub(crate) struct Desk<C: Operation, O: Owner>(Mutex<State<C, O>>);

struct State<C: Operation, O: Owner> {
    life: Life<Held<O>, Outcome<C>>,
    waker: Option<Waker>,
    /// Where it is counted that the caller went away, if here.
    meter: Option<Arc<Meter>>,
}

/// A caller that waits. Dropped before, it has gone away, and the call runs on.
pub(crate) struct Pending<C: Operation, O: Owner>(Arc<Desk<C, O>>);

impl<C: Operation, O: Owner> Desk<C, O> {
    pub(super) fn new(held: Option<Held<O>>) -> (Arc<Self>, Pending<C, O>) {
        let meter = held.as_ref().map(|held| Arc::clone(held.care.tenant.meter()));
        let state = State { life: Life::new(held), waker: None, meter };
        let desk = Arc::new(Self(Mutex::new(state)));
        (Arc::clone(&desk), Pending(desk))
    }

    fn state(&self) -> MutexGuard<'_, State<C, O>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the call is still wanted. If so it begins: from now on it may have been made.
    pub(super) fn begin(&self) -> bool {
        self.state().life.step(Event::Begin).begins
    }

    /// Decides the call, unless that has happened. A call that is in an instance's care is not decided by the instance's
    /// end: it is continued.
    pub(crate) fn decide(self: &Arc<Self>, outcome: Outcome<C>) {
        self.decide_by(|_| Some(outcome));
    }

    /// Decides the call by where it is, if at all. Nothing happens to it in between.
    fn decide_by(self: &Arc<Self>, outcome: impl FnOnce(&Life<Held<O>, Outcome<C>>) -> Option<Outcome<C>>) {
        let mut state = self.state();
        let Some(outcome) = outcome(&state.life) else { return };
        if let (Outcome::Done(result), Some(Held { care, .. })) = (&outcome, state.life.held()) {
            care.span.in_scope(|| tell::<C>(result, care.tenant.meter()));
        }
        let event = if matches!(outcome, Outcome::Done(_)) { Event::Answer(outcome) } else { Event::Gone(outcome) };
        let Effects { held, continues, back, wakes, .. } = state.life.step(event);
        let waker = state.waker.take_if(|_| wakes);
        drop(state);
        // Nothing of this under the lock: the last one to leave an instance has it dropped.
        match held.map(Held::leave) {
            Some((instance, due, care)) if continues => {
                let call = match back {
                    Some(Outcome::Untouched(call)) => Some(call),
                    Some(Outcome::Done(_) | Outcome::Lost) | None => None,
                };
                O::go_on(Unfinished { call, instance, due, care, desk: Arc::clone(self) });
            }
            left => {
                drop(left);
                drop(back);
            }
        }
        waker.into_iter().for_each(Waker::wake);
    }
}

impl<O: Owner> Held<O> {
    /// Leaves the instance.
    fn leave(self) -> (Arc<Instance>, Option<Deadline>, Care<O>) {
        let Self { ticket, due, care } = self;
        let instance = Arc::clone(ticket.instance());
        if let Some(due) = due {
            instance.deadlines.remove(due);
        }
        drop(ticket);
        (instance, due, care)
    }
}

/// Tells the log and the metrics how a call ended.
pub(crate) fn tell<C: Operation>(result: &Result<C::Output, Error>, meter: &Meter) {
    let outcome = match result.as_ref().map(C::failure) {
        Ok(None) => {
            tracing::debug!("call succeeded");
            "ok"
        }
        Ok(Some((outcome, error))) => {
            tracing::debug!(%error, "call failed");
            outcome
        }
        Err(error) => {
            tracing::debug!(%error, "call failed");
            error.outcome()
        }
    };
    meter.call(C::OPERATION, outcome);
}

impl<C: Operation, O: Owner> Overdue for Desk<C, O> {
    fn overdue(self: Arc<Self>) {
        self.decide_by(|life| {
            let held = life.held()?;
            held.ticket.instance().retire(Retirement::CallTimedOut);
            let limit = held.care.tenant.call_timeout();
            let error = if life.is_running() { Error::TimedOut { limit } } else { Error::Overloaded { limit } };
            Some(Outcome::Done(Err(error)))
        });
    }
}

impl<C: Operation, O: Owner> Pending<C, O> {
    /// Gives the call up. It is not begun any more; back comes whether it has been, or what became of it meanwhile.
    pub(crate) fn give_up(&mut self) -> Result<bool, Outcome<C>> {
        let Effects { held, back, was_running, .. } = self.0.state().life.step(Event::GiveUp);
        drop(held);
        back.map_or(Ok(was_running), Err)
    }
}

impl<C: Operation, O: Owner> Future for Pending<C, O> {
    type Output = Outcome<C>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<C>> {
        let mut state = self.0.state();
        match state.life.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                match &mut state.waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    waker => *waker = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
        }
    }
}

impl<C: Operation, O: Owner> Drop for Pending<C, O> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if state.life.step(Event::Drop).is_abandoned
            && let Some(meter) = &state.meter
        {
            meter.abandoned.fetch_add(1, Relaxed);
            tracing::debug!("call abandoned");
        }
    }
}
