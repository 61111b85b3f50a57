//! The Ossicle component, as bytes.

/// The component of `guest/`, which exports the world `ossicle:storage/ossicle`: WebAssembly in the component model's
/// binary format, ready for wasmtime 48 or any other host of WASI 0.3.
///
/// It imports `wasi:http`, `wasi:clocks` and `wasi:random`, nothing else.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle.wasm"));
