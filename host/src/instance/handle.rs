//! Who is inside an instance, and whether more may come in.

use super::call::Job;
use super::load::Load;
use super::pool::Pool;
use super::seat::Order;
use crate::admission::Admission;
use crate::engine::{Capacity, Eviction, Generation, Interface};
use crate::error::{Error, Retirement};
use std::pin::pin;
use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};

/// How an instance ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    Retired(Retirement),
    /// It never served: the component refused to open what the instance is for.
    Refused(Error),
    /// It never served: it did not start.
    Broken(String),
    /// The runtime that it ran on is shutting down.
    Dropped,
}

impl End {
    /// What a call is told that ran in it, or could run nowhere else.
    pub(super) fn reason(&self) -> Retirement {
        match self {
            Self::Retired(reason) => reason.clone(),
            Self::Refused(error) => Retirement::Trapped { message: error.to_string() },
            Self::Broken(message) => Retirement::Trapped { message: message.clone() },
            Self::Dropped => Retirement::Closed,
        }
    }
}

/// An instance, as seen from outside the task that drives it.
pub(crate) struct Instance {
    /// No other instance of the process has this number.
    pub(crate) number: u64,
    /// What its component is for.
    pub(super) interface: Interface,
    /// Which of the engine's components it is of.
    pub(super) generation: u64,
    /// Where its calls wait.
    pool: Weak<Pool>,
    born: Instant,
    occupancy: Mutex<Occupancy>,
    /// A call has begun in it.
    has_begun: AtomicBool,
    /// Since when it has served; not while it starts, or waits for room to start in.
    served: OnceLock<Instant>,
    load: Load,
    /// Told when the instance takes no more calls or the last one leaves after that: calls that come and go do not wake the
    /// task, which has better things to do.
    drained: Notify,
    /// Told when the last one leaves after it was asked for its room.
    emptied: Notify,
    capacity: Arc<Capacity>,
    /// The room in its memory.
    admission: Arc<Admission>,
    end: watch::Sender<Option<End>>,
    /// Calls that ran in it when it ended.
    left_behind: Mutex<Vec<Arc<dyn Job>>>,
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
    /// It was told that another one waits for room, while somebody was inside.
    is_busy: bool,
    /// It takes no more calls so that another instance has room.
    eviction: Option<Eviction>,
}

/// Keeps an instance alive: it is not dropped as long as there is a permit, unless it fails.
pub(crate) struct InstancePermit {
    instance: Arc<Instance>,
}

