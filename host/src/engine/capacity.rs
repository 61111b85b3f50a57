//! How many instances may be alive at once in the process, and what tells idle ones that others need their room.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// The room for instances, and those that wait for it.
#[derive(Debug)]
pub(crate) struct Capacity {
    /// None where there may be any number.
    room: Option<Arc<Semaphore>>,
    waiting: AtomicUsize,
    one: Notify,
}

/// Room that an instance has without having waited for it.
#[derive(Debug)]
pub(crate) struct Spare(pub(crate) Option<OwnedSemaphorePermit>);

/// An instance that waits for room.
struct Waiting<'a>(&'a Capacity);

impl Capacity {
    /// Room for so many instances.
    pub(super) fn new(instances: Option<u32>) -> Self {
        let room = instances.map(|count| Arc::new(Semaphore::new(count as usize)));
        Self { room, waiting: AtomicUsize::new(0), one: Notify::new() }
    }

    /// Room for one more instance. Asks an idle one to go where there is none.
    pub(crate) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        let room = Arc::clone(self.room.as_ref()?);
        if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
            return Some(permit);
        }
        let _waiting = self.wait();
        room.acquire_owned().await.ok()
    }

    /// Room for one more instance, where there is some and nobody waits for it.
    pub(crate) fn spare(&self) -> Option<Spare> {
        match &self.room {
            None => Some(Spare(None)),
            Some(_) if self.is_there() => None,
            Some(room) => Arc::clone(room).try_acquire_owned().ok().map(|permit| Spare(Some(permit))),
        }
    }

    /// One more waits: an idle instance shall go, or the first that becomes idle.
    fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Relaxed);
        self.one.notify_one();
        Waiting(self)
    }

    /// Whether one waits.
    pub(crate) fn is_there(&self) -> bool {
        self.waiting.load(Relaxed) > 0
    }

    /// Ends when one begins to wait. Whoever can't make way for it hands it [`Capacity::on`].
    pub(crate) async fn felt(&self) {
        self.one.notified().await;
    }

    /// Lets another instance feel it.
    pub(crate) fn on(&self) {
        self.one.notify_one();
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Relaxed);
    }
}
