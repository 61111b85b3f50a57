//! The WASI 0.3 flavour: the package's exports in terms of the core, the core's ports in terms of `wasi:http`,
//! `wasi:clocks` and `wasi:random`.

#[allow(unsafe_code, missing_docs, clippy::all, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
mod bindings {
    // Names of worlds are no expressions, so each has its own.
    #[cfg(all(feature = "certificates", not(feature = "blobs")))]
    wit_bindgen::generate!({ path: "wit", world: "certificates", generate_all });
    #[cfg(all(feature = "blobs", not(feature = "certificates")))]
    wit_bindgen::generate!({ path: "wit", world: "blobs", generate_all });
    #[cfg(all(feature = "certificates", feature = "blobs"))]
    wit_bindgen::generate!({ path: "wit", world: "ossicle", generate_all });
}

#[cfg(feature = "blobs")]
mod background;
#[cfg(feature = "blobs")]
mod blob_driver;
#[cfg(feature = "certificates")]
mod cert_storage;
mod clocks;
mod config;
mod credentials;
#[cfg(feature = "certificates")]
mod encryption;
mod error;
mod lock;
mod memory;
mod options;
mod transport;

/// The ports of this flavour. It holds nothing: they are imports of the instance.
struct Wasi;

struct Component;

#[allow(unsafe_code)]
mod export {
    use super::Component;
    super::bindings::export!(Component with_types_in super::bindings);
}
