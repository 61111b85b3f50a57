//! Uploads that nobody finished.

use std::time::Duration;

use ossicle_emulator::Operation;

use crate::world::{PART, World, bytes, content, left};

async fn begin(world: &World, path: &str, length: usize, close: bool) {
    let mut writer = world.driver.writer(path, false, None).await.unwrap();
    writer.write(&mut content(&bytes(length, 1))).await.unwrap();
    if close {
        writer.close().await.unwrap();
    }
}

#[tokio::test]
async fn the_old_ones_are_listed_and_removed() {
    let world = World::new().await;
    // By OSS's clock, which the driver's agrees with to within what OSS tolerates.
    world.ground.emulator().clock().rewind(Duration::from_secs(800));
    begin(&world, "/d/old", 2 * PART, false).await;
    begin(&world, "/d-/old", 5, true).await;
    world.ground.emulator().clock().reset();
    begin(&world, "/d/new", PART + 5, true).await;
    let paths =
        |uploads: Vec<ossicle_guest::blob::UploadInfo>| uploads.into_iter().map(|one| one.path).collect::<Vec<_>>();
    assert_eq!(paths(world.driver.list_uploads("/", 0).await.unwrap()), ["/d-/old", "/d/new", "/d/old"]);
    assert_eq!(paths(world.driver.list_uploads("/", 600).await.unwrap()), ["/d-/old", "/d/old"]);
    assert_eq!(paths(world.driver.list_uploads("/d", 600).await.unwrap()), ["/d/old"]);
    assert_eq!(paths(world.driver.list_uploads("/d/old", 600).await.unwrap()), ["/d/old"]);
    assert_eq!(paths(world.driver.list_uploads("/", 3600).await.unwrap()), [""; 0]);
    assert_eq!(paths(world.driver.list_uploads("/nowhere", 0).await.unwrap()), [""; 0]);
    assert_eq!(paths(world.driver.remove_uploads("/d", 600).await.unwrap()), ["/d/old"]);
    assert_eq!(world.pending(), 2);
    assert_eq!(paths(world.driver.remove_uploads("/", 600).await.unwrap()), ["/d-/old"]);
    assert_eq!(world.pending(), 1);
    assert_eq!(world.names().len(), 1, "what is kept beside the young one stays");
}

#[tokio::test]
async fn what_is_left_is_named() {
    let world = World::new().await;
    begin(&world, "/a", 2 * PART, false).await;
    begin(&world, "/b", 2 * PART, false).await;
    world.unavailable(Operation::AbortMultipartUpload, 0, 2);
    assert_eq!(left(world.driver.remove_uploads("/", 0).await), ["/a"]);
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
    world.driver.remove_uploads("/a", 0).await.unwrap();
    world.put_raw(&beside, b"an orphan");
    begin(&world, "/b", 5, true).await;
    world.ground.advance_clock(100);
    assert_eq!(world.driver.remove_uploads("/", 3600).await.unwrap(), []);
    assert_eq!(world.names().len(), 2, "both are young");
    assert_eq!(world.driver.remove_uploads("/", 0).await.unwrap().len(), 1);
    assert_eq!(world.names(), [""; 0]);
}

#[tokio::test]
async fn more_than_a_thousand() {
    let world = World::new().await;
    for n in 0..1005 {
        begin(&world, &format!("/d/{n:04}"), PART + 1, false).await;
    }
    begin(&world, "/d/0500", 2 * PART + 1, false).await;
    assert_eq!(world.driver.list_uploads("/", 0).await.unwrap().len(), 1006);
    let writer = world.driver.writer("/d/1004", true, None).await.unwrap();
    assert_eq!(writer.size(), PART as u64);
    drop(writer);
    assert_eq!(world.driver.remove_uploads("/d", 0).await.unwrap().len(), 1006);
    assert_eq!(world.pending(), 0);
}

#[tokio::test]
async fn more_than_a_thousand_parts() {
    let world = World::with(|options| options.part_size = Some(100 * 1024)).await;
    let whole = bytes(1005 * 100 * 1024 + 7, 1);
    let mut writer = world.driver.writer("/f", false, None).await.unwrap();
    writer.write(&mut content(&whole)).await.unwrap();
    writer.close().await.unwrap();
    let mut writer = world.driver.writer("/f", true, None).await.unwrap();
    assert_eq!(writer.size(), whole.len() as u64);
    writer.commit().await.unwrap();
    assert!(world.raw("/f").unwrap() == whole);
}
