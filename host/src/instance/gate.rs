//! Who is inside an instance, and whether more may come in.

use super::deadlines::{Deadlines, Late};
use super::desk::{Care, Desk, Held, Owner, Waiting};
use super::job::{Job, Ordered};
use super::operation::Operation;
use crate::admission::Admission;
use crate::call::CallContext;
use crate::engine::Capacity;
use crate::error::{Error, Retirement};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, watch};

/// How an instance ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    Retired(Retirement),
    /// It never served: the component refused to open what the tenant is for.
    Refused(Error),
    /// It never served: it did not start.
    Broken(String),
}

/// An instance, as seen from outside the task that drives it.
pub(crate) struct Instance {
    /// No other instance of the process has this number.
    pub(crate) number: u64,
    /// Which of the engine's components it is of.
    pub(crate) generation: u64,
    born: Instant,
    jobs: mpsc::UnboundedSender<Box<dyn Job>>,
    gate: Mutex<Gate>,
    /// Told when the gate is closed or the last one leaves through a closed one: calls that come and go do not wake the
    /// task, which has better things to do.
    drained: Notify,
    /// Told when the last one leaves after it was asked for its room.
    emptied: Notify,
    capacity: Arc<Capacity>,
    /// Whose room its calls have.
    admission: Arc<Admission>,
    end: watch::Sender<Option<End>>,
    /// The calls whose time can be up.
    pub(super) deadlines: Deadlines,
}

#[derive(Debug)]
struct Gate {
    closed: Option<Retirement>,
    inside: usize,
    admitted: u64,
    ended: bool,
    /// Not even those inside may go on.
    stopped: bool,
    /// Since when nobody has been inside, if nobody is.
    empty: Instant,
    /// It was asked for its room while somebody was inside.
    is_busy: bool,
}

/// A call's stay in an instance. The instance is not dropped as long as there is one, unless it fails.
pub(crate) struct Ticket {
    instance: Arc<Instance>,
}

impl Instance {
    pub(super) fn new(
        generation: u64,
        capacity: Arc<Capacity>,
        admission: Arc<Admission>,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Box<dyn Job>>) {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let (jobs, ordered) = mpsc::unbounded_channel();
        let born = Instant::now();
        let (ended, stopped, is_busy) = (false, false, false);
        let gate = Gate { closed: None, inside: 0, admitted: 0, ended, stopped, empty: born, is_busy };
        let instance = Self {
            number: NUMBER.fetch_add(1, Relaxed),
            generation,
            born,
            jobs,
            gate: Mutex::new(gate),
            drained: Notify::new(),
            emptied: Notify::new(),
            capacity,
            admission,
            end: watch::Sender::new(None),
            deadlines: Deadlines::default(),
        };
        (Arc::new(instance), ordered)
    }

