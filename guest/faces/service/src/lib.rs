//! Certificates, locks and blobs of one bucket over HTTP as a component, for hosts that serve HTTP (`wasi:http/handler`), such
//! as `wasmtime serve` and wasmCloud.
//!
//! The core of `ossicle-api` does all of it; here are its ports over the imports, and who may do what, from the environment.
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

mod handler;
mod opening;
mod ports;
mod tokens;

#[allow(unsafe_code)]
mod export {
    use crate::handler::Face;
    ossicle_face_http::bindings::export!(Face with_types_in ossicle_face_http::bindings);
}
