//! A call: what its caller, its instance and the timer share.
//!
//! Whatever happens to it comes to [`Call::step`], which decides it, lets go of what it held, and tells log and metrics, once.

use super::guest::Guest;
use super::handle::{Instance, InstancePermit};
use super::operation::{Lane, Needs, Operation, Place};
use super::pool::Pool;
use super::seat::{Granted, Running};
use crate::call::{CallContext, Deadline, Event, Observation, Overdue, Stage, TimeLimit};
use crate::error::{Error, Retirement, StorageError};
use crate::metrics::{Counted, Gauge};
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::time::Instant;

/// A call, whatever its operation.
pub(crate) trait Job: Send + Sync {
    /// Calls that come later have greater ones.
    fn number(&self) -> u64;

    fn needs(&self) -> &Needs;

    /// The instance that it has to run in, if it does.
    fn within(&self) -> Option<&Arc<Instance>>;

    fn is_queued(&self) -> bool;

    /// Begins it in the instance that took it, if it is still wanted.
    fn begin<'a>(self: Arc<Self>, granted: Granted, guest: Guest<'a>) -> Option<Running<'a>>;

    /// It can't be begun.
    fn refuse(self: Arc<Self>, error: Error);

    /// Its instance ended.
    fn gone(self: Arc<Self>, reason: Retirement);
}

/// A call of one operation.
struct Call<C: Operation> {
    place: Place,
    within: Option<Arc<Instance>>,
    lane: Lane,
    needs: Needs,
    limit: TimeLimit,
    pool: Arc<Pool>,
    context: Arc<CallContext>,
    made: Instant,
    state: Mutex<State<C>>,
}

struct State<C: Operation> {
    stage: Stage<C, Granted, C::Output>,
    waker: Option<Waker>,
    /// When its time is up, or is to be looked at.
    due: Option<Deadline>,
    /// What of it moved, for a limit on standing still.
    seen: Observation,
    /// Shows where it is as long as it has not ended.
    shown: Option<Counted>,
}

/// A caller that waits. Dropped before, it has gone away: a call that had not begun never does.
pub(crate) struct Pending<C: Operation>(Arc<Call<C>>);

/// A call that runs. Dropped undecided, the call ends with its instance.
struct InInstance<C: Operation> {
    call: Arc<Call<C>>,
    instance: Arc<Instance>,
    is_answered: bool,
}

impl Pool {
    /// Makes a call: notes when its time is up, and has it wait for an instance.
    pub(crate) fn call<C: Operation>(
        self: &Arc<Self>,
        operation: C,
        within: Option<&InstancePermit>,
        context: Arc<CallContext>,
    ) -> Pending<C> {
        let within = within.map(|stay| Arc::clone(stay.instance()));
        let place = within.as_ref().map_or(C::PLACE, |instance| Place::Within(instance.number));
        let now = Instant::now();
        let due = now.checked_add(self.limits().call_timeout).map(|at| Deadline { at, number: context.id() });
        let (needs, limit) = (operation.needs(), operation.time_limit());
        let pace = if limit.is_whole() { None } else { Some(self.pace()) };
        let lane = needs.lane();
        let shown = Some(self.meter().count(if lane.is_stream() { Gauge::StreamsQueued } else { Gauge::CallsQueued }));
        let seen = Observation { mark: pace, since: now };
        let state = State { stage: Stage::Queued(operation), waker: None, due, seen, shown };
        let call = Arc::new(Call {
            place,
            within,
            lane,
            needs,
            limit,
            pool: Arc::clone(self),
            context,
            made: now,
            state: Mutex::new(state),
        });
        if let Some(due) = due {
            self.deadlines().add(due, Arc::clone(&call) as Arc<dyn Overdue>);
        }
        self.submit(place, Arc::clone(&call) as Arc<dyn Job>);
        Pending(call)
    }
}

