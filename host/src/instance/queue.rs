//! Where the calls of a tenant wait, and which of its instances takes which: without I/O, time or locks.
//!
//! Nothing is handed out: an instance that has time takes what came first of what it may take. Calls of each kind have turns
//! of their own, so that many that wait, for room or for their callers, keep no other kind waiting.

use super::operation::{Lane, Place};
use crate::engine::Interface;
use std::collections::{BTreeMap, VecDeque};
use std::task::Waker;

/// Those who wait, by the order in which they came, for each kind of turn.
type Lines<J> = [BTreeMap<u64, J>; Lane::COUNT];

/// The calls of a tenant that wait. `J` is a call, `O` what an instance does beside calls.
pub(super) struct Queue<J, O> {
    /// The turns that are left of each kind.
    turns: [usize; Lane::COUNT],
    anywhere: [Lines<J>; Interface::COUNT],
    with_locks: Lines<J>,
    /// What the instances are for in which calls on locks may run.
    locks: Interface,
    /// The instance that the calls on locks run in, as long as it takes calls.
    lock_owner: Option<u64>,
    members: BTreeMap<u64, Member<J, O>>,
    /// How many calls have come that some instance for an interface should take: whether there is anything new for one that
    /// has looked.
    shared: [u64; Interface::COUNT],
    /// How many calls wait, wherever: most looks find none.
    waiting: usize,
    /// The instances that wait for something to do; the last one to fall asleep wakes first, so that the others can go.
    asleep: Vec<(u64, Waker)>,
}

/// An instance, as the queue sees it.
struct Member<J, O> {
    interface: Interface,
    /// It takes no more calls but those that have to run in it.
    drains: bool,
    calls: Lines<J>,
    orders: VecDeque<O>,
}

/// A call at the head of a line.
pub(super) struct Head<'a, J> {
    pub(super) place: Place,
    pub(super) number: u64,
    pub(super) job: &'a J,
}

fn lines<J>() -> Lines<J> {
    std::array::from_fn(|_| BTreeMap::new())
}

impl<J, O> Queue<J, O> {
    /// `locks`: what the instances are for in which calls on locks may run.
    pub(super) fn new(turns: [usize; Lane::COUNT], locks: Interface) -> Self {
        Self {
            turns,
            anywhere: std::array::from_fn(|_| lines()),
            with_locks: lines(),
            locks,
            lock_owner: None,
            members: BTreeMap::new(),
            shared: [0; Interface::COUNT],
            waiting: 0,
            asleep: Vec::new(),
        }
    }

    /// One more instance takes calls.
    pub(super) fn join(&mut self, instance: u64, interface: Interface) {
        let member = Member { interface, drains: false, calls: lines(), orders: VecDeque::new() };
        self.members.insert(instance, member);
    }

    /// An instance takes no more calls but those that have to run in it.
    pub(super) fn drain(&mut self, instance: u64) {
        if let Some(member) = self.members.get_mut(&instance) {
            member.drains = true;
        }
        if self.lock_owner == Some(instance) {
            self.lock_owner = None;
        }
    }

    /// An instance is gone. Back come the calls that had to run in it.
    pub(super) fn leave(&mut self, instance: u64) -> Vec<J> {
        self.drain(instance);
        self.wake_up(instance);
        let gone = self.members.remove(&instance);
        let stranded: Vec<J> =
            gone.into_iter().flat_map(|member| member.calls).flat_map(BTreeMap::into_values).collect();
        self.waiting -= stranded.len();
        stranded
    }

    /// Whether an instance takes calls that can run anywhere.
    pub(super) fn shares(&self, instance: u64) -> bool {
        self.members.get(&instance).is_some_and(|member| !member.drains)
    }

    fn shares_calls_of(&self, instance: u64, interface: Interface) -> bool {
        self.members.get(&instance).is_some_and(|member| !member.drains && member.interface == interface)
    }

    fn lines(&mut self, place: Place) -> Option<&mut Lines<J>> {
        match place {
            Place::Anywhere(interface) => Some(&mut self.anywhere[interface as usize]),
            Place::WithLocks => Some(&mut self.with_locks),
            Place::Within(instance) => self.members.get_mut(&instance).map(|member| &mut member.calls),
        }
    }

    /// A call waits from now on, or again. It comes back where its instance is gone.
    pub(super) fn push(&mut self, place: Place, lane: Lane, number: u64, job: J) -> Result<(), J> {
        match self.lines(place) {
            Some(lines) => {
                lines[lane as usize].insert(number, job);
                if let Some(interface) = place.interface(self.locks) {
                    self.shared[interface as usize] += 1;
                }
                self.waiting += 1;
                Ok(())
            }
            None => Err(job),
        }
    }

    /// A call waits no longer.
    pub(super) fn remove(&mut self, place: Place, lane: Lane, number: u64) -> Option<J> {
        let removed = self.lines(place)?[lane as usize].remove(&number)?;
        self.waiting -= 1;
        Some(removed)
    }

    /// Something for an instance to do, beside calls. It comes back where the instance is gone.
    pub(super) fn order(&mut self, instance: u64, order: O) -> Result<(), O> {
        match self.members.get_mut(&instance) {
            Some(member) => {
                member.orders.push_back(order);
                Ok(())
            }
            None => Err(order),
        }
    }

