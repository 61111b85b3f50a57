//! The engine: the components compiled once, and what all tenants share.

mod body;
mod bounds;
mod capacity;
mod client;
mod components;
mod exports;
mod handle;
mod heads;
mod memory;
mod options;
mod processor;
mod runtime;
mod store;
mod ticker;

pub use bounds::{Level, Usage};
pub use handle::Engine;
pub use options::{Allocation, EngineOptions};

pub(crate) use body::handed_on;
pub(crate) use bounds::Shares;
pub(crate) use capacity::{Capacity, Eviction, Spare};
pub(crate) use components::{Generation, Interface};
pub(crate) use exports::{Exports, StorageExports};
pub(crate) use handle::Shared;
pub(crate) use memory::MemoryLimit;
pub(crate) use processor::ProcessorShare;
pub(crate) use store::StoreData;
pub(crate) use ticker::{Activity, TICK};
