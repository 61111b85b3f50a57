//! How many instances may be alive at once in the process, and what tells idle ones that others need their room.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// How long an instance may keep its room while others wait: see [`EngineOptions::turn`](crate::EngineOptions::turn).
pub(super) const TURN: Duration = Duration::from_secs(1);

/// How long an idle instance has to end for one that waits, before an instance that is not idle is evicted.
const GRACE: Duration = Duration::from_millis(100);

/// The room for instances, and those that wait for it.
#[derive(Debug)]
pub(crate) struct Capacity {
    /// What is left of it, and how much there is; none where there may be any number.
    room: Option<(Arc<Semaphore>, u32)>,
    alive: AtomicU64,
    waiting: AtomicUsize,
    /// Told of each that begins to wait.
    waiter: Notify,
    turn: Duration,
    evictions: Mutex<Evictions>,
}

/// The evictions of instances that have not ended yet.
#[derive(Debug, Default)]
struct Evictions {
    count: usize,
    /// When the last one began.
    last: Option<Instant>,
}

/// That an instance takes no more calls so that another one has its room. To be dropped once it has ended.
#[derive(Debug)]
pub(crate) struct Eviction(Arc<Capacity>);

/// Room that an instance has without having waited for it.
#[derive(Debug)]
pub(crate) struct Spare(pub(crate) Room);

/// Room that an instance has, until it is dropped.
#[derive(Debug)]
pub(crate) struct Room {
    _permit: Option<OwnedSemaphorePermit>,
    capacity: Arc<Capacity>,
}

/// An instance that waits for room.
struct Waiting<'a>(&'a Capacity);

impl Capacity {
    /// Room for so many instances.
    pub(super) fn new(instances: Option<u32>, turn: Duration) -> Self {
        let room = instances.map(|count| (Arc::new(Semaphore::new(count as usize)), count));
        let (waiting, waiter, evictions) = (AtomicUsize::new(0), Notify::new(), Mutex::default());
        Self { room, alive: AtomicU64::new(0), waiting, waiter, turn, evictions }
    }

    /// How many instances there are and may be.
    pub(super) fn level(&self) -> (u64, Option<u64>) {
        (self.alive.load(Relaxed), self.room.as_ref().map(|(_, most)| u64::from(*most)))
    }

    fn give(self: &Arc<Self>, permit: Option<OwnedSemaphorePermit>) -> Room {
        self.alive.fetch_add(1, Relaxed);
        Room { _permit: permit, capacity: Arc::clone(self) }
    }

    /// Ends when an instance that has had its room since then, and always has calls, is to be evicted because another one waits.
    pub(crate) async fn turn_is_over(self: &Arc<Self>, since: Instant) -> Eviction {
        loop {
            let left = self.turn.saturating_sub(since.elapsed());
            tokio::time::sleep(left.max(GRACE)).await;
            let mut evictions = self.evictions.lock().unwrap_or_else(PoisonError::into_inner);
            // One for each that waits, and another where those take longer than a turn.
            let is_enough = evictions.count >= self.waiting.load(Relaxed)
                && evictions.last.is_none_or(|last| last.elapsed() < self.turn);
            if self.has_waiting() && !is_enough {
                (evictions.count, evictions.last) = (evictions.count + 1, Some(Instant::now()));
                return Eviction(Arc::clone(self));
            }
        }
    }

    /// Room for one more instance. Asks an idle one to go where there is none.
    pub(crate) async fn room(self: &Arc<Self>) -> Room {
        let Some((room, _)) = &self.room else { return self.give(None) };
        if let Ok(permit) = Arc::clone(room).try_acquire_owned() {
            return self.give(Some(permit));
        }
        let _waiting = self.wait();
        // It is never closed, so it is acquired.
        self.give(Arc::clone(room).acquire_owned().await.ok())
    }

    /// Room for one more instance, where there is some and nobody waits for it.
    pub(crate) fn spare(self: &Arc<Self>) -> Option<Spare> {
        let permit = match &self.room {
            None => None,
            Some(_) if self.has_waiting() => return None,
            Some((room, _)) => Some(Arc::clone(room).try_acquire_owned().ok()?),
        };
        Some(Spare(self.give(permit)))
    }

    /// One more waits: an idle instance is to end, or the first that becomes idle.
    fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Relaxed);
        self.waiter.notify_one();
        Waiting(self)
    }

    /// Whether one waits.
    pub(crate) fn has_waiting(&self) -> bool {
        self.waiting.load(Relaxed) > 0
    }

    /// Ends when one begins to wait. One instance is told of it, which passes it on ([`Capacity::tell_another`]) if it can't end.
    pub(crate) async fn waiter(&self) {
        self.waiter.notified().await;
    }

    /// Tells another instance that one waits.
    pub(crate) fn tell_another(&self) {
        self.waiter.notify_one();
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.capacity.alive.fetch_sub(1, Relaxed);
    }
}

impl Drop for Eviction {
    fn drop(&mut self) {
        self.0.evictions.lock().unwrap_or_else(PoisonError::into_inner).count -= 1;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Relaxed);
    }
}
