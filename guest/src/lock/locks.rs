//! The locks' part of a storage: settings and hints. Neither holds a lock: leases are in the hands of callers.

use super::memory::Memory;
use super::options::LockSettings;
use super::queue::Queue;

/// What a storage keeps for its locks.
#[derive(Debug, Default)]
pub struct Locks {
    pub(super) settings: LockSettings,
    pub(super) memory: Memory,
    pub(super) queue: Queue,
}

impl Locks {
    /// Nothing is known of any lock.
    pub fn new(settings: LockSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// The settings.
    pub fn settings(&self) -> &LockSettings {
        &self.settings
    }

    /// Whether a key of the storage, in normal form or as OSS lists it, is the locks' and so no data: the folder, what is
    /// below it, and beside a Go fleet the objects by which that locks.
    pub(crate) fn owns(&self, key: &str) -> bool {
        let below = key.strip_prefix(self.settings.folder.as_str());
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            || self.settings.interlock.is_some() && key.ends_with(".lock")
    }
}
