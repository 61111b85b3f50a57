//! The bounds that all tenants of an engine share: connections, name lookups and memory, and how much of each is in use.

use super::handle::Engine;
use super::processor::{Processor, ProcessorShare};
use crate::admission::{Bound, Share};
use crate::engine_limits::EngineLimits;
use std::sync::Arc;

/// Connections of all tenants: sixteen for each of the instances of the default pool.
const CONNECTIONS: usize = 16 * 256;
/// Threads that look names up: two megabytes of address space each, and next to no memory.
const LOOKUPS: usize = 256;
/// Linear memory of all instances: sixteen of them at the default of [`Limits::memory`](crate::Limits::memory), which few
/// tenants reach at a time.
const MEMORY: u64 = 16 * (256 << 20);

/// What all tenants of an engine may have together.
pub(super) struct Bounds {
    connections: Arc<Bound>,
    lookups: Arc<Bound>,
    memory: Arc<Bound>,
    processor: Arc<Processor>,
}

/// A tenant's shares in them.
#[derive(Clone)]
pub(crate) struct Shares {
    pub(crate) connections: Share,
    pub(crate) lookups: Share,
    /// In bytes.
    pub(crate) memory: Share,
    pub(crate) processor: ProcessorShare,
}

/// What all tenants of an engine have together, of what they may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Instances; those that wait for room are in each tenant's [`Gauges`](crate::Gauges).
    pub instances: Level,
    /// Connections that are open or being made.
    pub connections: Level,
    /// Names that are being looked up.
    pub lookups: Level,
    /// Bytes of the linear memory of instances.
    pub memory: Level,
}

/// How much there is of something, and how much there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Level {
    /// How much there is.
    pub used: u64,
    /// How much there may be; none where that is not limited.
    pub most: Option<u64>,
}

impl Bounds {
    /// For a runtime with so many threads.
    pub(super) fn new(limits: &EngineLimits, threads: usize) -> Self {
        Self {
            connections: Bound::new(limits.connections.unwrap_or(CONNECTIONS) as u64),
            lookups: Bound::new(limits.lookups.unwrap_or(LOOKUPS) as u64),
            memory: Bound::new(limits.memory.unwrap_or(MEMORY)),
            processor: Processor::new(threads, limits.processor_time.unwrap_or(100)),
        }
    }

    /// As many threads look names up.
    pub(super) fn lookups(&self) -> usize {
        usize::try_from(self.lookups.most()).unwrap_or(usize::MAX)
    }

    /// The shares of one more tenant.
    pub(super) fn shares(&self) -> Shares {
        Shares {
            connections: self.connections.share(),
            lookups: self.lookups.share(),
            memory: self.memory.share(),
            processor: self.processor.share(),
        }
    }
}

impl Engine {
    /// What all tenants have together, of what they may have.
    pub fn usage(&self) -> Usage {
        let Bounds { connections, lookups, memory, processor: _ } = self.shared().bounds();
        let level = |bound: &Bound| Level { used: bound.used(), most: Some(bound.most()) };
        let (used, most) = self.shared().capacity().level();
        Usage {
            instances: Level { used, most },
            connections: level(connections),
            lookups: level(lookups),
            memory: level(memory),
        }
    }
}
