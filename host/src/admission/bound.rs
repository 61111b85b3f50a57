//! A bound on what all tenants of an engine take together, of which none can take so much that others get nothing.
//!
//! A tenant gets one more as long as it would then have no more than is left over: alone it can have half of what there is, of
//! two tenants that want all they can have each a third, of `n` each one part of `n + 1`, and as much is free for whoever comes
//! next. (In switches, where queues share one memory in this way, that is a dynamic threshold.) So nobody has to be made to give
//! something back for the sake of others, which could be done neither with a connection in use nor with memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// What all tenants may have together.
#[derive(Debug)]
pub(crate) struct Bound {
    most: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    used: u64,
    /// What each tenant has that has any.
    held: BTreeMap<u64, u64>,
    /// Those that wait for one each, in the order in which they came.
    waiting: BTreeMap<u64, Waiting>,
    came: u64,
}

struct Waiting {
    tenant: u64,
    granted: Box<dyn FnOnce(Held) + Send>,
}

/// A tenant's share in a bound. Its clones are the same share.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    bound: Arc<Bound>,
    tenant: u64,
}

/// What is taken of a share, and given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    share: Share,
    amount: u64,
}

impl State {
    /// Takes so much for a tenant, if it may have it.
    fn take(&mut self, most: u64, tenant: u64, amount: u64) -> bool {
        let held = self.held.get(&tenant).copied().unwrap_or(0);
        let left = most.saturating_sub(self.used);
        let may = held.checked_add(amount).is_some_and(|wanted| wanted <= left);
        if may && amount > 0 {
            self.used += amount;
            self.held.insert(tenant, held + amount);
        }
        may
    }

    fn give_back(&mut self, tenant: u64, amount: u64) {
        self.used -= amount;
        if let Some(held) = self.held.get_mut(&tenant) {
            *held -= amount;
            if *held == 0 {
                self.held.remove(&tenant);
            }
        }
    }

    /// The first of those who wait that may have one, among those whose tenant has the least.
    fn next(&mut self, most: u64) -> Option<Waiting> {
        let held = |waiting: &Waiting| self.held.get(&waiting.tenant).copied().unwrap_or(0);
        let (place, tenant) = {
            let least = self.waiting.iter().min_by_key(|(place, waiting)| (held(waiting), **place));
            least.map(|(place, waiting)| (*place, waiting.tenant))?
        };
        // Who has the least may, if anybody may.
        if self.take(most, tenant, 1) { self.waiting.remove(&place) } else { None }
    }
}

impl Bound {
    pub(crate) fn new(most: u64) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), state: Mutex::default() })
    }

    /// The share of one more tenant.
    pub(crate) fn share(self: &Arc<Self>) -> Share {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Share { bound: Arc::clone(self), tenant: LAST.fetch_add(1, Relaxed) }
    }

    /// How much all may have together.
    pub(crate) fn most(&self) -> u64 {
        self.most
    }

    /// How much all have.
    pub(crate) fn used(&self) -> u64 {
        self.state().used
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Does this with one of it, at once or when the tenant may have one.
    pub(crate) fn when_granted(&self, granted: impl FnOnce(Held) + Send + 'static) {
        self.queue(granted);
    }

    /// Its place among those who wait.
    fn queue(&self, granted: impl FnOnce(Held) + Send + 'static) -> u64 {
        let place = {
            let mut state = self.bound.state();
            state.came += 1;
            let place = state.came;
            state.waiting.insert(place, Waiting { tenant: self.tenant, granted: Box::new(granted) });
            place
        };
        self.grant();
        place
    }

    /// Waits for one of it. Who gives up waits no more.
    pub(crate) async fn one(&self) -> Held {
        let (tell, granted) = oneshot::channel();
        // One that is granted to who has given up meanwhile is dropped by the channel, which gives it back.
        let place = self.queue(|held| drop(tell.send(held)));
        let _place = Place { share: self, place };
        match granted.await {
            Ok(held) => held,
            // What waits in the bound is told or is taken out by its own place.
            Err(_) => std::future::pending().await,
        }
    }

    /// Nothing, which can grow.
    pub(crate) fn nothing(&self) -> Held {
        Held { share: self.clone(), amount: 0 }
    }

    /// Gives what there is to those who wait.
    fn grant(&self) {
        loop {
            let next = self.bound.state().next(self.bound.most);
            let Some(Waiting { tenant, granted }) = next else { return };
            // Not under the lock: the function may take what it likes.
            granted(Held { share: Share { bound: Arc::clone(&self.bound), tenant }, amount: 1 });
        }
    }
}

/// The place of one who waits, until this is dropped.
struct Place<'a> {
    share: &'a Share,
    place: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let waiting = self.share.bound.state().waiting.remove(&self.place);
        // Not under the lock.
        drop(waiting);
    }
}

