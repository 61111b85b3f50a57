//! Signing of requests: pure functions over ordered views, one file per version.
//!
//! OSS documentation: *Include a V4 signature in the Authorization header*, *Include a V4 signature in a URL*, and the same
//! two of V1.

pub mod encode;
mod hash;
mod moment;
pub mod rpc;
pub mod v1;
pub mod v4;
mod view;

pub use moment::Moment;
pub use view::{CanonicalHeaders, Query, Subject};

#[cfg(test)]
mod vectors;
