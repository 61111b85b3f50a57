//! How much an instance may hold.

use crate::metrics::Meter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use wasmtime::ResourceLimiter;

/// Table elements: functions the component can call indirectly. Ours has some hundreds.
const TABLE_ELEMENTS: usize = 20_000;

/// Stops an instance that wants more memory than it may have. (To refuse and let it go on would leave it with a failed
/// allocation, of which Rust makes a trap that says nothing.)
pub(crate) struct MemoryLimit {
    bytes: usize,
    used: usize,
    /// Set when more was wanted.
    exceeded: Arc<AtomicBool>,
    meter: Arc<Meter>,
}

impl MemoryLimit {
    pub(crate) fn new(bytes: usize, meter: Arc<Meter>) -> Self {
        Self { bytes, used: 0, exceeded: Arc::default(), meter }
    }

    /// Whether more was wanted, for whoever asks after the store is gone.
    pub(crate) fn exceeded(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.exceeded)
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        // Over all memories together, should a component have several.
        let used = self.used.saturating_add(desired.saturating_sub(current));
        if used > self.bytes {
            self.exceeded.store(true, Relaxed);
            wasmtime::bail!("more than {} bytes of memory", self.bytes);
        }
        self.used = used;
        self.meter.memory.fetch_max(used as u64, Relaxed);
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}
