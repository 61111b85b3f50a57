//! Admission by bytes: calls wait until the memory of an instance has room for what they hold there. Each instance has its own.
//!
//! An instance that wants more than [`Limits::memory`](crate::Limits::memory) is stopped, and every call in it fails. So
//! calls say how many bytes they hold: a store twice its value, an upload its parts. What waits is waited for before a byte
//! of it is read. The [`Ledger`] decides who waits.

use super::ledger::{Id, Ledger};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The memory of an instance, and who holds how much of it.
#[derive(Debug)]
pub(crate) struct Admission(Mutex<Ledger>);

/// What a call holds of it. Dropped, it is given back.
#[derive(Debug)]
pub(crate) struct Reservation {
    admission: Arc<Admission>,
    account: Id,
    most: u64,
}

impl Admission {
    /// For an instance with so many bytes of memory, of which an eighth is kept for what is not counted: the instance's own
    /// data, and calls that state no bytes. And one part, which is what the component's allocator leaves unused where uploads
    /// come and go.
    pub(crate) fn new(memory: usize, part: u64) -> Arc<Self> {
        let memory = memory as u64;
        let kept = memory / 8 + part.min(memory / 8);
        Arc::new(Self(Mutex::new(Ledger::new(memory - kept))))
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the ledger, and wakes those who got something by it.
    fn change<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        let mut ledger = self.ledger();
        let changed = change(&mut ledger);
        let woken = ledger.woken();
        drop(ledger);
        woken.into_iter().for_each(Waker::wake);
        changed
    }

    /// A reservation that holds nothing yet. With `most` bytes its call can come to its end.
    pub(crate) fn open(self: &Arc<Self>, most: u64) -> Reservation {
        self.reservation(most, false)
    }

    /// One of a call that runs already.
    pub(crate) fn open_within_a_call(self: &Arc<Self>, most: u64) -> Reservation {
        self.reservation(most, true)
    }

    fn reservation(self: &Arc<Self>, most: u64, has_begun: bool) -> Reservation {
        let account = self.ledger().open(most, has_begun);
        Reservation { admission: Arc::clone(self), account, most }
    }

    /// The instance has ended, and with it everything that was held there: nobody waits for room in it any more.
    pub(crate) fn end(&self) {
        self.change(Ledger::end);
    }
}

impl Reservation {
    /// Ready once so many bytes are held.
    pub(crate) fn poll_hold(&self, bytes: u64, cx: &Context<'_>) -> Poll<()> {
        if self.admission.change(|ledger| ledger.ask(self.account, bytes, cx.waker())) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Waits until so many bytes are held. Dropped before, it asks for nothing more.
    pub(crate) async fn hold(&self, bytes: u64) {
        let _pending = PendingHold(self);
        poll_fn(|cx| self.poll_hold(bytes, cx)).await;
    }

    /// Waits until everything is held that it was opened for.
    pub(crate) async fn all(&self) {
        self.hold(self.most).await;
    }

    /// Holds no more than so many bytes, and asks for no more than it has.
    pub(crate) fn reduce(&self, bytes: u64) {
        self.admission.change(|ledger| ledger.reduce(self.account, bytes));
    }

    /// Asks for no more than it has.
    pub(crate) fn stop_asking(&self) {
        self.admission.change(|ledger| ledger.stop_asking(self.account));
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.admission.change(|ledger| ledger.close(self.account));
    }
}

/// A reservation that waits for room. Dropped, it waits no more.
struct PendingHold<'a>(&'a Reservation);

impl Drop for PendingHold<'_> {
    fn drop(&mut self) {
        self.0.stop_asking();
    }
}
