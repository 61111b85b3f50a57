//! How much an instance may hold.

use crate::admission::Held;
use crate::error::Retirement;
use crate::metrics::{Counted, Gauge, Meter};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};
use wasmtime::ResourceLimiter;

/// Table elements: functions the component can call indirectly. Ours has some hundreds.
const TABLE_ELEMENTS: usize = 20_000;

/// Stops an instance that wants more memory than it may have. (To refuse and let it go on would leave it with a failed
/// allocation, of which Rust makes a trap that says nothing.)
pub(crate) struct MemoryLimit {
    bytes: usize,
    used: usize,
    shown: Counted,
    /// Of what all tenants may have together.
    held: Held,
    /// Set when more was wanted than there is.
    exceeded: Arc<OnceLock<Retirement>>,
    meter: Arc<Meter>,
}

impl MemoryLimit {
    /// `held`: nothing yet of the tenant's share.
    pub(crate) fn new(bytes: usize, held: Held, meter: Arc<Meter>) -> Self {
        Self { bytes, used: 0, held, shown: meter.measure(Gauge::Memory, 0), exceeded: Arc::default(), meter }
    }

    /// Which limit was to be exceeded, if one was, for whoever asks after the store is gone.
    pub(crate) fn exceeded(&self) -> Arc<OnceLock<Retirement>> {
        Arc::clone(&self.exceeded)
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        // Over all memories together, should a component have several.
        let used = self.used.saturating_add(desired.saturating_sub(current));
        if used > self.bytes {
            self.exceeded.get_or_init(|| Retirement::Memory { limit: self.bytes });
            wasmtime::bail!("more than {} bytes of memory", self.bytes);
        }
        if !self.held.resize(used as u64) {
            self.exceeded.get_or_init(|| Retirement::SharedMemory { used: self.used });
            wasmtime::bail!("more than {} bytes of the memory that all tenants share", self.used);
        }
        self.used = used;
        self.shown.set(used as u64);
        self.meter.memory.fetch_max(used as u64, Relaxed);
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}
