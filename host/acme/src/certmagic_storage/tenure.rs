//! Locks that certmagic holds.

use super::failure;
use certmagic::error::Result;
use certmagic::storage::LockRelease;
use futures_util::future::BoxFuture;
use ossicle::{LockGuard, Unlocked};
use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// What a storage holds at the moment, by the locks' names.
#[derive(Default)]
pub(super) struct Tenures(Mutex<HashMap<String, Weak<Tenure>>>);

/// A lock from when certmagic got it until it is released.
pub(super) struct Tenure {
    name: String,
    /// Where it was got: a write under it is refused anywhere else.
    pub(super) home: Arc<Tenures>,
    /// Taken by whoever releases it. A write that is under way has it as well.
    guard: Mutex<Option<Arc<LockGuard>>>,
}

impl Tenures {
    pub(super) fn begin(self: &Arc<Self>, name: &str, guard: LockGuard) -> Arc<Tenure> {
        let guard = Mutex::new(Some(Arc::new(guard)));
        let tenure = Arc::new(Tenure { name: name.to_owned(), home: Arc::clone(self), guard });
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, tenure| tenure.strong_count() > 0);
        held.insert(name.to_owned(), Arc::downgrade(&tenure));
        tenure
    }

    /// The newest tenure of a name, if it was not released.
    pub(super) fn find(&self, name: &str) -> Option<Arc<Tenure>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(name).and_then(Weak::upgrade).filter(|tenure| tenure.guard().is_some())
    }
}

impl Tenure {
    /// What to write under; none once it is released.
    pub(super) fn guard(&self) -> Option<Arc<LockGuard>> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self) -> Option<Arc<LockGuard>> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Releases it and waits until that is done. Dropped on the way, it goes on.
    pub(super) async fn end(&self) -> Result<()> {
        let Some(guard) = self.take() else { return Ok(()) };
        match Arc::try_unwrap(guard) {
            Ok(guard) => match guard.unlock().await {
                Ok(Unlocked::Released | Unlocked::AlreadyGone) => Ok(()),
                // Nothing of the successor's was touched, and OSS refused what came late.
                Ok(Unlocked::Lost) => {
                    tracing::warn!(name = self.name, "the lock was lost before it was released");
                    Ok(())
                }
                Err(error) => Err(failure::of_lock(&self.name, &error)),
            },
            // A write is under way: the lock is released when that has ended.
            Err(guard) => {
                let released = guard.lost().clone();
                drop(guard);
                released.cancelled().await;
                Ok(())
            }
        }
    }
}

/// What certmagic's guard releases it by.
pub(super) struct Release(pub(super) Arc<Tenure>);

impl LockRelease for Release {
    fn write_fence(&self) -> Option<&(dyn Any + Send + Sync)> {
        Some(&self.0)
    }

    fn release(&self) {
        drop(self.0.take());
    }

    fn is_valid(&self) -> bool {
        self.0.guard().is_some_and(|guard| guard.check().is_ok())
    }

    fn release_async(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.0.end())
    }
}
