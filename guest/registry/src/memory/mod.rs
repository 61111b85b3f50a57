//! The storage driver in memory, with a clock and random numbers of its own: for tests.
//!
//! It behaves as the driver over the emulator does, as far as [`crate::ports::Storage`] states it, and records the
//! requests that a driver would send to OSS. Time passes only when a test or a sleep lets it pass.

mod client;
mod content;
mod fault;
mod listing;
mod objects;
mod requests;
mod storage;
mod upload;
mod writer;

pub use client::{Driver, run};
pub use content::MemoryContent;
pub use fault::Fault;
pub use requests::{Operation, Request};
pub use writer::MemoryWriter;