impl<C: Operation> Call<C> {
    fn state(&self) -> MutexGuard<'_, State<C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self, event: Event<Granted, C::Output>) -> Option<C> {
        self.step_from(self.state(), event)
    }

    /// The only place where something happens to a call. Gives what is to be run where it begins.
    fn step_from(&self, mut state: MutexGuard<'_, State<C>>, event: Event<Granted, C::Output>) -> Option<C> {
        let mut effects = state.stage.step(event);
        let due = state.due.take_if(|_| effects.ended);
        let waker = state.waker.take_if(|_| effects.wakes);
        if effects.ended {
            state.shown = None;
            if let Some(result) = effects.unheard.as_mut().or(state.stage.result_mut()) {
                self.identify(result);
            }
            self.report(effects.unheard.as_ref().or(state.stage.result()));
        } else if effects.begin.is_some() {
            state.shown = Some(self.runs());
            self.pool.meter().waits.record(self.made.elapsed());
            if !self.limit.is_whole() {
                state.seen = Observation::new(self.context.moved());
            }
        } else if effects.is_abandoned {
            self.pool.meter().abandoned.fetch_add(1, Relaxed);
            self.context.span().in_scope(|| tracing::debug!("call abandoned"));
        }
        drop(state);
        // Nothing of this under the lock: the last one to leave an instance has it dropped.
        if let Some(due) = due {
            self.pool.deadlines().remove(due);
        }
        if effects.unbegun.is_some() {
            self.pool.remove(self.place, self.lane, self.context.id());
        }
        if let Some(granted) = &effects.release
            && effects.drains
        {
            self.pool.retire(granted.instance(), Retirement::CallTimedOut);
        }
        drop(effects.release);
        waker.into_iter().for_each(Waker::wake);
        effects.begin
    }

    /// Shows that it runs.
    fn runs(&self) -> Counted {
        self.pool.meter().count(if self.lane.is_stream() { Gauge::StreamsRunning } else { Gauge::CallsRunning })
    }

    /// Tells the caller by what a call that failed is found again.
    fn identify(&self, result: &mut Result<C::Output, Error>) {
        let failed = match result {
            Ok(output) if C::failure(output).is_none() => return,
            failed => failed,
        };
        let ids = self.context.ids();
        match failed {
            Ok(output) => C::identify(output, &ids),
            Err(error) => error.identify(&ids),
        }
    }

    /// The only place that tells log and metrics how a call ended. None for one that was dropped before it began.
    fn report(&self, result: Option<&Result<C::Output, Error>>) {
        let span = self.context.span();
        let _in_span = span.enter();
        let outcome = match result.map(|result| result.as_ref().map(C::failure)) {
            None => {
                tracing::debug!("call dropped before it began");
                "cancelled"
            }
            Some(Ok(None)) => {
                tracing::debug!("call succeeded");
                "ok"
            }
            Some(Ok(Some((outcome, error)))) => {
                tracing::debug!(%error, "call failed");
                outcome
            }
            Some(Err(error)) => {
                tracing::debug!(%error, "call failed");
                error.outcome()
            }
        };
        span.record("outcome", outcome);
        if !span.is_disabled() {
            if let Some(id) = self.context.ids().oss_request {
                span.record("oss.request_id", id);
            }
            // That there is nothing is an answer, and who went away knows.
            if !matches!(outcome, "ok" | "not-found" | "cancelled") {
                span.record("otel.status_code", "ERROR").record("error.type", outcome);
            }
        }
        self.pool.meter().call(C::OPERATION, outcome, result.map(|_| self.made.elapsed()));
    }
}

impl<C: Operation> Job for Call<C> {
    fn number(&self) -> u64 {
        self.context.id()
    }

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn within(&self) -> Option<&Arc<Instance>> {
        self.within.as_ref()
    }

    fn is_queued(&self) -> bool {
        self.state().stage.is_queued()
    }

    fn begin<'a>(self: Arc<Self>, mut granted: Granted, guest: Guest<'a>) -> Option<Running<'a>> {
        let instance = Arc::clone(granted.instance());
        if let Needs::Upload(upload) = &self.needs {
            granted.give_room(upload);
        }
        let mut operation = self.step(Event::Begin(granted))?;
        instance.begins();
        self.context.begin(instance.admission());
        operation.admitted();
        let mut running = InInstance { call: self, instance, is_answered: false };
        Some(Box::pin(async move {
            let context = Arc::clone(&running.call.context);
            let result = operation.run(Guest { context: Some(&context), ..guest }).await?;
            guest.accessor.with(|mut access| access.data_mut().end(&context));
            if context.has_asked_for_credentials() {
                running.call.pool.plan().supplies.collect(guest).await?;
            }
            running.is_answered = true;
            running.call.step(Event::Answer(result.map_err(|error| StorageError::from(error).into_error())));
            Ok(())
        }))
    }

    fn refuse(self: Arc<Self>, error: Error) {
        self.step(Event::Refuse(error));
    }

    fn gone(self: Arc<Self>, reason: Retirement) {
        self.step(Event::Gone(reason));
    }
}

impl<C: Operation> Overdue for Call<C> {
    fn overdue(self: Arc<Self>) {
        let limit = self.pool.limits().call_timeout;
        let mut state = self.state();
        let State { stage, seen, due, .. } = &mut *state;
        if stage.has_ended() {
            return;
        }
        let at = match &self.limit {
            TimeLimit::Whole => None,
            // It waits for as long as the tenant's other calls move.
            _ if stage.is_queued() => seen.next_check(Some(self.pool.pace()), limit),
            standstill => standstill.next_check(seen, limit, &self.context),
        };
        let again = at.map(|at| Deadline { at, number: self.context.id() });
        *due = again;
        match again {
            // Noted before anything else can happen to the call, so that its end finds the note.
            Some(due) => self.pool.deadlines().add(due, Arc::clone(&self) as Arc<dyn Overdue>),
            None => drop(self.step_from(state, Event::Due(limit))),
        }
    }
}

impl<C: Operation> Drop for InInstance<C> {
    fn drop(&mut self) {
        if !self.is_answered && !self.call.state().stage.has_ended() {
            // What the instance ended by is known at its very end.
            self.instance.leave_behind(Arc::clone(&self.call) as Arc<dyn Job>);
        }
    }
}

impl<C: Operation> Pending<C> {
    /// Gives the call up if it has not begun, and then it never does. Whether that was so.
    pub(crate) fn withdraw(&self) -> bool {
        let state = self.0.state();
        let was_queued = state.stage.is_queued();
        self.0.step_from(state, Event::Withdraw);
        was_queued
    }

    /// A stay in the instance that the call runs in; none where it does not run.
    pub(crate) fn stay(&self) -> Option<InstancePermit> {
        self.0.state().stage.granted().map(|granted| granted.instance().stay())
    }
}

impl<C: Operation> Future for Pending<C> {
    type Output = Result<C::Output, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state();
        match state.stage.take() {
            Some(result) => Poll::Ready(result),
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

impl<C: Operation> Drop for Pending<C> {
    fn drop(&mut self) {
        self.0.step(Event::Drop);
    }
}
