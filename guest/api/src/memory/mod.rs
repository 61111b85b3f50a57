//! Certificates, locks and blobs of one tenant in memory: for tests.
//!
//! They behave as those over the component do, as far as the ports state it. Time passes only when a test lets it pass, and every
//! call lets others have a turn first, so that calls that are made at once interleave.

mod blobs;
mod bucket;
mod certificates;
mod listing;
mod locks;
mod run;
mod upload;

pub use blobs::{MemoryContent, MemoryWalk};
pub use bucket::{MemoryTenant, START};
pub use locks::MemoryLease;
pub use run::run;
pub use upload::MemoryUpload;
