//! How instances end, and what becomes of their calls and of those that wait.

use super::growth;
use super::handle::{End, Instance};
use super::operation::Place;
use super::pool::{Pool, State};
use crate::engine::Interface;
use crate::error::{Error, Retirement};
use futures_util::future::join_all;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

/// So many instances may fail one after the other before any call has begun in them; then what waits is told why. A call that
/// was being begun in one is taken by the next, so without a bound this would go on until its time is up.
const ATTEMPTS: u32 = 4;

/// After the second failure in a row the next instance starts so much later, and twice as much after each that follows.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
/// But no more than this: ten instances a second take next to nothing from other tenants, where thousands, each of which has
/// memory mapped and given back, held them up; and it is little beside the time that a call may take.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// An instance that served for so long before it failed is the first to.
const PROVEN: Duration = Duration::from_secs(1);

/// What became of the last instances for an interface.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// How many failed one after the other, calls in them or not.
    failed: u32,
    /// The next one starts no sooner.
    pause: Option<Instant>,
    /// How many failed one after the other without having begun a call.
    fruitless: u32,
    /// No further instance starts beside others until then: the last one could not.
    no_growth: Option<Instant>,
}

impl Attempts {
    /// An instance failed, or ended in another way.
    fn ended(&mut self, is_failure: bool, served: Duration) {
        self.failed = match is_failure {
            true if served < PROVEN => self.failed.saturating_add(1),
            true => 1,
            false => 0,
        };
        // Not after the first one: most failures are a single call's.
        let doublings = self.failed.checked_sub(2);
        self.pause = doublings.map(|doublings| {
            let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(doublings));
            Instant::now() + pause.min(LONGEST_PAUSE)
        });
    }

    /// When the next instance may start, where it may not yet.
    pub(super) fn pause(&self) -> Option<Instant> {
        self.pause.filter(|until| *until > Instant::now())
    }

    /// Whether another instance may start beside others. Where the next one has to wait because the last ones failed, so has
    /// that one.
    pub(super) fn may_grow(&self) -> bool {
        self.no_growth.is_none_or(|until| until <= Instant::now()) && self.pause().is_none()
    }
}

impl Pool {
    /// An instance takes no more calls; those inside may go on.
    pub(super) fn retire(self: &Arc<Self>, instance: &Instance, reason: Retirement) {
        self.state().queue.drain(instance.number);
        instance.retire(reason);
        self.rebalance(instance.interface);
    }

    /// Who takes calls on an interface has changed: whoever is left looks at what waits.
    pub(super) fn rebalance(self: &Arc<Self>, interface: Interface) {
        let generation = self.generation(interface).map(Some);
        let (looked, woken, refused) = {
            let mut state = self.state();
            if !state.queue.has_shared(interface) {
                return;
            }
            let woken = state.queue.wake_all();
            match generation {
                Ok(generation) => {
                    (Some(self.queue_changes(&mut state, Place::Anywhere(interface), generation)), woken, None)
                }
                Err(error) => (None, woken, Some((error, state.queue.take_shared(interface)))),
            }
        };
        woken.into_iter().for_each(Waker::wake);
        looked.into_iter().for_each(|looked| self.follow(looked));
        if let Some((error, calls)) = refused {
            calls.into_iter().for_each(|call| call.refuse(error.clone()));
        }
    }