impl Held {
    /// Takes more, or gives some back, so that it is so much. Whether the tenant may have that; if not, it stays as it was.
    pub(crate) fn resize(&mut self, amount: u64) -> bool {
        let Share { bound, tenant } = &self.share;
        if amount > self.amount {
            if !bound.state().take(bound.most, *tenant, amount - self.amount) {
                return false;
            }
        } else if amount < self.amount {
            bound.state().give_back(*tenant, self.amount - amount);
            self.share.grant();
        }
        self.amount = amount;
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.resize(0);
    }
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use futures_util::future::BoxFuture;
    use proptest::prelude::*;

    /// As many as a tenant gets without waiting.
    fn all(share: &Share) -> Vec<Held> {
        std::iter::from_fn(|| share.one().now_or_never()).collect()
    }

    #[test]
    fn tenants_that_want_everything_leave_as_much_as_each_of_them_has() {
        let bound = Bound::new(120);
        let mut held: Vec<Vec<Held>> = Vec::new();
        for expected in [60, 30, 15] {
            held.push(all(&bound.share()));
            assert_eq!(held.last().unwrap().len(), expected, "who comes late finds half of what is left");
        }
        let first = bound.share();
        drop(held);
        assert_eq!((bound.used(), all(&first).len()), (0, 60), "all of it comes back");
        // One is for whoever comes first, however little there is.
        let one = Bound::new(1).share();
        assert_eq!(all(&one).len(), 1);
    }

    #[test]
    fn who_waits_and_has_the_least_comes_first() {
        let bound = Bound::new(4);
        let (flooding, other, modest) = (bound.share(), bound.share(), bound.share());
        let held = all(&flooding);
        assert_eq!(held.len(), 2);
        let mut more: Vec<_> = (0..5).map(|_| Box::pin(flooding.one())).collect();
        assert!(more.iter_mut().all(|one| one.now_or_never().is_none()));
        let others = all(&other);
        let last = bound.share().one().now_or_never().expect("there is one for others");
        assert_eq!(others.len(), 1);
        let mut waits = Box::pin(modest.one());
        assert!((&mut waits).now_or_never().is_none(), "nothing is left");
        drop(last);
        assert!(more.iter_mut().all(|one| one.now_or_never().is_none()));
        let one = waits.now_or_never().expect("it came last and has the least");
        drop((one, others, held, more));
        assert_eq!(bound.used(), 0);
    }

    #[test]
    fn who_gives_up_waiting_is_in_nobodys_way() {
        let bound = Bound::new(2);
        let (share, other) = (bound.share(), bound.share());
        let held = all(&share);
        let kept = all(&other);
        assert_eq!((held.len(), kept.len()), (1, 1));
        let mut given_up = Box::pin(share.one());
        assert!((&mut given_up).now_or_never().is_none());
        drop(given_up);
        assert!(bound.state().waiting.is_empty(), "nor does it stay there");
        let mut waits = Box::pin(share.one());
        assert!((&mut waits).now_or_never().is_none());
        drop(held);
        assert!(waits.now_or_never().is_some());
    }

    #[test]
    fn what_grows_does_not_grow_beyond_what_is_left() {
        let bound = Bound::new(100);
        let (hoards, modest) = (bound.share(), bound.share());
        let mut much = hoards.nothing();
        assert!(much.resize(50) && !much.resize(51) && bound.used() == 50);
        let mut little = modest.nothing();
        assert!(little.resize(25) && !little.resize(26));
        assert!(much.resize(10) && little.resize(45) && bound.used() == 55);
        drop((much, little));
        assert_eq!(bound.used(), 0);
    }

    proptest! {
        /// Whatever comes and goes: never more than there is, one for each who has none as long as any is left, and nobody
        /// waits who may have one.
        #[test]
        fn nobody_waits_who_may_have_one(most in 1..12u64, steps in proptest::collection::vec((0..4usize, any::<bool>()), 0..60)) {
            let bound = Bound::new(most);
            let shares = [bound.share(), bound.share(), bound.share(), bound.share()];
            let mut held: [Vec<Held>; 4] = Default::default();
            let mut waiting: Vec<(usize, BoxFuture<'static, Held>)> = Vec::new();
            for (tenant, comes) in steps {
                if comes {
                    let share = shares[tenant].clone();
                    waiting.push((tenant, Box::pin(async move { share.one().await })));
                } else {
                    drop(held[tenant].pop());
                }
                // Until nothing moves: one that is granted may be polled late.
                let mut left = Vec::new();
                for (tenant, mut one) in std::mem::take(&mut waiting) {
                    match (&mut one).now_or_never() {
                        Some(one) => held[tenant].push(one),
                        None => left.push((tenant, one)),
                    }
                }
                waiting = left;
                let used: u64 = held.iter().map(|held| held.len() as u64).sum();
                prop_assert_eq!(bound.used(), used);
                prop_assert!(used <= most);
                for (tenant, _) in &waiting {
                    prop_assert!(held[*tenant].len() as u64 + 1 > most - used, "tenant {} waits", tenant);
                }
            }
            drop((held, waiting));
            prop_assert_eq!(bound.used(), 0);
        }
    }
}
