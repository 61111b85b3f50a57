//! How much an instance may hold.

use super::stopwatch::Vitals;
use crate::metrics::Meter;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use wasmtime::ResourceLimiter;

/// Table elements: functions the component can call indirectly. Ours has some hundreds.
const TABLE_ELEMENTS: usize = 20_000;

/// Stops an instance that wants more memory than it may have. (To refuse and let it go on would leave it with a failed
/// allocation, of which Rust makes a trap that says nothing.)
pub(super) struct MemoryLimit {
    bytes: usize,
    used: usize,
    vitals: Arc<Vitals>,
    meter: Arc<Meter>,
}

impl MemoryLimit {
    pub(super) fn new(bytes: usize, vitals: Arc<Vitals>, meter: Arc<Meter>) -> Self {
        Self { bytes, used: 0, vitals, meter }
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        // Over all memories together, should a component have several.
        let used = self.used.saturating_add(desired.saturating_sub(current));
        if used > self.bytes {
            self.vitals.memory_refused();
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
