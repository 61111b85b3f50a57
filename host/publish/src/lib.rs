//! Publishes WebAssembly components as OCI artifacts, in the layout that `wkg`, wasmCloud and other tools of the Bytecode
//! Alliance read: the [artifact layout of the CNCF's working group][layout]. An artifact is pushed to a registry, or written
//! into an OCI layout, from which tools for images take it.
//!
//! The documents are made here, because the crates that have them (`oci-wasm`, over `oci-client`) would bring some 45 crates
//! more: reqwest next to hyper, AWS-LC next to ring, and other versions of wasmparser and wit-parser.
//!
//! [layout]: https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/

#![deny(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

mod artifact;
mod component;
mod credentials;
mod destination;
mod digest;
mod documents;
mod index;
mod layout;
mod registry;
mod sbom;

pub use artifact::Artifact;
pub use component::ComponentError;
pub use credentials::{AuthFiles, Credential, CredentialError};
pub use destination::{Destination, DestinationError, Reference};
pub use digest::Digest;
pub use layout::{LayoutError, write, write_sbom};
pub use registry::{PushError, Registry};
pub use sbom::Sbom;

pub use http::StatusCode;
pub use http::header::InvalidHeaderValue;
pub use secrecy::SecretString;
// By which TLS is configured, and whose errors are in those here.
pub use {rustls, serde_json, wasmparser};
