//! Ossicle's certificate storage for programs that get their certificates by ACME.
//!
//! * [`CertmagicStorage`] is what the crate certmagic keeps its certificates, accounts and challenges in, and locks by.
//! * [`RustlsAcmeCache`] is what rustls-acme loads its certificate and account from; [`keep`] lets a fleet place one order.
//!
//! Each has a feature of its own. What is written under a lock is refused by OSS itself once the lock's lease is over, so a
//! holder that stalls, or whose write is late, destroys nothing of its successor's.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

#[cfg(feature = "certmagic")]
mod certmagic_storage;
#[cfg(feature = "rustls-acme")]
mod rustls_acme_cache;

#[cfg(feature = "certmagic")]
pub use certmagic_storage::{CertmagicStorage, issuer_key};
#[cfg(feature = "rustls-acme")]
pub use rustls_acme_cache::{AcmeResolver, CacheError, RustlsAcmeCache, keep};

// Whose handles and errors are in those here.
pub use ossicle;
#[cfg(feature = "rustls-acme")]
pub use rustls_acme::AcmeConfig;
#[cfg(feature = "rustls-acme")]
pub use tokio::runtime::Handle;

/// What the README shows compiles.
#[cfg(all(doctest, feature = "certmagic", feature = "rustls-acme"))]
#[doc = include_str!("../README.md")]
struct Readme;
