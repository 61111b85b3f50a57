//! Who is inside an instance, and whether more may come in.

use super::deadlines::{Deadlines, Overdue};
use super::desk::{Care, Desk, Held, Owner, Pending};
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
    occupancy: Mutex<Occupancy>,
    /// Told when the instance takes no more calls or the last one leaves after that: calls that come and go do not wake the
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
struct Occupancy {
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
        let occupancy = Occupancy { closed: None, inside: 0, admitted: 0, ended, stopped, empty: born, is_busy };
        let instance = Self {
            number: NUMBER.fetch_add(1, Relaxed),
            generation,
            born,
            jobs,
            occupancy: Mutex::new(occupancy),
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

    fn occupancy(&self) -> MutexGuard<'_, Occupancy> {
        self.occupancy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call in, unless the instance takes no more. After the last one that it may serve it takes no more.
    pub(crate) fn enter(self: &Arc<Self>, calls: u64, age: Duration) -> Option<Ticket> {
        let mut occupancy = self.occupancy();
        if occupancy.closed.is_some() || occupancy.ended {
            return None;
        }
        occupancy.inside += 1;
        occupancy.admitted += 1;
        if occupancy.admitted >= calls || self.born.elapsed() >= age {
            occupancy.closed = Some(Retirement::WornOut);
        }
        Some(Ticket { instance: Arc::clone(self) })
    }

    /// Takes no more calls; those inside may go on.
    pub(crate) fn retire(&self, reason: Retirement) {
        self.occupancy().closed.get_or_insert(reason);
        self.drained.notify_one();
    }

    /// Stops it: what is inside ends with it.
    pub(crate) fn stop(&self, reason: Retirement) {
        {
            let mut occupancy = self.occupancy();
            occupancy.closed.get_or_insert(reason);
            occupancy.stopped = true;
        }
        self.drained.notify_one();
    }

    /// Keeps it alive for something that is in it already.
    pub(super) fn stay(self: &Arc<Self>) -> Ticket {
        self.occupancy().inside += 1;
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

    /// Ends when it takes no more calls and nobody is inside any more, or nobody inside may go on. One task may wait for it at
    /// a time.
    pub(super) async fn drained(&self) -> Retirement {
        loop {
            if let Occupancy { closed: Some(reason), inside, stopped, .. } = &*self.occupancy()
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
                let occupancy = self.occupancy();
                (occupancy.is_busy, if occupancy.inside == 0 { occupancy.empty.elapsed() } else { Duration::ZERO })
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
        let mut occupancy = self.occupancy();
        let is_over = occupancy.inside == 0 && occupancy.empty.elapsed() >= limit;
        if is_over {
            occupancy.closed.get_or_insert(Retirement::Idle);
        } else if limit.is_zero() {
            // Another instance may be idle. This one hears of it when its last call leaves.
            occupancy.is_busy = true;
            self.capacity.on();
        }
        is_over
    }

    pub(super) fn end(&self, end: End) {
        self.occupancy().ended = true;
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
    ) -> Pending<C, O> {
        let context = Arc::clone(&care.context);
        let instance = Arc::clone(&self.instance);
        let due = deadline.map(|deadline| instance.deadlines.due(deadline));
        let (desk, waiting) = Desk::new(Some(Held { ticket: self, due, care }));
        if let Some(due) = due {
            instance.deadlines.add(due, Arc::clone(&desk) as Arc<dyn Overdue>);
        }
        instance.order(Ordered::new(call, context, desk));
        waiting
    }

    /// Gives a call to the instance, for a caller that looks after it itself.
    pub(crate) fn attend<C: Operation, O: Owner>(&self, call: C, context: &Arc<CallContext>) -> Pending<C, O> {
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
        let mut occupancy = self.instance.occupancy();
        occupancy.inside -= 1;
        if occupancy.inside == 0 {
            occupancy.empty = Instant::now();
            if occupancy.closed.is_some() {
                self.instance.drained.notify_one();
            } else if std::mem::take(&mut occupancy.is_busy) {
                self.instance.emptied.notify_one();
            }
        }
    }
}
