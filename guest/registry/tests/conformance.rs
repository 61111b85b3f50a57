//! The specification's cases against the core.

mod common;

use bytes::Bytes;
use common::{World, options, whole};
use http::{Request, Response};
use http_body_util::BodyExt;
use ossicle_conformance::{Client, cases, for_each_case};
use ossicle_registry::Options;
use ossicle_registry::memory::{Driver, run};

impl Client for World {
    async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let response = self.registry.handle(request.map(whole)).await;
        let (head, body) = response.into_parts();
        Response::from_parts(head, body.collect().await.expect("a whole body").to_bytes())
    }
}

/// A registry whose uploads have several parts, and another in which every one is held in memory.
fn worlds() -> [World; 2] {
    let options = || Options { mount_from_anywhere: true, ..options() };
    let large = Options { part_size: 10 << 20, ..options() };
    [World::with(&Driver::new(common::PART), options()), World::with(&Driver::new(10 << 20), large)]
}

macro_rules! test_each {
    ($($case:ident,)*) => {
        $(
            #[test]
            fn $case() {
                for world in worlds() {
                    run(cases::$case(&world));
                }
            }
        )*
    };
}

for_each_case!(test_each);
