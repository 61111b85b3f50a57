//! The instances of a tenant, and the queue that they take its calls from.
//!
//! An instance is for one interface and takes the calls on that alone. Turns and requests are the tenant's, whichever interface
//! they are for.
//!
//! Whoever changes what they could take wakes them: a call that comes, a turn that is given back, an instance that takes no
//! more. A call leaves the queue in the very poll that begins it, so an instance that ends leaves it to others.

use super::call::Job;
use super::credentials::CredentialUpdates;
use super::driver;
use super::handle::Instance;
use super::operation::{Lane, Place};
use super::queue::Queue;
use super::resource_spec::ResourceSpec;
use super::seat::{Candidate, DequeuedCall, Granted, Next, Order, Seat, poll_room};
use super::shutdown::Attempts;
use crate::admission::Admission;
use crate::call::Deadlines;
use crate::egress::Egress;
use crate::engine::{Generation, Interface, Shared, Shares};
use crate::error::{Error, Retirement};
use crate::limits::Limits;
use crate::metrics::Meter;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// What it takes to start an instance.
pub(crate) struct Plan {
    pub(crate) engine: Arc<Shared>,
    pub(crate) egress: Egress,
    pub(crate) limits: Arc<Limits>,
    pub(crate) meter: Arc<Meter>,
    /// What it may have of what all tenants have together.
    pub(crate) shares: Shares,
    pub(crate) supplies: Arc<CredentialUpdates>,
    pub(crate) resources: ResourceSpec,
    pub(crate) tenant: Arc<str>,
}

/// The instances of a tenant, and the calls that wait for them.
pub(crate) struct Pool {
    plan: Plan,
    deadlines: Arc<Deadlines>,
    state: Mutex<State>,
    /// As many instances for one interface may take calls at once.
    most: usize,
    /// Grows with every call that gets a turn or gives one back.
    turned: AtomicU64,
}

pub(super) struct State {
    pub(super) queue: Queue<Arc<dyn Job>, Box<dyn Order>>,
    /// Those that have not ended.
    pub(super) instances: Vec<Arc<Instance>>,
    pub(super) is_closed: bool,
    pub(super) attempts: [Attempts; Interface::COUNT],
}

/// What an instance found in the queue.
struct Found {
    taken: Option<DequeuedCall>,
    /// The instance takes no more after that.
    drained: bool,
    /// Others are to look as well: what was taken is no longer before them.
    hands_on: bool,
}

/// What must be done after the queue was checked.
pub(super) struct QueueChanges {
    woken: Option<Waker>,
    replaced: Vec<Arc<Instance>>,
    fresh: Option<(Arc<Instance>, Arc<Generation>)>,
}

impl State {
    /// The instances for an interface that take calls that can run anywhere.
    pub(super) fn sharing(&self, interface: Interface) -> impl Iterator<Item = &Arc<Instance>> {
        let shares =
            move |instance: &&Arc<Instance>| instance.interface == interface && self.queue.shares(instance.number);
        self.instances.iter().filter(shares)
    }

    /// Whether one more instance for an interface may start beside others.
    pub(super) fn may_grow(&self, interface: Interface) -> bool {
        !self.is_closed && self.attempts[interface as usize].may_grow()
    }
}

