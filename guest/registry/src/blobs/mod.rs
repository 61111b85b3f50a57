//! Blobs.

mod delete;
mod get;
mod mount;
mod publish;

pub(crate) use get::is_unchanged;
