//! The Ossicle components, as bytes: WebAssembly in the component model's binary format, ready for wasmtime 48 or any other
//! host of WASI 0.3. The storage components import `wasi:http`, `wasi:clocks` and `wasi:random`, nothing else. A face imports
//! what it shows itself by besides, and the storage components are in it, byte by byte.

/// The component of `guest/` that keeps an ACME client's certificates: the world `ossicle:storage/certificates`, which exports
/// `cert-storage`.
pub const CERTIFICATES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-certificates.wasm"));

/// The component of `guest/` that keeps a registry's blobs: the world `ossicle:storage/blobs`, which exports `blob-driver`.
pub const BLOBS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-blobs.wasm"));

/// The face of the command line, of `guest/faces/command`, with both storage components in it: a program for hosts that run
/// commands (`wasi:cli/run`), such as `wasmtime run`. It imports `wasi:cli` for the environment and standard streams besides.
pub const COMMAND: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-command.wasm"));
