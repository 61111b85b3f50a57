//! The state of locks within one instance: settings, memory and queues. Leases are not part of it.

use super::memory::Memory;
use super::options::LockSettings;
use super::queue::Queues;

/// An instance's state of the locks in one bucket, for calls that acquire them and for writes under their leases.
#[derive(Debug, Default)]
pub struct LocalState {
    pub(super) settings: LockSettings,
    pub(super) memory: Memory,
    pub(super) queues: Queues,
}

impl LocalState {
    /// A state that knows no lock yet.
    pub(super) fn new(settings: LockSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Whether a key of a storage, in normal form or as OSS lists it, belongs to the locks and is no data: the folder,
    /// everything below it, and with an interlock the lock objects of the Go module.
    pub(crate) fn owns(&self, key: &str) -> bool {
        let below = key.strip_prefix(self.settings.folder.as_str());
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            || self.settings.interlock.is_some() && key.ends_with(".lock")
    }
}
