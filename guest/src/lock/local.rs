//! An instance's own state of its locks: settings, memory and queues. None of them holds a lock.

use super::memory::Memory;
use super::options::LockSettings;
use super::queue::Queue;

/// What an instance keeps of the locks in one bucket, for those who get them and for those who write under their leases.
#[derive(Debug, Default)]
pub struct LocalState {
    pub(super) settings: LockSettings,
    pub(super) memory: Memory,
    pub(super) queue: Queue,
}

impl LocalState {
    /// Nothing is known of any lock.
    pub(super) fn new(settings: LockSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Whether a key of a storage, in normal form or as OSS lists it, is the locks' and so no data: the folder, what is
    /// below it, and beside a Go fleet the objects by which that locks.
    pub(crate) fn owns(&self, key: &str) -> bool {
        let below = key.strip_prefix(self.settings.folder.as_str());
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            || self.settings.interlock.is_some() && key.ends_with(".lock")
    }
}
