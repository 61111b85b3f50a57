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
use std::time::Instant;

/// So many instances may fail one after the other before any call has begun in them; then what waits is told why. A call that
/// was being begun in one is taken by the next, so without a bound this would go on until its time is up.
const ATTEMPTS: u32 = 4;

/// What became of the last instances for an interface.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// How many failed one after the other without having begun a call.
    fruitless: u32,
    /// No further instance starts beside others until then: the last one could not.
    no_growth: Option<Instant>,
}

impl Attempts {
    /// Whether another instance may start beside others.
    pub(super) fn may_grow(&self) -> bool {
        self.no_growth.is_none_or(|until| until <= Instant::now())
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
                Ok(generation) => (Some(self.look(&mut state, Place::Anywhere(interface), generation)), woken, None),
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
            let Attempts { fruitless, no_growth } = &mut attempts[interface as usize];
            instances.retain(|other| !Arc::ptr_eq(other, instance));
            let stranded = queue.leave(instance.number);
            let shares = |other: &Arc<Instance>| other.interface == interface && queue.shares(other.number);
            let is_another_there = instances.iter().any(shares);
            if is_another_there && matches!(end, End::Refused(_) | End::Broken(_)) {
                *no_growth = Some(Instant::now() + growth::PAUSE);
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
            *fruitless = match instance.has_begun() {
                true => 0,
                false => *fruitless + u32::from(is_failure),
            };
            let error = match end {
                End::Dropped => {
                    *is_closed = true;
                    Some(Error::Closed)
                }
                End::Refused(error) if !is_another_there => Some(error.clone()),
                End::Broken(reason) if !is_another_there => Some(Error::Component(reason.clone())),
                End::Retired(reason @ Retirement::SharedMemory { .. }) if *fruitless >= ATTEMPTS => {
                    Some(Error::Retired { reason: reason.clone(), ids: Box::default() })
                }
                End::Retired(reason) if is_failure && *fruitless >= ATTEMPTS => {
                    Some(Error::Component(reason.to_string()))
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
