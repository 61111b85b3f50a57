//! The API core's ports over the library: the certificates, locks and blobs of a tenant.

mod all;
mod blobs;
mod certificates;
mod content;
mod error;
mod locks;
mod time;
mod upload;

pub use all::BucketPorts;