impl Instance {
    pub(super) fn new(
        generation: &Generation,
        pool: Weak<Pool>,
        capacity: Arc<Capacity>,
        admission: Arc<Admission>,
    ) -> Arc<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let born = Instant::now();
        let (ended, stopped, is_busy) = (false, false, false);
        let occupancy =
            Occupancy { closed: None, inside: 0, admitted: 0, ended, stopped, empty: born, is_busy, eviction: None };
        Arc::new(Self {
            number: NUMBER.fetch_add(1, Relaxed),
            interface: generation.interface,
            generation: generation.number,
            pool,
            born,
            occupancy: Mutex::new(occupancy),
            has_begun: AtomicBool::new(false),
            served: OnceLock::new(),
            load: Load::new(),
            drained: Notify::new(),
            emptied: Notify::new(),
            capacity,
            admission,
            end: watch::Sender::new(None),
            left_behind: Mutex::default(),
        })
    }

    fn occupancy(&self) -> MutexGuard<'_, Occupancy> {
        self.occupancy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call in, unless the instance takes no more. After the last one that it may serve it takes no more.
    pub(super) fn enter(self: &Arc<Self>, calls: u64, age: Duration) -> Option<InstancePermit> {
        let mut occupancy = self.occupancy();
        if occupancy.closed.is_some() || occupancy.ended {
            return None;
        }
        occupancy.inside += 1;
        occupancy.admitted += 1;
        if occupancy.admitted >= calls || self.born.elapsed() >= age {
            occupancy.closed = Some(Retirement::WornOut);
        }
        Some(InstancePermit { instance: Arc::clone(self) })
    }

    /// Takes no more calls; those inside may go on.
    pub(super) fn retire(&self, reason: Retirement) {
        self.occupancy().closed.get_or_insert(reason);
        self.drained.notify_one();
    }

    /// Stops it: what is inside ends with it.
    pub(super) fn stop(&self, reason: Retirement) {
        {
            let mut occupancy = self.occupancy();
            occupancy.closed.get_or_insert(reason);
            occupancy.stopped = true;
        }
        self.drained.notify_one();
    }

    /// For how long it has served.
    pub(super) fn served_for(&self) -> Duration {
        self.served.get().map_or(Duration::ZERO, Instant::elapsed)
    }

    /// Whether it takes no more calls.
    pub(super) fn drains(&self) -> bool {
        self.occupancy().closed.is_some()
    }

    /// Keeps it alive for something that is in it already.
    pub(super) fn stay(self: &Arc<Self>) -> InstancePermit {
        self.occupancy().inside += 1;
        InstancePermit { instance: Arc::clone(self) }
    }

    /// A call begins in it.
    pub(super) fn begins(&self) {
        self.has_begun.store(true, Release);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Acquire)
    }

    /// It has started.
    pub(super) fn serves(&self) {
        self.served.get_or_init(Instant::now);
    }

    /// Whether it has started.
    pub(super) fn is_serving(&self) -> bool {
        self.served.get().is_some()
    }

    /// How much of the time it computes.
    pub(super) fn load(&self) -> &Load {
        &self.load
    }

    /// How many are inside.
    pub(super) fn inside(&self) -> usize {
        self.occupancy().inside
    }

    /// The room in its memory.
    pub(super) fn admission(&self) -> &Arc<Admission> {
        &self.admission
    }

    /// A call that ran in it ends with it.
    pub(super) fn leave_behind(&self, call: Arc<dyn Job>) {
        self.left_behind.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// The calls that ended with it.
    pub(super) fn left_behind(&self) -> Vec<Arc<dyn Job>> {
        std::mem::take(&mut *self.left_behind.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Why it is no more.
    pub(super) fn reason(&self) -> Retirement {
        self.end.borrow().as_ref().map_or(Retirement::Closed, End::reason)
    }

    /// How it ended, once it has.
    pub(super) async fn ended(&self) -> End {
        let mut end = self.end.subscribe();
        match end.wait_for(Option::is_some).await.map(|end| end.clone()) {
            Ok(Some(end)) => end,
            _ => End::Dropped,
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
        // It has its room from here on.
        let mut turn_is_over = pin!(self.capacity.turn_is_over(Instant::now()));
        loop {
            let (is_busy, since) = {
                let occupancy = self.occupancy();
                (occupancy.is_busy, if occupancy.inside == 0 { occupancy.empty.elapsed() } else { Duration::ZERO })
            };
            let limit = tokio::select! {
                // Whoever began to wait may have given up since, or have got the room of another.
                () = self.capacity.waiter(), if !is_busy => {
                    if self.capacity.has_waiting() { Duration::ZERO } else { continue }
                }
                eviction = &mut turn_is_over, if is_busy => {
                    self.evict(eviction);
                    // It ends when nobody is inside any more.
                    std::future::pending().await
                }
                () = self.emptied.notified() => if self.capacity.has_waiting() { Duration::ZERO } else { continue },
                () = tokio::time::sleep(limit.saturating_sub(since)) => limit,
            };
            if self.close_if_empty(limit) {
                return Retirement::Idle;
            }
        }
    }

    /// Takes no more calls, so that an instance of another tenant has room.
    fn evict(&self, eviction: Eviction) {
        self.occupancy().eviction = Some(eviction);
        match self.pool.upgrade() {
            Some(pool) => pool.retire(self, Retirement::Evicted),
            None => self.retire(Retirement::Evicted),
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
            self.capacity.tell_another();
        }
        is_over
    }

    pub(super) fn end(&self, end: End) {
        {
            let mut occupancy = self.occupancy();
            (occupancy.ended, occupancy.eviction) = (true, None);
        }
        self.end.send_replace(Some(end));
        self.admission.end();
    }
}

impl InstancePermit {
    /// Gives something to do to the instance, where it is not too late for it.
    pub(crate) fn order(&self, order: Box<dyn Order>) {
        match self.instance.pool.upgrade() {
            Some(pool) => pool.order(self.instance.number, order),
            // The instance went with its pool.
            None => drop(order),
        }
    }

    pub(crate) fn instance(&self) -> &Arc<Instance> {
        &self.instance
    }
}

impl Drop for InstancePermit {
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
