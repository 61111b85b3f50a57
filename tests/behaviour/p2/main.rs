//! The components of WASI 0.2, over both kinds of HTTP clients: the suites of certificates, locks and blobs as over every other
//! flavour, and what 0.2 has of its own for streams.
//!
//! Suites that make calls at once make them one after the other here, since nothing can be called in an instance while a call is
//! in it: `stores_never_mix` says no more than that then.

mod blobs;
mod certificates;
mod locks;

use ossicle::Limits;
use ossicle_tests::p2::Client;
use ossicle_tests::{ENGINE, Ground};

/// The client that the host library sends a tenant's requests with.
fn pooled(ground: &Ground) -> Client {
    Client::Pooled(ENGINE.tenant("test", ground.config(), Limits::default()).expect("a tenant").pooled_client())
}
