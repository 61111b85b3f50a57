//! What every face has in common: the imports of `ossicle:storage`, which the storage components give when a face is composed
//! with them, their settings from the environment, and streams of bytes.
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

/// The imports.
#[allow(unsafe_code, missing_docs, clippy::all, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit", "wit"],
        world: "ossicle:face-storage/storage",
        generate_all,
    });
}

mod memory;
mod problem;
mod settings;
pub mod streams;
pub mod variables;
pub mod writing;

pub use problem::Problem;
pub use settings::Settings;
