//! What the faces for HTTP have in common: they take requests of `wasi:http/handler` as those of the crate `http`, and give its
//! responses back. Bodies stream both ways, held back by whoever is slower, and one that breaks off is never a whole one.
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

/// The imports and the export.
#[allow(unsafe_code, missing_docs, clippy::all, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit", "wit"],
        world: "ossicle:face-http/http",
        generate_all,
        pub_export_macro: true,
    });
}

pub mod clocks;
pub mod log;
mod request;
mod request_body;
mod response;

pub use request::incoming;
pub use request_body::{BrokenBody, RequestBody};
pub use response::{outgoing, text};
