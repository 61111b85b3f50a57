//! The core of the Ossicle components: a client of Alibaba Cloud OSS, and the certificate storage and the driver of blobs above
//! it.
//!
//! It is plain async Rust over the ports of [`ports`] and knows no WASI, so it compiles and is tested natively. The
//! module `wasi`, which exists in the WebAssembly build alone, turns the exports of the WIT package into calls of the core
//! and the ports into WASI imports: those of 0.3, or by the feature `p2` those of 0.2.
//!
//! A call travels down: [`cert::Storage`] speaks in OSS operations, [`oss::Client`] signs, sends, retries and checks them,
//! [`ports::Transport`] carries them.
#![deny(unsafe_code)]
#![cfg_attr(
    not(any(test, fuzzing)),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

pub mod blob;
pub mod cert;
pub mod checksum;
mod common_prefix;
pub mod config;
pub mod credentials;
pub mod encryption;
pub mod endpoint;
pub mod error;
pub mod foreign_text;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod json;
pub mod key;
pub mod lock;
pub mod message;
pub mod oss;
pub mod ports;
pub mod signature;
#[cfg(any(test, all(target_arch = "wasm32", any(feature = "certificates", feature = "blobs"))))]
mod stall;
pub mod wake_signal;

#[cfg(test)]
mod testing;

#[cfg(all(target_arch = "wasm32", any(feature = "certificates", feature = "blobs")))]
mod wasi;