    fn order(&self, job: Box<dyn Job>) {
        if let Err(refused) = self.jobs.send(job) {
            refused.0.hand_back();
        }
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call in, unless the instance takes no more. The last one it may serve closes the gate behind itself.
    pub(crate) fn enter(self: &Arc<Self>, calls: u64, age: Duration) -> Option<Ticket> {
        let mut gate = self.gate();
        if gate.closed.is_some() || gate.ended {
            return None;
        }
        gate.inside += 1;
        gate.admitted += 1;
        if gate.admitted >= calls || self.born.elapsed() >= age {
            gate.closed = Some(Retirement::WornOut);
        }
        Some(Ticket { instance: Arc::clone(self) })
    }

    /// Takes no more calls; those inside may go on.
    pub(crate) fn retire(&self, reason: Retirement) {
        self.gate().closed.get_or_insert(reason);
        self.drained.notify_one();
    }

    /// Stops it: what is inside ends with it.
    pub(crate) fn stop(&self, reason: Retirement) {
        {
            let mut gate = self.gate();
            gate.closed.get_or_insert(reason);
            gate.stopped = true;
        }
        self.drained.notify_one();
    }

    /// Keeps it alive for something that is in it already.
    pub(super) fn stay(self: &Arc<Self>) -> Ticket {
        self.gate().inside += 1;
        Ticket { instance: Arc::clone(self) }
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.end.borrow().is_some()
    }

    /// How it ended, once it has.
    pub(crate) async fn ended(&self) -> End {
        let mut end = self.end.subscribe();
        match end.wait_for(Option::is_some).await.map(|end| end.clone()) {
            Ok(Some(end)) => end,
            _ => End::Retired(Retirement::Closed),
        }
    }

    /// Ends when the gate is closed and nobody is inside any more, or nobody inside may go on. One task may wait for it at
    /// a time.
    pub(super) async fn drained(&self) -> Retirement {
        loop {
            if let Gate { closed: Some(reason), inside, stopped, .. } = &*self.gate()
                && (*inside == 0 || *stopped)
            {
                return reason.clone();
            }
            self.drained.notified().await;
        }
    }

    /// Ends when nobody has been inside for a while, or nobody is and another instance needs the room.
    pub(super) async fn idle(&self, limit: Duration) -> Retirement {
        loop {
            let (is_busy, since) = {
                let gate = self.gate();
                (gate.is_busy, if gate.inside == 0 { gate.empty.elapsed() } else { Duration::ZERO })
            };
            let limit = tokio::select! {
                () = self.capacity.felt(), if !is_busy => Duration::ZERO,
                () = self.emptied.notified() => if self.capacity.is_there() { Duration::ZERO } else { continue },
                () = tokio::time::sleep(limit.saturating_sub(since)) => limit,
            };
            if self.close_if_empty(limit) {
                return Retirement::Idle;
            }
        }
    }

    fn close_if_empty(&self, limit: Duration) -> bool {
        let mut gate = self.gate();
        let is_over = gate.inside == 0 && gate.empty.elapsed() >= limit;
        if is_over {
            gate.closed.get_or_insert(Retirement::Idle);
        } else if limit.is_zero() {
            // Another instance may be idle. This one hears of it when its last call leaves.
            gate.is_busy = true;
            self.capacity.on();
        }
        is_over
    }

    pub(super) fn end(&self, end: End) {
        self.gate().ended = true;
        self.end.send_replace(Some(end));
        // With its memory.
        self.admission.instance_ended(self.number);
    }
}

impl Ticket {
    /// Gives a call to the instance and leaves it to that to look after the call until it is decided, by its time too.
    pub(crate) fn entrust<C: Operation, O: Owner>(
        self,
        call: C,
        deadline: Option<tokio::time::Instant>,
        care: Care<O>,
    ) -> Waiting<C, O> {
        let context = Arc::clone(&care.context);
        let instance = Arc::clone(&self.instance);
        let due = deadline.map(|deadline| instance.deadlines.due(deadline));
        let (desk, waiting) = Desk::new(Some(Held { ticket: self, due, care }));
        if let Some(due) = due {
            instance.deadlines.add(due, Arc::clone(&desk) as Arc<dyn Late>);
        }
        instance.order(Ordered::new(call, context, desk));
        waiting
    }

    /// Gives a call to the instance, for a caller that looks after it itself.
    pub(crate) fn attend<C: Operation, O: Owner>(&self, call: C, context: &Arc<CallContext>) -> Waiting<C, O> {
        if let Some(upload) = call.upload() {
            upload.place(self.instance.number);
        }
        let (desk, waiting) = Desk::new(None);
        self.instance.order(Ordered::new(call, Arc::clone(context), desk));
        waiting
    }

    /// Gives a job that answers nobody to the instance, where it is not too late for it.
    pub(crate) fn order(&self, job: Box<dyn Job>) {
        self.instance.order(job);
    }

    pub(crate) fn instance(&self) -> &Arc<Instance> {
        &self.instance
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut gate = self.instance.gate();
        gate.inside -= 1;
        if gate.inside == 0 {
            gate.empty = Instant::now();
            if gate.closed.is_some() {
                self.instance.drained.notify_one();
            } else if std::mem::take(&mut gate.is_busy) {
                self.instance.emptied.notify_one();
            }
        }
    }
}