    /// An instance has ended: every call in it is told so, and what waits goes on without it.
    pub(super) fn ended(self: &Arc<Self>, instance: &Arc<Instance>, end: &End) {
        instance.end(end.clone());
        let (refused, stranded) = {
            let State { queue, instances, is_closed, attempts } = &mut *self.state();
            let interface = instance.interface;
            let attempts = &mut attempts[interface as usize];
            instances.retain(|other| !Arc::ptr_eq(other, instance));
            let stranded = queue.leave(instance.number);
            let shares = |other: &Arc<Instance>| other.interface == interface && queue.shares(other.number);
            let is_another_there = instances.iter().any(shares);
            if is_another_there && matches!(end, End::Refused(_) | End::Broken(_)) {
                attempts.no_growth = Some(Instant::now() + growth::PAUSE);
            }
            let is_failure = matches!(
                end,
                End::Retired(
                    Retirement::Trapped { .. }
                        | Retirement::Panicked
                        | Retirement::Cpu { .. }
                        | Retirement::Memory { .. }
                        | Retirement::SharedMemory { .. }
                )
            );
            // One that can't start ends as fast as one that traps, and every call has another one start, where there is none.
            let could_not_start = !is_another_there && matches!(end, End::Refused(_) | End::Broken(_));
            attempts.ended(is_failure || could_not_start, instance.served_for());
            attempts.fruitless = match instance.has_begun() {
                true => 0,
                false => attempts.fruitless + u32::from(is_failure),
            };
            let error = match end {
                End::Dropped => {
                    *is_closed = true;
                    Some(Error::Closed)
                }
                End::Refused(error) if !is_another_there => Some(error.clone()),
                End::Broken(reason) if !is_another_there => Some(Error::component(reason.clone())),
                End::Retired(reason @ Retirement::SharedMemory { .. }) if attempts.fruitless >= ATTEMPTS => {
                    Some(Error::Retired { reason: reason.clone(), ids: Box::default() })
                }
                End::Retired(reason) if is_failure && attempts.fruitless >= ATTEMPTS => {
                    Some(Error::component(reason.to_string()))
                }
                End::Refused(_) | End::Broken(_) | End::Retired(_) => None,
            };
            (error.map(|error| (error, queue.take_shared(interface))), stranded)
        };
        let reason = end.reason();
        for call in instance.left_behind() {
            call.gone(reason.clone());
        }
        for call in stranded {
            call.refuse(Error::Retired { reason: reason.clone(), ids: Box::default() });
        }
        if let Some((error, calls)) = refused {
            calls.into_iter().for_each(|call| call.refuse(error.clone()));
        }
        self.rebalance(instance.interface);
    }

    /// Those that take calls, or all of them.
    fn instances(&self, sharing_only: bool) -> Vec<Arc<Instance>> {
        let state = self.state();
        let wanted = |instance: &&Arc<Instance>| !sharing_only || state.queue.shares(instance.number);
        state.instances.iter().filter(wanted).cloned().collect()
    }

    /// Has the next calls begin in fresh instances, and returns when the calls in the present ones have ended.
    pub(crate) async fn recycle(self: &Arc<Self>) {
        let present = self.instances(true);
        present.iter().for_each(|instance| self.retire(instance, Retirement::Replaced));
        join_all(present.iter().map(|instance| instance.ended())).await;
    }

    /// Has the next calls begin in fresh instances.
    pub(crate) fn renew(self: &Arc<Self>) {
        self.instances(true).iter().for_each(|instance| self.retire(instance, Retirement::Replaced));
    }

    /// Refuses what waits and what comes.
    pub(crate) fn close(self: &Arc<Self>) {
        let refused = {
            let mut state = self.state();
            state.is_closed = true;
            state.queue.take_all()
        };
        refused.into_iter().for_each(|call| call.refuse(Error::Closed));
        self.instances(false).iter().for_each(|instance| self.retire(instance, Retirement::Closed));
    }

    /// Returns when every instance has ended.
    pub(crate) async fn ends(&self) {
        join_all(self.instances(false).iter().map(|instance| instance.ended())).await;
    }

    /// Stops every instance: calls end with them.
    pub(crate) async fn stop(&self, reason: Retirement) {
        let all = self.instances(false);
        all.iter().for_each(|instance| instance.stop(reason.clone()));
        join_all(all.iter().map(|instance| instance.ended())).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_again_and_again_starts_anew_after_longer_and_longer_pauses() {
        let pause = |attempts: &Attempts| attempts.pause.map(|until| until.saturating_duration_since(Instant::now()));
        let mut attempts = Attempts::default();
        let mut before = Duration::ZERO;
        attempts.ended(true, Duration::ZERO);
        assert_eq!(pause(&attempts), None, "not after the first failure");
        assert!(attempts.may_grow());
        for _ in 0..7 {
            attempts.ended(true, Duration::ZERO);
            // By then a little of it may be over.
            let next = pause(&attempts).unwrap();
            assert!(next > before && next <= LONGEST_PAUSE, "{next:?} after {before:?}");
            before = next;
        }
        for _ in 0..100 {
            attempts.ended(true, Duration::ZERO);
        }
        assert!(attempts.pause.is_some_and(|until| until <= Instant::now() + LONGEST_PAUSE));
        // Longer than this thread may have to wait for a processor.
        attempts.pause = Some(Instant::now() + Duration::from_secs(60));
        assert!(attempts.pause().is_some() && !attempts.may_grow());
        attempts.ended(true, PROVEN);
        assert_eq!(pause(&attempts), None, "it had proved itself");
        (0..3).for_each(|_| attempts.ended(true, Duration::ZERO));
        attempts.ended(false, Duration::ZERO);
        assert_eq!(attempts.pause(), None);
    }
}
