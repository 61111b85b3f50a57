//! The `ossicle` command as a component, for hosts that run commands (`wasi:cli/run`), such as `wasmtime run`: the verbs of
//! `cert`, `lock` and `blob` that need no files. Bytes come by standard input and go to standard output, settings come from
//! the environment, and the exit codes are those of the command.
//!
//! It does nothing itself: it imports `ossicle:storage`, which the storage components export that it is composed with. What
//! it has in common with the native command is in `ossicle-terms`; the modules that call imports exist in the WebAssembly
//! build alone.
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

mod arguments;
mod help;
mod options;
mod usage;

#[cfg(target_arch = "wasm32")]
mod component;

pub use arguments::{Blob, Cert, Command, Lock, Part, parse};
pub use help::HELP;
pub use usage::Usage;
