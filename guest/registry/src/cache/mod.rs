//! What a process remembers of the storage.

mod content;
mod presence;

pub(crate) use content::ContentCache;
pub(crate) use presence::{Kind, Presence, PresenceCache};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex whose content is whole at every moment at which a panic can come.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
