//! Whether an instance takes calls, leaves them to another, has another one start beside it, or is evicted.
//!
//! One instance computes on one thread at a time. While it has time left it serves everybody, since a second one has memory
//! and a clock of its own. Only when an instance is saturated and calls wait all the same does another start, and
//! only where no tenant waits for its first.

use super::driver;
use super::handle::Instance;
use super::pool::Pool;
use crate::engine::Interface;
use crate::error::Retirement;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

/// When an instance could not start beside others, none is tried for so long: they are saturated all the time.
pub(super) const PAUSE: Duration = Duration::from_secs(10);

/// An instance that takes calls, as others see it.
#[derive(Debug, Clone, Copy)]
struct Peer {
    number: u64,
    /// It has started.
    serves: bool,
    is_saturated: bool,
}

/// What an instance knows when it looks for calls.
#[derive(Debug, Clone)]
struct Situation {
    is_saturated: bool,
    /// Calls are in it. A single caller is served no faster by two.
    is_occupied: bool,
    /// Calls wait that others could take.
    calls_wait: bool,
    /// The calls on locks run in it, which would lose what it knows of them.
    owns_locks: bool,
    /// An instance, of any tenant, waits for room among those of the engine.
    is_room_wanted: bool,
    others: Vec<Peer>,
    /// As many instances may take calls.
    most: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Take,
    /// It leaves what others could take to the instance of this number.
    Leave(u64),
    /// It takes what there is, and another one starts.
    Grow,
    /// It takes no more calls: others need its room more.
    Evict,
}

impl Situation {
    fn choose(&self) -> Choice {
        let Self { is_saturated, is_occupied, calls_wait, owns_locks, is_room_wanted, others, most } = self;
        let is_another_there = others.iter().any(|other| other.serves);
        let free = others.iter().find(|other| other.serves && !other.is_saturated);
        let may_grow = others.len() + 1 < *most && others.iter().all(|other| other.serves);
        match free {
            _ if *is_room_wanted && is_another_there && !owns_locks => Choice::Evict,
            _ if !is_saturated => Choice::Take,
            Some(free) => Choice::Leave(free.number),
            None if may_grow && *calls_wait && *is_occupied && !is_room_wanted => Choice::Grow,
            None => Choice::Take,
        }
    }
}

impl Pool {
    /// Whether an instance that looks for calls leaves short ones to others. Those that may have to wait for room in its memory
    /// it does not leave: it may be the only one that has some.
    pub(super) fn leaves(self: &Arc<Self>, instance: &Arc<Instance>) -> bool {
        let is_room_wanted = self.plan().engine.capacity().has_waiting();
        if self.most() == 1 || !is_room_wanted && !instance.load().is_saturated() {
            return false;
        }
        let (choice, woken) = {
            let state = &mut *self.state();
            let sharing: Vec<_> = state.sharing(instance.interface).collect();
            if !sharing.iter().any(|other| other.number == instance.number) {
                return false;
            }
            let others = sharing.into_iter().filter(|other| other.number != instance.number);
            let peer = |other: &Arc<Instance>| Peer {
                number: other.number,
                serves: other.is_serving(),
                is_saturated: other.load().is_saturated(),
            };
            let situation = Situation {
                is_saturated: instance.load().is_saturated(),
                is_occupied: instance.inside() > 0,
                calls_wait: state.queue.has_shared(instance.interface),
                owns_locks: state.queue.owns_locks(instance.number),
                is_room_wanted,
                others: others.map(peer).collect(),
                most: self.most(),
            };
            let choice = situation.choose();
            let woken = match choice {
                Choice::Leave(free) if situation.calls_wait => state.queue.wake_up(free),
                Choice::Evict => {
                    // Before anybody else looks: not all of them may go.
                    state.queue.drain(instance.number);
                    None
                }
                Choice::Leave(_) | Choice::Take | Choice::Grow => None,
            };
            (choice, woken)
        };
        woken.into_iter().for_each(Waker::wake);
        match choice {
            Choice::Take => {}
            Choice::Grow => self.grow(instance.interface),
            Choice::Evict => self.retire(instance, Retirement::Evicted),
            Choice::Leave(_) => return true,
        }
        false
    }

    /// Starts one more instance for an interface, if there is room that nobody waits for.
    fn grow(self: &Arc<Self>, interface: Interface) {
        let Some(spare) = self.plan().engine.capacity().spare() else { return };
        let Ok(generation) = self.generation(interface) else { return };
        let added = self.add(&generation, |state| {
            // Another one may have come to the same conclusion.
            let sharing = || state.sharing(interface);
            let is_enough = sharing().count() >= self.most() || sharing().any(|other| !other.is_serving());
            !is_enough && state.may_grow(interface)
        });
        if let Some(instance) = added {
            tracing::debug!(tenant = &*self.plan().tenant, "another instance starts beside those that are saturated");
            driver::start(Arc::clone(self), instance, generation, Some(spare));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Peer = Peer { number: 7, serves: true, is_saturated: false };
    const SATURATED: Peer = Peer { number: 8, serves: true, is_saturated: true };
    const STARTING: Peer = Peer { number: 9, serves: false, is_saturated: false };

    fn saturated(others: &[Peer]) -> Situation {
        Situation {
            is_saturated: true,
            is_occupied: true,
            calls_wait: true,
            owns_locks: false,
            is_room_wanted: false,
            others: others.to_vec(),
            most: 3,
        }
    }

    #[test]
    fn another_one_starts_only_when_all_are_saturated_and_calls_wait() {
        assert_eq!(saturated(&[]).choose(), Choice::Grow);
        assert_eq!(saturated(&[SATURATED]).choose(), Choice::Grow);
        assert_eq!(saturated(&[SATURATED, SATURATED]).choose(), Choice::Take, "there are as many as may be");
        assert_eq!(saturated(&[STARTING]).choose(), Choice::Take, "one starts already");
        assert_eq!(Situation { calls_wait: false, ..saturated(&[]) }.choose(), Choice::Take);
        assert_eq!(Situation { is_occupied: false, ..saturated(&[]) }.choose(), Choice::Take, "one caller alone");
        assert_eq!(Situation { is_saturated: false, ..saturated(&[]) }.choose(), Choice::Take);
        assert_eq!(Situation { most: 1, ..saturated(&[]) }.choose(), Choice::Take);
    }

    #[test]
    fn calls_go_to_one_that_has_time() {
        assert_eq!(saturated(&[SATURATED, FREE]).choose(), Choice::Leave(7));
        assert_eq!(Situation { is_saturated: false, ..saturated(&[FREE]) }.choose(), Choice::Take);
    }

    #[test]
    fn one_of_several_is_evicted_for_a_tenant_that_has_none() {
        let wanted = |others| Situation { is_room_wanted: true, ..saturated(others) };
        assert_eq!(wanted(&[SATURATED]).choose(), Choice::Evict);
        assert_eq!(Situation { is_saturated: false, ..wanted(&[FREE]) }.choose(), Choice::Evict);
        assert_eq!(Situation { owns_locks: true, ..wanted(&[SATURATED]) }.choose(), Choice::Take);
        assert_eq!(wanted(&[STARTING]).choose(), Choice::Take, "none would be left");
        assert_eq!(wanted(&[]).choose(), Choice::Take);
    }
}