impl Pool {
    pub(crate) fn new(plan: Plan, deadlines: Arc<Deadlines>) -> Arc<Self> {
        let turns = Lane::ALL.map(|lane| match lane {
            Lane::Call | Lane::LargeCall => plan.limits.calls.max(1),
            Lane::Download | Lane::Upload => plan.limits.streams.max(1),
        });
        let queue = Queue::new(turns, plan.resources.locks);
        let state = State { queue, instances: Vec::new(), is_closed: false, attempts: Default::default() };
        // Each of them computes on one of the runtime's threads.
        let most = plan.limits.instances.clamp(1, plan.engine.runtime().metrics().num_workers().max(1));
        Arc::new(Self { plan, deadlines, state: Mutex::new(state), most, turned: AtomicU64::new(0) })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// As many instances for one interface may take calls at once.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// When the next instance for an interface may start, where it may not yet.
    pub(super) fn pause(&self, interface: Interface) -> Option<Instant> {
        self.state().attempts[interface as usize].pause()
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.plan.limits
    }

    pub(super) fn meter(&self) -> &Arc<Meter> {
        &self.plan.meter
    }

    pub(super) fn deadlines(&self) -> &Arc<Deadlines> {
        &self.deadlines
    }

    /// Changes whenever something of the tenant's moves.
    pub(super) fn pace(&self) -> u64 {
        self.plan.meter.traffic().wrapping_add(self.turned.load(Relaxed))
    }

    /// A call waits for an instance.
    pub(super) fn submit(self: &Arc<Self>, place: Place, job: Arc<dyn Job>) {
        let lane = job.needs().lane();
        let generation =
            match place.interface(self.plan.resources.locks).map(|interface| self.generation(interface)).transpose() {
                Ok(generation) => generation,
                Err(error) => return job.refuse(error),
            };
        let changes = {
            let mut state = self.state();
            let number = job.number();
            if state.is_closed {
                Err((job, Error::Closed))
            } else if let Err(job) = state.queue.push(place, lane, number, job) {
                // Its instance has ended, and with it what the call is about.
                let reason = job.within().map_or(Retirement::Closed, |instance| instance.reason());
                Err((job, Error::Retired { reason, ids: Box::default() }))
            } else {
                Ok(self.queue_changes(&mut state, place, generation))
            }
        };
        match changes {
            Ok(changes) => self.follow(changes),
            Err((job, error)) => job.refuse(error),
        }
    }

    /// The present component for an interface.
    pub(super) fn generation(&self, interface: Interface) -> Result<Arc<Generation>, Error> {
        self.plan.engine.generation(interface)
    }

    /// Which instance is to look at the queue: one that is asleep, and a new one if none of the present component takes calls.
    pub(super) fn queue_changes(
        self: &Arc<Self>,
        state: &mut State,
        place: Place,
        generation: Option<Arc<Generation>>,
    ) -> QueueChanges {
        let State { queue, instances, is_closed, .. } = state;
        let mut changes = QueueChanges { woken: None, replaced: Vec::new(), fresh: None };
        if let Some(generation) = generation {
            let mut is_one_there = *is_closed;
            let interface = generation.interface;
            let shares = |instance: &&Arc<Instance>| instance.interface == interface && queue.shares(instance.number);
            for instance in instances.iter().filter(shares) {
                match instance.generation == generation.number {
                    true => is_one_there = true,
                    false => changes.replaced.push(Arc::clone(instance)),
                }
            }
            changes.replaced.iter().for_each(|instance| queue.drain(instance.number));
            if !is_one_there {
                let instance = self.new_instance(&generation);
                queue.join(instance.number, interface);
                instances.push(Arc::clone(&instance));
                changes.fresh = Some((instance, generation));
            }
        }
        changes.woken = queue.wake_one(place);
        changes
    }

    pub(super) fn follow(self: &Arc<Self>, changes: QueueChanges) {
        changes.replaced.into_iter().for_each(|instance| instance.retire(Retirement::Replaced));
        changes.woken.into_iter().for_each(Waker::wake);
        if let Some((instance, generation)) = changes.fresh {
            driver::start(Arc::clone(self), instance, generation, None);
        }
    }

    /// One more instance, which is still to be started, if there may be one.
    pub(super) fn add(
        self: &Arc<Self>,
        generation: &Generation,
        may: impl FnOnce(&State) -> bool,
    ) -> Option<Arc<Instance>> {
        let instance = self.new_instance(generation);
        let state = &mut *self.state();
        if !may(state) {
            return None;
        }
        state.queue.join(instance.number, instance.interface);
        state.instances.push(Arc::clone(&instance));
        Some(instance)
    }

    fn new_instance(self: &Arc<Self>, generation: &Generation) -> Arc<Instance> {
        let Plan { engine, limits, resources, .. } = &self.plan;
        let admission = Admission::new(limits.memory, resources.part_sizes(generation.interface).part());
        let capacity = Arc::clone(engine.capacity());
        Instance::new(generation, Arc::downgrade(self), capacity, admission)
    }

    /// What an instance does next. Where there is nothing, it is woken when there may be.
    pub(super) fn poll_next(self: &Arc<Self>, seat: &mut Seat, cx: &Context<'_>) -> Poll<Next> {
        let me = seat.instance.number;
        let mut drained = false;
        seat.instance.serves();
        let leaves = self.leaves(&seat.instance);
        let (next, woken) = {
            let mut state = self.state();
            state.queue.wake_up(me);
            let mut hands_on = false;
            let next = match state.queue.next_order(me) {
                Some(order) => Some(Next::Order(order)),
                None if state.queue.is_empty() => {
                    seat.candidates = std::array::from_fn(|_| None);
                    None
                }
                None => {
                    let found = self.take(&mut state.queue, seat, leaves, cx);
                    (drained, hands_on) = (found.drained, found.hands_on);
                    found.taken.map(Next::Call)
                }
            };
            let interface = seat.instance.interface;
            if next.is_none() && state.queue.has_shared(interface) && seat.seen != state.queue.shared(interface) {
                // Once for each that comes: two that have no room for it would wake one another for ever.
                (seat.seen, hands_on) = (state.queue.shared(interface), true);
            }
            let woken = if hands_on { state.queue.wake_all() } else { Vec::new() };
            if next.is_none() {
                state.queue.fall_asleep(me, cx.waker());
            }
            (next, woken)
        };
        woken.into_iter().for_each(Waker::wake);
        drop(seat.starting.take());
        if drained {
            self.rebalance(seat.instance.interface);
        }
        next.map_or(Poll::Pending, Poll::Ready)
    }

    /// Comes when no call waits any more for an instance that has not started yet, which then takes none.
    pub(super) fn poll_unwanted(&self, instance: &Instance, cx: &Context<'_>) -> Poll<()> {
        let queue = &mut self.state().queue;
        queue.wake_up(instance.number);
        if queue.has_shared(instance.interface) {
            queue.fall_asleep(instance.number, cx.waker());
            return Poll::Pending;
        }
        // Under the same lock: the next call is to find that there is none.
        queue.drain(instance.number);
        Poll::Ready(())
    }

    /// `leaves`: short calls that others could take are left to them.
    fn take(
        self: &Arc<Self>,
        queue: &mut Queue<Arc<dyn Job>, Box<dyn Order>>,
        seat: &mut Seat,
        leaves: bool,
        cx: &Context<'_>,
    ) -> Found {
        let Limits { calls_per_instance, age, .. } = self.plan.limits.as_ref();
        let Seat { instance, candidates, .. } = seat;
        let mut found = Found { taken: None, drained: false, hands_on: false };
        for (lane, candidate) in Lane::ALL.into_iter().zip(candidates) {
            let leaves = leaves && lane == Lane::Call;
            while let Some(head) = queue.head(instance.number, lane, leaves) {
                let needs = head.job.needs();
                if poll_room(candidate, head.number, needs, instance.admission(), cx).is_pending() {
                    break;
                }
                let entered = match head.place {
                    Place::Within(_) => Some(instance.stay()),
                    Place::Anywhere(_) | Place::WithLocks => instance.enter(*calls_per_instance, *age),
                };
                let (place, number) = (head.place, head.number);
                let Some(instance_permit) = entered else {
                    queue.drain(instance.number);
                    found.drained = true;
                    continue;
                };
                let candidate = candidate.take();
                // Those that had no room for it do not have it before them any more.
                found.hands_on |= candidate.is_some();
                let room = candidate.and_then(Candidate::into_room);
                // Nor do others have calls on locks, once they run here.
                found.hands_on |= place == Place::WithLocks && !queue.owns_locks(instance.number);
                let Some(job) = queue.take(instance.number, place, lane, number) else { break };
                if instance.drains() {
                    queue.drain(instance.number);
                    found.drained = true;
                }
                self.turned.fetch_add(1, Relaxed);
                let granted = Granted::new(room, Arc::clone(self), lane, instance_permit);
                found.taken = Some(DequeuedCall::new(Arc::clone(self), place, job, granted));
                return found;
            }
            if queue.head(instance.number, lane, leaves).is_none() {
                // Who waits for a turn waits for no room.
                *candidate = None;
            }
        }
        found
    }

    /// A call gives its turn back.
    pub(super) fn give_back(&self, lane: Lane) {
        self.turned.fetch_add(1, Relaxed);
        let woken = {
            let State { queue, .. } = &mut *self.state();
            queue.give_back(lane);
            if queue.waits(lane) { queue.wake_all() } else { Vec::new() }
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// A call that was taken did not begin.
    pub(super) fn put_back(self: &Arc<Self>, place: Place, job: Arc<dyn Job>) {
        if job.is_queued() {
            self.submit(place, job);
        }
    }

    /// A call waits no longer: another may be the first of its line now, or have waited for room behind it.
    pub(super) fn remove(&self, place: Place, lane: Lane, number: u64) {
        let (removed, woken) = {
            let State { queue, .. } = &mut *self.state();
            let removed = queue.remove(place, lane, number);
            let woken = if removed.is_some() { queue.wake_all() } else { Vec::new() };
            (removed, woken)
        };
        // Not under the lock.
        drop(removed);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Something for an instance to do that answers nobody.
    pub(super) fn order(&self, instance: u64, order: Box<dyn Order>) {
        let (too_late, woken) = {
            let State { queue, .. } = &mut *self.state();
            (queue.order(instance, order), queue.wake_one(Place::Within(instance)))
        };
        drop(too_late);
        woken.into_iter().for_each(Waker::wake);
    }
}
