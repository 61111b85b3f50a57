//! The components of WASI 0.2, over both kinds of HTTP clients: the suites of certificates and locks as over every other
//! flavour, and blobs by the calls that 0.2 has for streams.
//!
//! Suites that make calls at once make them one after the other here, since nothing can be called in an instance while a call is
//! in it: `stores_never_mix` says no more than that then. Those of blobs are written over the host library's handles, which run
//! 0.3; what `blobs` shows is the other way in which bytes come and go, and the core below it is the same.

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
