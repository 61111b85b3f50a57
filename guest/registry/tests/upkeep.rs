//! What an operator does to a registry beside its requests: the lists of repositories and tags, and removal.

mod common;

use common::{World, blob_path, options, sha256};
use http::StatusCode;
use ossicle_registry::memory::{Fault, run};
use ossicle_registry::{Options, Reference, RepositoryName};

fn name(text: &str) -> RepositoryName {
    RepositoryName::parse(text).unwrap()
}

fn remove(world: &World, repository: &str, reference: &str) -> Result<(), StatusCode> {
    let reference = Reference::parse(reference).unwrap();
    run(world.registry.remove(&name(repository), &reference)).map_err(|failure| failure.status)
}

fn tags(world: &World, repository: &str) -> Result<Vec<String>, StatusCode> {
    run(world.registry.tags(&name(repository))).map_err(|failure| failure.status)
}

#[test]
fn all_repositories_and_tags_are_listed_whatever_their_number() {
    let world = World::new();
    assert_eq!(run(world.registry.repositories()).unwrap(), Vec::<String>::new());
    // More than a page of the catalog has, and more than one of OSS's.
    let repositories: Vec<String> = (0..1005).map(|number| format!("r{number:04}")).collect();
    for repository in &repositories {
        let link = format!("/docker/registry/v2/repositories/{repository}/_layers/sha256/{}/link", "0".repeat(64));
        world.driver.plant(&link, "");
    }
    assert_eq!(run(world.registry.repositories()).unwrap(), repositories);

    let tagged: Vec<String> = (0..1005).map(|number| format!("v{number:04}")).collect();
    for tag in &tagged {
        world.driver.plant(&format!("/docker/registry/v2/repositories/r0000/_manifests/tags/{tag}/current/link"), "");
    }
    assert_eq!(tags(&world, "r0000").unwrap(), tagged);
    assert_eq!(tags(&world, "r0001").unwrap(), Vec::<String>::new());
    assert_eq!(tags(&world, "none"), Err(StatusCode::NOT_FOUND));
    world.driver.set_faults(|_| Some(Fault::Refused));
    assert!(tags(&world, "r0000").is_err() && run(world.registry.repositories()).is_err());
}

#[test]
fn removal_needs_no_permission_for_clients_but_is_no_change_of_a_read_only_registry() {
    let world = World::with(&World::new().driver, Options { delete_enabled: false, ..options() });
    let image = world.push_image("a", "v1", b"layer");
    let content = world.driver.content(&blob_path(&image)).unwrap();
    let manifest = String::from_utf8(content.to_vec()).unwrap();
    world.put_manifest("a", "v2", &manifest, common::IMAGE).expect(201);
    world.delete("/v2/a/manifests/v1").expect(405);

    assert_eq!(remove(&world, "a", "v1"), Ok(()));
    assert_eq!(tags(&world, "a").unwrap(), ["v2"]);
    world.get("/v2/a/manifests/v2").expect(200);
    assert_eq!(remove(&world, "a", "v1"), Err(StatusCode::NOT_FOUND));

    let read_only = World::with(&world.driver, Options { read_only: true, ..options() });
    let before = world.driver.paths();
    for reference in ["v2", &image] {
        assert_eq!(remove(&read_only, "a", reference), Err(StatusCode::METHOD_NOT_ALLOWED));
    }
    assert_eq!(world.driver.paths(), before);

    assert_eq!(remove(&world, "a", &image), Ok(()));
    assert_eq!(tags(&world, "a").unwrap(), Vec::<String>::new());
    world.get(&format!("/v2/a/manifests/{image}")).expect(404);
    assert_eq!(remove(&world, "a", &image), Err(StatusCode::NOT_FOUND));
    // The content is left to a collection.
    for digest in [&image, &sha256(b"layer")] {
        assert!(world.driver.content(&blob_path(digest)).is_some());
    }
}
