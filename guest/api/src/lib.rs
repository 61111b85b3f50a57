//! The core of an HTTP API for certificates, locks and blobs of one bucket.
//!
//! It is plain async Rust over the ports of [`ports`] and knows no server, no runtime and no WASI, so that a native service
//! and a component can both be made of it. A call travels down: [`Api::handle`] finds the operation of a method and path and
//! compares what it needs with the rights in the [`Grant`], the operation reads the request, and calls a port.
//!
//! [`document()`] is the API's description in OpenAPI 3.1. It is made of the table by which requests are routed.
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

mod access;
mod api;
mod blobs;
mod body;
mod certificates;
mod conditions;
mod document;
mod guarded;
mod json;
mod key;
mod locks;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
mod operation;
pub mod ports;
mod problem;
mod query;
mod ranges;
mod refusal;
mod reply;
mod request_body;
mod request_id;
mod times;
pub mod token;
mod validators;

pub use access::{Grant, Right, Rights};
pub use api::{Answer, Api, Content};
pub use body::ResponseBody;
pub use document::document;
pub use operation::Operation;
pub use ports::Ports;
pub use problem::{Problem, ProblemKind};
pub use refusal::Refusal;
pub use request_id::RequestId;

/// What a server says with every response of the API, as `Content-Security-Policy`. What is stored is data, whatever type its
/// writer gave it: a browser that opens it as a page, perhaps with a certificate of its own, must run nothing of it.
pub const STORED_CONTENT_POLICY: http::HeaderValue =
    http::HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
