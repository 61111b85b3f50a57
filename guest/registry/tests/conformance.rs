//! What the specification asks of a registry, of the core over the storage driver in memory.

mod common;

use bytes::Bytes;
use common::{World, options, whole};
use http::{Request, Response};
use http_body_util::BodyExt;
use ossicle_conformance::{Client, for_each_group, groups};
use ossicle_registry::Options;
use ossicle_registry::memory::{Driver, run};

/// A registry, and how long the chunks are that are sent to it.
struct Registry {
    world: World,
    chunk: usize,
}

impl Client for Registry {
    async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let response = self.world.registry.handle(request.map(whole)).await;
        let (head, body) = response.into_parts();
        Response::from_parts(head, body.collect().await.expect("a whole body").to_bytes())
    }

    fn chunk(&self) -> usize {
        self.chunk
    }
}

/// A registry whose uploads have several parts, and another in which every one is held in memory.
fn registries() -> [Registry; 2] {
    [common::PART, 10 << 20].map(|part_size| {
        let options = Options { part_size, mount_from_anywhere: true, ..options() };
        Registry { world: World::with(&Driver::new(part_size), options), chunk: 1024 }
    })
}

macro_rules! test_each {
    ($($group:ident,)*) => {
        $(
            #[test]
            fn $group() {
                for registry in registries() {
                    run(groups::$group(&registry));
                }
            }
        )*
    };
}

for_each_group!(test_each);
