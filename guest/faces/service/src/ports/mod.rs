//! The API core's ports over the imports: the certificates, locks and blobs of one bucket.

mod all;
mod blobs;
mod certificates;
mod content;
mod error;
mod locks;
mod upload;

pub use all::BucketPorts;
pub use error::described;
