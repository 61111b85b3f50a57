//! A container registry as a component, for hosts that serve HTTP (`wasi:http/handler`), such as `wasmtime serve` and wasmCloud.
//!
//! The core of `ossicle-registry` does all of it; here are its ports over the imports, and its options from the environment. A
//! host may run many instances, and each only for some requests: what an upload is at is kept in OSS at the end of each request,
//! and whichever instance has the next one goes on with it.
//!
//! It exists in the WebAssembly build alone.
#![cfg(target_arch = "wasm32")]
#![deny(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod access;
mod environment;
mod handler;
mod opening;
mod options;
mod ports;
mod storage;

#[allow(unsafe_code)]
mod export {
    use crate::handler::Face;
    ossicle_face_http::bindings::export!(Face with_types_in ossicle_face_http::bindings);
}