    pub(super) fn next_order(&mut self, instance: u64) -> Option<O> {
        self.members.get_mut(&instance)?.orders.pop_front()
    }

    /// What came first of what an instance may take, if there is a turn for it. `leaves`: it leaves to others what they can take.
    pub(super) fn head(&self, instance: u64, lane: Lane, leaves: bool) -> Option<Head<'_, J>> {
        if self.turns[lane as usize] == 0 {
            return None;
        }
        let member = self.members.get(&instance)?;
        let interface = member.interface;
        let owns_locks = interface == self.locks && self.lock_owner.is_none_or(|owner| owner == instance);
        let sources = [
            (Place::Within(instance), true, &member.calls),
            (Place::WithLocks, !member.drains && owns_locks, &self.with_locks),
            (Place::Anywhere(interface), !member.drains && !leaves, &self.anywhere[interface as usize]),
        ];
        let heads = sources.into_iter().filter(|(_, may, _)| *may).filter_map(|(place, _, lines)| {
            let (number, job) = lines[lane as usize].first_key_value()?;
            Some(Head { place, number: *number, job })
        });
        heads.min_by_key(|head| head.number)
    }

    /// An instance takes a call, and the call its turn.
    pub(super) fn take(&mut self, instance: u64, place: Place, lane: Lane, number: u64) -> Option<J> {
        let job = self.remove(place, lane, number)?;
        self.turns[lane as usize] -= 1;
        if place == Place::WithLocks {
            self.lock_owner = Some(instance);
        }
        Some(job)
    }

    /// Whether the calls on locks run in an instance.
    pub(super) fn owns_locks(&self, instance: u64) -> bool {
        self.lock_owner == Some(instance)
    }

    /// A call gives its turn back.
    pub(super) fn give_back(&mut self, lane: Lane) {
        self.turns[lane as usize] += 1;
    }

    /// Whether no call waits anywhere.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// The calls that some instance for an interface should take.
    fn shared_lines(&self, interface: Interface) -> impl Iterator<Item = &Lines<J>> {
        let with_locks = (interface == self.locks).then_some(&self.with_locks);
        std::iter::once(&self.anywhere[interface as usize]).chain(with_locks)
    }

    /// Whether a call waits that some instance for an interface should take.
    pub(super) fn has_shared(&self, interface: Interface) -> bool {
        self.shared_lines(interface).flatten().any(|line| !line.is_empty())
    }

    /// How many calls have come that some instance for an interface should take.
    pub(super) fn shared(&self, interface: Interface) -> u64 {
        self.shared[interface as usize]
    }

    /// Whether anybody waits for such a turn.
    pub(super) fn waits(&self, lane: Lane) -> bool {
        let mut shared = self.anywhere.iter().chain([&self.with_locks]);
        shared.any(|lines| !lines[lane as usize].is_empty())
            || self.members.values().any(|member| !member.calls[lane as usize].is_empty())
    }

    /// Every call that can run in any instance for an interface that takes calls.
    pub(super) fn take_shared(&mut self, interface: Interface) -> Vec<J> {
        let with_locks = (interface == self.locks).then_some(&mut self.with_locks);
        let lines = self.anywhere[interface as usize].iter_mut().chain(with_locks.into_iter().flatten());
        let shared: Vec<J> = lines.flat_map(|line| std::mem::take(line).into_values()).collect();
        self.waiting -= shared.len();
        shared
    }

    /// Every call.
    pub(super) fn take_all(&mut self) -> Vec<J> {
        let mut all: Vec<J> = Interface::ALL.into_iter().flat_map(|interface| self.take_shared(interface)).collect();
        for member in self.members.values_mut() {
            all.extend(std::mem::replace(&mut member.calls, lines()).into_iter().flat_map(BTreeMap::into_values));
        }
        self.waiting = 0;
        all
    }

    /// An instance has nothing to do, and is to be woken when that changes.
    pub(super) fn fall_asleep(&mut self, instance: u64, waker: &Waker) {
        self.asleep.push((instance, waker.clone()));
    }

    /// An instance looks for something to do. (It is woken no more until it has found nothing.)
    pub(super) fn wake_up(&mut self, instance: u64) -> Option<Waker> {
        let at = self.asleep.iter().position(|(sleeper, _)| *sleeper == instance)?;
        Some(self.asleep.remove(at).1)
    }

    /// One that may take a call in this place, if one is asleep.
    pub(super) fn wake_one(&mut self, place: Place) -> Option<Waker> {
        let instance = match (place, self.lock_owner) {
            (Place::Within(instance), _) | (Place::WithLocks, Some(instance)) => instance,
            (Place::Anywhere(_) | Place::WithLocks, _) => {
                let interface = place.interface(self.locks)?;
                let mut asleep = self.asleep.iter().rev().map(|(sleeper, _)| *sleeper);
                asleep.find(|sleeper| self.shares_calls_of(*sleeper, interface))?
            }
        };
        self.wake_up(instance)
    }

    /// All that are asleep: what one of them can't take, another may.
    pub(super) fn wake_all(&mut self) -> Vec<Waker> {
        self.asleep.drain(..).map(|(_, waker)| waker).collect()
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
