//! What tells idle instances that others need their room.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::sync::Notify;

/// Instances that wait for room.
#[derive(Debug, Default)]
pub(crate) struct Pressure {
    waiting: AtomicUsize,
    one: Notify,
}

/// An instance that waits for room.
pub(super) struct Waiting<'a>(&'a Pressure);

impl Pressure {
    /// One more waits: an idle instance shall go, or the first that becomes idle.
    pub(super) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Relaxed);
        self.one.notify_one();
        Waiting(self)
    }

    /// Whether one waits.
    pub(crate) fn is_there(&self) -> bool {
        self.waiting.load(Relaxed) > 0
    }

    /// Ends when one begins to wait. Whoever can't make way for it hands it [`Pressure::on`].
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
