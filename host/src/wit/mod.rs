//! The WIT package: what wasmtime generates from it, and the records and errors that pass between the host and a component.

mod bindings;
mod blobs;
mod certificates;
mod config;
mod error;
mod keeping;
mod locks;
mod window;

pub(crate) use bindings::{blob_driver, cert_storage, lock, types};
