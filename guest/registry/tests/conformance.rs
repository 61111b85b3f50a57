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
    driver: Driver,
    options: Options,
    /// The process that has all requests; `None` for one of its own for each request, which ends with it.
    process: Option<World>,
    chunk: usize,
}

impl Client for Registry {
    async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let own;
        let world = match &self.process {
            Some(process) => process,
            None => {
                own = World::with(&self.driver, self.options.clone());
                &own
            }
        };
        let response = world.registry.handle(request.map(whole)).await;
        let (head, body) = response.into_parts();
        Response::from_parts(head, body.collect().await.expect("a whole body").to_bytes())
    }

    fn chunk(&self) -> usize {
        self.chunk
    }
}

/// Registries whose uploads have several parts, and others in which every one is held in memory; of each kind one that is a
/// single process, and one that is another process at each request.
fn registries() -> Vec<Registry> {
    let mut registries = Vec::new();
    for part_size in [common::PART, 10 << 20] {
        for durable_uploads in [false, true] {
            let options = Options { part_size, durable_uploads, mount_from_anywhere: true, ..options() };
            let driver = Driver::new(part_size);
            let process = (!durable_uploads).then(|| World::with(&driver, options.clone()));
            registries.push(Registry { driver, options, process, chunk: 1024 });
        }
    }
    registries
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
