//! The core of a container registry: the OCI Distribution protocol over a storage driver for Alibaba Cloud OSS, with
//! distribution's layout.
//!
//! It is plain async Rust over the ports of [`ports`] and knows no server, no runtime and no WASI, so that a native service
//! and a component can both be made of it.
#![deny(unsafe_code)]
#![cfg_attr(
    not(any(test, feature = "memory")),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod ports;
