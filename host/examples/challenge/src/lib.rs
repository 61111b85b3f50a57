//! A filter for Plecto that answers challenges of ACME from a bucket: `GET /.well-known/acme-challenge/<token>`. Whoever orders
//! the certificates and shares the bucket, a Caddy for instance, has stored them there. All other requests go on.
//!
//! Which requests are challenges, where they are looked up and what answers them, is apart from Plecto and tested without it.

pub mod authority;
#[cfg(target_arch = "wasm32")]
mod component;
pub mod lookup;
pub mod published;
pub mod request;
#[cfg(target_arch = "wasm32")]
mod settings;
