//! What wasmtime generates from the WIT package.
#![allow(missing_docs, clippy::all, clippy::pedantic)]

wasmtime::component::bindgen!({
    path: "wit",
    world: "ossicle:storage/ossicle",
    exports: { default: async | store },
    with: {
        "wasi:http": wasmtime_wasi_http::p3::bindings::http,
        "wasi:clocks": wasmtime_wasi::p3::bindings::clocks,
        "wasi:random": wasmtime_wasi::p3::bindings::random,
    },
});

pub(crate) use exports::ossicle::storage::{blob_driver, cert_storage, lock, types};
