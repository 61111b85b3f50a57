//! The components of WASI 0.2 in a small host of their own: wasmtime without support for concurrent calls, and two HTTP clients.

mod bindings;
mod blobs;
mod certificates;
mod client;
mod config;
mod instance;

pub use bindings::{cert_storage, types};
pub use blobs::{Blobs, PIECE};
pub use certificates::Certificates;
pub use client::Client;
pub use instance::{Imports, Linked};
