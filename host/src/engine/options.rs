//! How an engine is made.

use crate::config::Policy;
use crate::egress::{Proxies, TrustRoots};
use crate::engine_limits::EngineLimits;
use crate::error::{Error, SetupProblem};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::runtime::Handle;
use wasmtime::{Cache, CacheConfig, InstanceAllocationStrategy, PoolingAllocationConfig};

/// Where instances get their memory from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Allocation {
    /// From the operating system, when one starts, without a limit on their number: 30 µs an instance.
    OnDemand,
    /// From a pool of slots that is reserved beforehand, in address space though not in memory: 20 µs an instance, and
    /// no more than so many at a time. When all are taken, an idle one is evicted, and else calls wait.
    Pooled {
        /// Instances at a time, over all tenants.
        instances: u32,
        /// The largest memory that a tenant's [`Limits::memory`] may allow, in bytes.
        ///
        /// [`Limits::memory`]: crate::Limits::memory
        memory: usize,
    },
}

impl Default for Allocation {
    fn default() -> Self {
        Self::Pooled { instances: 256, memory: 256 << 20 }
    }
}

impl Allocation {
    pub(super) fn instances(self) -> Option<u32> {
        match self {
            Self::OnDemand => None,
            Self::Pooled { instances, .. } => Some(instances.max(1)),
        }
    }

    pub(super) fn memory(self) -> usize {
        match self {
            Self::OnDemand => usize::MAX,
            Self::Pooled { memory, .. } => memory,
        }
    }

    /// What to try when the engine can't be made.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::OnDemand => "",
            Self::Pooled { .. } => " (where address space is scarce, Allocation::OnDemand needs the least)",
        }
    }
}

/// How an engine is made.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    pub(super) allocation: Allocation,
    pub(super) cache: Option<PathBuf>,
    pub(super) runtime: Option<Handle>,
    pub(super) trust: TrustRoots,
    pub(super) bindings: BTreeMap<(String, u16), SocketAddr>,
    pub(super) policy: Policy,
    pub(super) proxies: Proxies,
    pub(super) limits: EngineLimits,
}

impl EngineOptions {
    /// A pool of 256 instances, no cache, the runtime it is made in, the usual certificate authorities.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where instances get their memory from.
    pub fn allocation(mut self, allocation: Allocation) -> Self {
        self.allocation = allocation;
        self
    }

    /// Keeps compiled components in this folder, which must be an absolute path: the next engine starts in milliseconds.
    ///
    /// What is in it is run as machine code: nobody else may be able to write there.
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// The tokio runtime, with I/O and time, that instances and calls run on. Default: the one that the engine is made
    /// in, or else one of its own.
    pub fn runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Which certificate authorities are believed.
    pub fn trust(mut self, roots: TrustRoots) -> Self {
        self.trust = roots;
        self
    }

    /// What the configs of tenants may name. Default: everything, for configs that the operator writes.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Connects to this address where a request goes to this host and port, as `curl --resolve` does. The address is not
    /// checked against those that no endpoint can have.
    pub fn resolve(mut self, host: &str, port: u16, address: SocketAddr) -> Self {
        self.bindings.insert((host.to_ascii_lowercase(), port), address);
        self
    }

    /// The proxies that requests go through. Default: none, whatever the environment says.
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// What all tenants may take together, as a file says it, in place of what was said before; what it does not say stays.
    pub fn limits(mut self, limits: EngineLimits) -> Self {
        self.limits = limits.or(&self.limits);
        self
    }

    /// Instances at a time.
    pub(super) fn instances(&self) -> Option<u32> {
        self.limits.instances.or(self.allocation.instances())
    }

    /// How many connections all tenants may have together, idle ones included. Default 4096, sixteen for each instance of the
    /// default pool; the process must be allowed as many open files (`LimitNOFILE` of systemd, `ulimit -n`).
    ///
    /// Of this and of the two bounds below no tenant gets more than is left over by then: alone it may have half, of two that
    /// want all they can get each has a third, and so on, so that there is always something for one more. A request that
    /// needs one more connection than that waits for it, no longer than it may take to connect.
    pub fn connections(mut self, count: usize) -> Self {
        self.limits.connections = Some(count);
        self
    }

    /// How many names may be looked up at once: a lookup blocks a thread of its own for as long as the name server takes.
    /// Default 256. Others wait, shared out as at [`EngineOptions::connections`].
    pub fn lookups(mut self, count: usize) -> Self {
        self.limits.lookups = Some(count);
        self
    }

    /// How many bytes of linear memory all instances may have together. Default 4 GiB, sixteen instances at the default of
    /// [`Limits::memory`](crate::Limits::memory). An instance that wants more than its tenant's share, as at
    /// [`EngineOptions::connections`], is stopped with [`Retirement::SharedMemory`](crate::Retirement::SharedMemory).
    pub fn total_memory(mut self, bytes: u64) -> Self {
        self.limits.memory = Some(bytes);
        self
    }

    /// How much of the time of the runtime's threads components may compute, in parts of a hundred, over each tenth of a second.
    /// Default 100: a service that shares its machine with others may want to leave them something.
    ///
    /// A tenant that is alone may compute all the time. Of several, one that has had its share, as at
    /// [`EngineOptions::connections`], pauses for the rest of the tenth of a second, so that a thread is free for whoever
    /// comes next: on two threads one that computes all the time has one of them, and two have two thirds of one each.
    pub fn processor_time(mut self, percent: u8) -> Self {
        self.limits.processor_time = Some(percent);
        self
    }

    /// For how long an instance that always has calls may keep its room while another tenant waits for some, where all of
    /// [`Allocation::Pooled`] is taken. Default 1 second: some thousand times what it takes to start one, and short beside the
    /// two minutes that a call waits by default. Then it takes no more calls, and what its tenant wants next waits in turn.
    pub fn turn(mut self, length: Duration) -> Self {
        self.limits.turn = Some(length);
        self
    }

    /// The settings of wasmtime. For benchmarks.
    #[doc(hidden)]
    pub fn wasmtime(&self) -> Result<wasmtime::Config, Error> {
        let mut config = wasmtime::Config::new();
        config.epoch_interruption(true);
        // The names of the component's functions are stripped: a backtrace would cost time and say nothing.
        config.wasm_backtrace_max_frames(None);
        if let (Allocation::Pooled { memory, .. }, Some(instances)) = (self.allocation, self.instances()) {
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(instances, memory)));
        }
        if let Some(folder) = &self.cache {
            let mut cache = CacheConfig::new();
            cache.with_directory(folder);
            let cache = Cache::new(cache)
                .map_err(|error| Error::Engine(SetupProblem::of(format!("the cache: {error:#}"), error)))?;
            config.cache(Some(cache));
        }
        Ok(config)
    }
}

/// A component is one module with a memory and some glue without: 8 modules and as many tables are room enough.
fn pool(instances: u32, memory: usize) -> PoolingAllocationConfig {
    const MODULES: u32 = 8;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(MODULES))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(MODULES))
        // Each call in flight has a stack while it computes, and no longer.
        .total_stacks(instances.saturating_mul(4).max(64))
        .max_memory_size(memory)
        .max_memories_per_component(1)
        .max_core_instances_per_component(MODULES)
        .max_tables_per_component(MODULES)
        .max_unused_warm_slots(16)
        // What a fresh instance touches at once stays, so that it is cleared instead of given back and faulted in again.
        .linear_memory_keep_resident(256 << 10)
        .table_keep_resident(16 << 10);
    pool
}
