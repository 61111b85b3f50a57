//! Locks on the host's side. The component knows how to get, keep and release a lease; what takes time is here: waiting in
//! pieces, standing in line, renewing in the background, and noticing that a lease is lost.
//!
//! No lock lives in an instance of the component. An instance may be dropped and replaced at any moment, and a lease goes on
//! in the next.

mod acquire;
mod error;
mod guard;
mod handle;
mod lease;
mod lease_text;
mod locker;
mod renewal;
mod tenure;

pub(crate) mod operations;

pub use error::LockError;
pub use guard::LockGuard;
pub use handle::Locks;
pub use lease::{Holder, Lease, LockInfo, LockState, Unlocked, Written};
pub use locker::Locker;
