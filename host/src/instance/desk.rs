//! Where a caller waits for what becomes of its call.

use super::Call;
use super::deadlines::{Due, Late};
use super::gate::Ticket;
use crate::error::{Error, Retirement};
use crate::metrics::Meter;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// What became of a call that an instance took.
pub(crate) enum Fate<C: Call> {
    Done(Result<C::Output, Error>),
    /// The instance ended before it began. It can be given to another.
    Untouched(C),
    /// The instance ended under it.
    Lost,
}

/// What a call holds until it is decided, where nobody but the instance looks after it.
pub(super) struct Held {
    pub(super) ticket: Ticket,
    pub(super) due: Option<Due>,
    pub(super) care: Care,
}

/// What it takes to look after a call.
pub(crate) struct Care {
    /// Its turn, which ends with it.
    pub(crate) _turn: OwnedSemaphorePermit,
    pub(crate) meter: Arc<Meter>,
    /// How long the call may take in all.
    pub(crate) limit: Duration,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(due) = self.due {
            self.ticket.instance().deadlines.remove(due);
        }
    }
}

/// Where a caller waits, and the instance answers.
pub(crate) struct Desk<C: Call>(Mutex<State<C>>);

struct State<C: Call> {
    fate: Option<Fate<C>>,
    is_decided: bool,
    is_abandoned: bool,
    waker: Option<Waker>,
    held: Option<Held>,
}

/// A caller that waits. Dropped before, it has gone away, and the call runs on.
pub(crate) struct Waiting<C: Call>(Arc<Desk<C>>);

impl<C: Call> Desk<C> {
    pub(super) fn new(held: Option<Held>) -> (Arc<Self>, Waiting<C>) {
        let state = State { fate: None, is_decided: false, is_abandoned: false, waker: None, held };
        let desk = Arc::new(Self(Mutex::new(state)));
        (Arc::clone(&desk), Waiting(desk))
    }

    fn state(&self) -> MutexGuard<'_, State<C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides the call, unless that has happened.
    pub(super) fn decide(&self, fate: Fate<C>) {
        let mut state = self.state();
        if std::mem::replace(&mut state.is_decided, true) {
            return;
        }
        let (waker, held) = (state.waker.take(), state.held.take());
        if let Some(held) = &held {
            match &fate {
                Fate::Done(result) => tell::<C>(result, &held.care.meter),
                // Whoever waits will know more, or go on elsewhere.
                Fate::Lost | Fate::Untouched(_) if state.is_abandoned => held.care.meter.call(C::OPERATION, "retired"),
                Fate::Lost | Fate::Untouched(_) => {}
            }
        }
        let unheard = if state.is_abandoned { Some(fate) } else { state.fate.replace(fate) };
        drop(state);
        // Nothing of this under the lock: the last one to leave an instance has it dropped.
        drop((held, unheard));
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Tells the log and the metrics how a call ended.
pub(crate) fn tell<C: Call>(result: &Result<C::Output, Error>, meter: &Meter) {
    match result.as_ref().map(C::failure) {
        Ok(None) => {
            tracing::debug!("call succeeded");
            meter.call(C::OPERATION, "ok");
        }
        Ok(Some((outcome, error))) => {
            tracing::debug!(%error, "call failed");
            meter.call(C::OPERATION, outcome);
        }
        Err(error) => tell_failure::<C>(error, meter),
    }
}

/// Tells them of a call without an output.
pub(crate) fn tell_failure<C: Call>(error: &Error, meter: &Meter) {
    tracing::debug!(%error, "call failed");
    meter.call(C::OPERATION, error.outcome());
}

impl<C: Call> Late for Desk<C> {
    fn late(&self) {
        let error = {
            let state = self.state();
            let Some(held) = &state.held else { return };
            let (instance, limit) = (held.ticket.instance(), held.care.limit);
            let is_placed = instance.placed();
            instance.retire(Retirement::CallTimedOut);
            if is_placed { Error::TimedOut { limit } } else { Error::Overloaded { limit } }
        };
        self.decide(Fate::Done(Err(error)));
    }
}

impl<C: Call> Future for Waiting<C> {
    type Output = Fate<C>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Fate<C>> {
        let mut state = self.0.state();
        match state.fate.take() {
            Some(fate) => Poll::Ready(fate),
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

impl<C: Call> Drop for Waiting<C> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_abandoned = true;
        if !state.is_decided
            && let Some(held) = &state.held
        {
            held.care.meter.abandoned.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            tracing::debug!("call abandoned");
        }
    }
}
