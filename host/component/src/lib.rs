//! The Ossicle components, as bytes: WebAssembly in the component model's binary format, ready for wasmtime 48 or any other
//! host of WASI 0.3. Each imports `wasi:http`, `wasi:clocks` and `wasi:random`, nothing else.

/// The component of `guest/` that keeps an ACME client's certificates: the world `ossicle:storage/certificates`, which exports
/// `cert-storage`.
pub const CERTIFICATES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-certificates.wasm"));

/// The component of `guest/` that keeps a registry's blobs: the world `ossicle:storage/blobs`, which exports `blob-driver`.
pub const BLOBS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-blobs.wasm"));
