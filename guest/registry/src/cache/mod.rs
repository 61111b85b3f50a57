//! Caches of what a process has read from the storage.

mod content;

pub(crate) use content::ContentCache;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex whose content is consistent whenever a panic can occur.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
