//! Implements the package's exports with the core, and the core's ports with WASI.
//!
//! There are two flavours: `p3` for WASI 0.3, and by the feature `p2` one for WASI 0.2, whose WIT package is that of
//! 0.3 without what 0.2 lacks (`wit/p2`). A build has one of them. Code that is the same in both is here, because the
//! bindings have the same names in both. The flavours differ in how a call waits, how it calls the host, and how bytes
//! are passed.

#[allow(unsafe_code, missing_docs, clippy::all, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
mod bindings;

#[cfg(feature = "p2")]
#[macro_use]
mod p2;
#[cfg(not(feature = "p2"))]
#[macro_use]
mod p3;

#[cfg(feature = "blobs")]
mod background;
#[cfg(feature = "blobs")]
mod blob_driver;
#[cfg(feature = "certificates")]
mod cert_storage;
mod config;
mod credentials;
#[cfg(feature = "certificates")]
mod encryption;
mod error;
mod exchange;
mod lock;
mod memory;
mod random;

/// The ports of this flavour. The type has no fields, because the ports are imports of the instance.
struct Wasi;

struct Component;

#[allow(unsafe_code)]
mod export {
    use super::Component;
    super::bindings::export!(Component with_types_in super::bindings);
}
