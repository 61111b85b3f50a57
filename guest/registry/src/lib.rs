//! The core of a container registry: the OCI Distribution protocol over a storage driver for Alibaba Cloud OSS, with
//! distribution's layout.
//!
//! It is plain async Rust over the ports of [`ports`] and knows no server, no runtime and no WASI, so that a native service
//! and a component can both be made of it. A call travels down: [`Registry::handle`] reads the path and asks
//! [`ports::Access`], an operation follows, and that calls [`ports::Storage`].
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

mod blobs;
mod body;
mod cache;
mod catalog;
pub mod check;
mod digest;
mod event;
mod failure;
pub mod gc;
mod hash;
mod layout;
mod links;
mod maintenance;
mod manifests;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
mod name;
mod options;
mod pages;
mod pagination;
pub mod ports;
mod presence;
mod query;
mod ranges;
mod reference;
mod reference_mutexes;
mod referrers;
mod registry;
mod route;
mod session;
mod tags;
pub mod users;

pub use blobs::is_unchanged;
pub use body::ResponseBody;
pub use digest::{Algorithm, Digest};
pub use event::{Event, EventAction, EventDocument, EventTarget, Requester};
pub use failure::{ErrorCode, ErrorEntry, Failure};
pub use name::{RepositoryName, Tag};
pub use options::{Options, Redirects};
pub use reference::Reference;
pub use registry::{Answer, Content, Registry};
pub use route::first_part_of_name;
