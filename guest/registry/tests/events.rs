//! What a response says that its request did to content.

mod common;

use std::time::Duration;

use common::{IMAGE, LAYER, World, descriptor, image, options, with_digest};
use ossicle_registry::memory::Driver;
use ossicle_registry::{
    Digest, Event, EventAction, EventDocument, EventTarget, Options, Redirects, RepositoryName, Tag,
};

fn name(text: &str) -> RepositoryName {
    RepositoryName::parse(text).unwrap()
}

fn digest(text: &str) -> Digest {
    Digest::parse(text).unwrap()
}

fn blob(action: EventAction, repository: &str, of: &str, size: impl Into<Option<u64>>) -> Option<Event> {
    let target = EventTarget::Blob { digest: digest(of), size: size.into() };
    Some(Event { action, repository: name(repository), target })
}

/// An image of the layer `layer`, which serves as its config too; the manifest.
fn push_image(world: &World) -> String {
    let layer = world.push("a/b", b"layer");
    let layer = descriptor(LAYER, b"layer", &layer);
    image(&layer, std::slice::from_ref(&layer))
}

#[test]
fn each_way_to_push_a_blob_is_one_push() {
    let world = World::new();
    let of = common::sha256(b"layer");
    let expected = blob(EventAction::Push, "a", &of, 5);

    let begun = world.send("POST", "/v2/a/blobs/uploads/", &[], "").expect(202);
    assert_eq!(begun.event, None);
    let patched = world.send("PATCH", &begun.location(), &[], "layer").expect(202);
    assert_eq!(patched.event, None);
    let put = world.send("PUT", &with_digest(&patched.location(), &of), &[], "").expect(201);
    assert_eq!(put.event, expected);

    let whole = world.send("POST", &format!("/v2/a/blobs/uploads/?digest={of}"), &[], "layer").expect(201);
    assert_eq!(whole.event, expected);
    let wrong = world.send("POST", &format!("/v2/a/blobs/uploads/?digest={of}"), &[], "other").expect(400);
    assert_eq!(wrong.event, None);
}

#[test]
fn mount_names_its_source_and_is_none_if_nothing_is_there() {
    let world = World::with(&Driver::new(common::PART), Options { mount_from_anywhere: true, ..options() });
    let of = world.push("a", b"layer");
    let mount = |query: &str| world.send("POST", &format!("/v2/b/blobs/uploads/?mount={of}{query}"), &[], "");
    assert_eq!(mount("&from=a").expect(201).event, blob(EventAction::Mount(Some(name("a"))), "b", &of, 5));
    assert_eq!(mount("").expect(201).event, blob(EventAction::Mount(None), "b", &of, 5));
    assert_eq!(mount("&from=c").expect(202).event, None);
}

#[test]
fn each_way_to_read_a_blob_is_a_pull() {
    let redirects = Redirects { from_size: 6, expiry: Duration::from_secs(60) };
    let world = World::with(&Driver::new(common::PART), Options { redirects: Some(redirects), ..options() });
    let small = world.push("a", b"layer");
    let large = world.push("a", b"a longer layer");
    for (of, size, status) in [(&small, 5, 200), (&large, 14, 307)] {
        let uri = format!("/v2/a/blobs/{of}");
        let expected = blob(EventAction::Pull, "a", of, size);
        assert_eq!(world.get(&uri).expect(status).event, expected);
        assert_eq!(world.head(&uri).expect(200).event, expected);
        let unchanged = world.send("GET", &uri, &[("if-none-match", &format!("\"{of}\""))], "");
        assert_eq!(unchanged.expect(304).event, None);
    }
    assert_eq!(world.get(&format!("/v2/b/blobs/{small}")).expect(404).event, None);
}

#[test]
fn manifests_are_told_with_their_content_and_tags() {
    let world = World::new();
    let manifest = push_image(&world);
    let document = EventDocument { media_type: IMAGE.to_owned(), content: manifest.clone().into() };
    let of = digest(&common::sha256(manifest.as_bytes()));
    let event = |action, document: Option<EventDocument>, tags: &[&str]| {
        let tags = tags.iter().map(|tag| Tag::parse(tag).unwrap()).collect();
        let target = EventTarget::Manifest { digest: of.clone(), document, tags };
        Some(Event { action, repository: name("a/b"), target })
    };
    let document = Some(document);

    let pushed = world.put_manifest("a/b", &format!("{of}?tag=v1&tag=v2"), &manifest, IMAGE).expect(201);
    assert_eq!(pushed.event, event(EventAction::Push, document.clone(), &["v1", "v2"]));
    let pushed = world.put_manifest("a/b", "v3", &manifest, IMAGE).expect(201);
    assert_eq!(pushed.event, event(EventAction::Push, document.clone(), &["v3"]));
    let by_tag = world.get("/v2/a/b/manifests/v1").expect(200);
    assert_eq!(by_tag.event, event(EventAction::Pull, document.clone(), &["v1"]));
    let by_digest = world.get(&format!("/v2/a/b/manifests/{of}")).expect(200);
    assert_eq!(by_digest.event, event(EventAction::Pull, document, &[]));

    let untagged = world.delete("/v2/a/b/manifests/v1").expect(202).event.unwrap();
    assert_eq!((untagged.action, untagged.target), (EventAction::Delete, EventTarget::Tag(Tag::parse("v1").unwrap())));
    let deleted = world.delete(&format!("/v2/a/b/manifests/{of}")).expect(202);
    assert_eq!(deleted.event, event(EventAction::Delete, None, &[]));
    assert_eq!(world.get("/v2/a/b/manifests/v2").expect(404).event, None);
}

#[test]
fn deletion_of_a_blob_is_told_without_a_size() {
    let world = World::new();
    let of = world.push("a", b"layer");
    let uri = format!("/v2/a/blobs/{of}");
    assert_eq!(world.delete(&uri).expect(202).event, blob(EventAction::Delete, "a", &of, None));
    assert_eq!(world.delete(&uri).expect(404).event, None);
}
