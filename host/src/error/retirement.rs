use std::time::Duration;

/// Why an instance takes no more calls.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Retirement {
    /// A call ran into its time limit. What it does can't be called back, so its instance goes.
    #[error("a call ran into its time limit")]
    CallTimedOut,
    /// It computed longer than [`Limits::cpu`] without coming back to the host.
    ///
    /// [`Limits::cpu`]: crate::Limits::cpu
    #[error("it computed for longer than {limit:?}")]
    Cpu {
        /// The limit.
        limit: Duration,
    },
    /// It wanted more memory than [`Limits::memory`].
    ///
    /// [`Limits::memory`]: crate::Limits::memory
    #[error("it wanted more than {limit} bytes of memory")]
    Memory {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It wanted more memory than its tenant may have of what all tenants of the engine share, by
    /// [`EngineOptions::total_memory`](crate::EngineOptions::total_memory).
    #[error("it had {used} bytes of memory and wanted more than its tenant's share of what is left")]
    SharedMemory {
        /// What it had, in bytes.
        used: usize,
    },
    /// It trapped: a defect of the component, or one of its limits.
    #[error("it trapped: {message}")]
    Trapped {
        /// What wasmtime says.
        message: String,
    },
    /// The host's own code panicked: a defect of Ossicle.
    #[error("the host panicked")]
    Panicked,
    /// There was no call for [`Limits::idle`], or another tenant needed the room.
    ///
    /// [`Limits::idle`]: crate::Limits::idle
    #[error("it was idle")]
    Idle,
    /// Another tenant waited for its room, and it had had its turn, by
    /// [`EngineOptions::turn`](crate::EngineOptions::turn), or its own tenant had another one.
    #[error("another tenant waited for its room")]
    Evicted,
    /// It reached [`Limits::age`] or [`Limits::calls_per_instance`].
    ///
    /// [`Limits::age`]: crate::Limits::age
    /// [`Limits::calls_per_instance`]: crate::Limits::calls_per_instance
    #[error("it served its time")]
    WornOut,
    /// The engine has a new component, or the tenant asked for a fresh instance.
    #[error("it is being replaced")]
    Replaced,
    /// The tenant was closed or dropped.
    #[error("the tenant was closed")]
    Closed,
}

impl Retirement {
    /// A short name for metrics: `cpu`, `trapped`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CallTimedOut => "call-timed-out",
            Self::Cpu { .. } => "cpu",
            Self::Memory { .. } => "memory",
            Self::SharedMemory { .. } => "shared-memory",
            Self::Evicted => "evicted",
            Self::Trapped { .. } => "trapped",
            Self::Panicked => "panicked",
            Self::Idle => "idle",
            Self::WornOut => "worn-out",
            Self::Replaced => "replaced",
            Self::Closed => "closed",
        }
    }
}
