//! Uploads that nobody finished.

use std::time::Duration;

use ossicle_emulator::Operation;
use ossicle_guest::blob::UploadInfo;
use ossicle_guest::error::ErrorKind;
use ossicle_guest::key::ObjectName;
use ossicle_guest::oss::{Attributes, Client};
use ossicle_tests::Signature;
use ossicle_tests::native::Native;

use crate::world::{PART, PublishOptions, World, WriterStart, bytes, content, hint, kind, left};

async fn begin(world: &World, path: &str, length: usize, close: bool) {
    let mut writer = world.driver.writer(path, WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(&bytes(length, 1))).await.unwrap();
    if close {
        writer.close().await.unwrap();
    }
}

#[tokio::test]
async fn the_old_ones_are_listed_and_removed() {
    let mut world = World::new().await;
    // By OSS's clock, which the driver's agrees with to within what OSS tolerates.
    world.ground.emulator().clock().rewind(Duration::from_secs(800));
    begin(&world, "/d/old", 2 * PART, false).await;
    begin(&world, "/d-/old", 5, true).await;
    world.ground.emulator().clock().reset();
    // A driver believes for an hour what an answer told it of the time.
    world.restart();
    begin(&world, "/d/new", PART + 5, true).await;
    let paths = |uploads: Vec<UploadInfo>| uploads.into_iter().map(|one| one.path).collect::<Vec<_>>();
    assert_eq!(paths(world.uploads("/", 0).await), ["/d-/old", "/d/new", "/d/old"]);
    assert_eq!(paths(world.uploads("/", 600).await), ["/d-/old", "/d/old"]);
    assert_eq!(paths(world.uploads("/d", 600).await), ["/d/old"]);
    assert_eq!(paths(world.uploads("/d/old", 600).await), ["/d/old"]);
    assert_eq!(paths(world.uploads("/", 3600).await), [""; 0]);
    assert_eq!(paths(world.uploads("/nowhere", 0).await), [""; 0]);
    assert_eq!(paths(world.remove_uploads("/d", 600).await.unwrap()), ["/d/old"]);
    assert_eq!(world.pending(), 2);
    assert_eq!(paths(world.remove_uploads("/", 600).await.unwrap()), ["/d-/old"]);
    assert_eq!(world.pending(), 1);
    assert_eq!(world.names().len(), 1, "what is kept beside the young one stays");
}

#[tokio::test]
async fn what_is_left_is_named() {
    let world = World::new().await;
    begin(&world, "/a", 2 * PART, false).await;
    begin(&world, "/b", 2 * PART, false).await;
    world.unavailable(Operation::AbortMultipartUpload, 0, 2);
    assert_eq!(left(world.remove_uploads("/", 0).await), ["/a"]);
    assert_eq!(world.pending(), 1);
}

#[tokio::test]
async fn what_an_upload_left_beside_it_goes_as_well() {
    let world = World::new().await;
    begin(&world, "/a", 5, true).await;
    let upload = world.bucket().uploads().pop().unwrap();
    // Someone aborts the upload past the driver.
    let beside = world.names().pop().unwrap();
    assert_eq!(beside, ["/~ossicle/", &upload.upload_id].concat());
    world.remove_uploads("/a", 0).await.unwrap();
    world.put_raw(&beside, b"an orphan");
    begin(&world, "/b", 5, true).await;
    world.ground.advance_clock(100);
    assert_eq!(world.remove_uploads("/", 3600).await.unwrap(), []);
    assert_eq!(world.names().len(), 2, "both are young");
    assert_eq!(world.remove_uploads("/", 0).await.unwrap().len(), 1);
    assert_eq!(world.names(), [""; 0]);
}

/// 1.5: in a shared bucket there are other programs' uploads, for names that are no paths.
#[tokio::test]
async fn only_what_was_shown_is_removed() {
    let world = World::new().await;
    begin(&world, "/d/shown", 2 * PART, false).await;
    let client = Client::new(Native::default(), world.ground.settings(Signature::V4));
    for name in ["registry/backup 2026+x.tar", "registry/d/a b", "registry/d/", "other/x"] {
        let object = ObjectName::listed(name.to_owned()).unwrap();
        client.initiate_upload("k", &object, &Attributes::default()).await.unwrap();
    }
    let shown = world.uploads("/", 0).await;
    assert_eq!(shown.len(), 1);
    // What is begun after the list was shown is not removed either.
    begin(&world, "/d/shown", 2 * PART, false).await;
    world.driver.remove_uploads(shown.clone()).await.unwrap();
    assert_eq!(world.pending(), 5);
    let left = world.uploads("/", 0).await;
    assert_eq!(left.len(), 1);
    assert_ne!(left[0].upload_id, shown[0].upload_id);
    world.driver.remove_uploads(shown).await.unwrap();
    world.driver.remove_uploads(Vec::new()).await.unwrap();
    assert_eq!(world.pending(), 5, "what is gone already is fine");
    let foreign = UploadInfo { path: "/d/a b".into(), upload_id: "x".into(), initiated: 0 };
    assert_eq!(kind(world.driver.remove_uploads(vec![foreign]).await), ErrorKind::InvalidKey);
    // A directory takes along whatever is for it.
    world.driver.delete("/d", None).await.unwrap();
    assert_eq!(world.pending(), 2);
}

/// 1.5: a list of uploads comes in pages, and neither siblings nor what others made are read for it but once.
#[tokio::test]
async fn a_list_of_uploads_comes_in_pages() {
    let world = World::new().await;
    let client = Client::new(Native::default(), world.ground.settings(Signature::V4));
    let begin = async |name: String| {
        let object = ObjectName::listed(["registry/", &name].concat()).unwrap();
        client.initiate_upload("k", &object, &Attributes::default()).await.unwrap();
    };
    for n in 0..2500 {
        begin(format!("a-{n:04}")).await;
        begin(format!("a/{n:04}")).await;
    }
    begin("a".to_owned()).await;
    world.ground.take_counts();
    let mut uploads = world.driver.list_uploads("/a", 0).await.unwrap();
    let mut lengths = Vec::new();
    while let Some(page) = uploads.page().await.unwrap() {
        lengths.push(page.len());
    }
    assert_eq!(lengths, [1, 1000, 1000, 500]);
    assert_eq!(world.ground.take_counts(), [("ListMultipartUploads".to_owned(), 4)]);
    world.driver.delete("/a", None).await.unwrap();
    assert_eq!(world.pending(), 2500, "the siblings stay");
}

#[tokio::test]
async fn more_than_a_thousand() {
    let world = World::new().await;
    for n in 0..1005 {
        begin(&world, &format!("/d/{n:04}"), PART + 1, false).await;
    }
    begin(&world, "/d/0500", 2 * PART + 1, false).await;
    assert_eq!(world.uploads("/", 0).await.len(), 1006);
    let writer = world.driver.writer("/d/1004", WriterStart::Newest, &hint(None)).await.unwrap();
    assert_eq!(writer.size(), PART as u64);
    drop(writer);
    assert_eq!(world.remove_uploads("/d", 0).await.unwrap().len(), 1006);
    assert_eq!(world.pending(), 0);
}

#[tokio::test]
async fn more_than_a_thousand_parts() {
    let world = World::with(|options| options.part_size = Some(100 * 1024)).await;
    let whole = bytes(1005 * 100 * 1024 + 7, 1);
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(&whole)).await.unwrap();
    writer.close().await.unwrap();
    let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.unwrap();
    assert_eq!(writer.size(), whole.len() as u64);
    writer.commit(PublishOptions::default()).await.unwrap();
    assert!(world.raw("/f").unwrap() == whole);
}
