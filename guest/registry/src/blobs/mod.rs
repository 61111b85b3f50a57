//! Blobs.

mod delete;
mod get;
mod mount;
mod publish;

pub use get::is_unchanged;
