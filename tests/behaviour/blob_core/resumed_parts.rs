//! How large the parts are with which an upload is gone on with.

use ossicle_emulator::Operation;
use ossicle_guest::blob::MAX_PARTS;
use ossicle_guest::error::ErrorKind;

use crate::world::{LEAST, PART, PublishOptions, World, WriterStart, bytes, content, hint, kind};

/// The sizes of the parts that were sent since the last time, the largest first.
fn sent(world: &World) -> Vec<u64> {
    let requests = world.ground.emulator().requests();
    world.ground.take_counts();
    let parts = requests.into_iter().filter(|one| one.operation == Operation::UploadPart);
    let mut sizes: Vec<u64> = parts.map(|part| part.bytes_in).collect();
    sizes.sort_by(|one, other| other.cmp(one));
    sizes
}

const SIZE: u64 = PART as u64;

/// 1.9: neither copied parts, which are larger than what an instance can hold, nor another program's, large or small, say
/// how large the next ones are.
#[tokio::test]
async fn what_is_stored_does_not_say_how_large_parts_are() {
    for stored in [LEAST, LEAST + 5, 3 * PART, 20 * PART] {
        let mut world = World::new().await;
        let part = bytes(stored, 1);
        world.bucket().upload_raw("registry/f", part.clone(), 1);
        let new = bytes(2 * PART + 5, 2);
        let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.unwrap();
        writer.write(&mut content(&new[..PART + 5])).await.unwrap();
        writer.close().await.unwrap();
        world.restart();
        let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.unwrap();
        writer.write(&mut content(&new[PART + 5..])).await.unwrap();
        writer.commit(PublishOptions::default()).await.unwrap();
        assert_eq!(sent(&world), [SIZE, SIZE, 5], "after a part of {stored}");
        assert!(world.raw("/f").unwrap() == [part, new].concat());
    }
    let world = World::new().await;
    world.put_raw("/f", &bytes(5 << 20, 1));
    let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.unwrap();
    writer.write(&mut content(&bytes(PART + 1, 2))).await.unwrap();
    writer.close().await.unwrap();
    assert_eq!(sent(&world), [SIZE], "the copies are of a MiB");
    let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.unwrap();
    writer.write(&mut content(&bytes(2 * PART - 1, 3))).await.unwrap();
    writer.commit(PublishOptions::default()).await.unwrap();
    assert_eq!(sent(&world), [SIZE, SIZE]);
}

/// 1.9: a hint counts when an upload is gone on with, given now or before.
#[tokio::test]
async fn a_size_that_is_told_makes_parts_large_enough() {
    let planned = Some(MAX_PARTS * SIZE + 1);
    for (first, second, expected) in [
        (None, None, [SIZE; 2]),
        (None, planned, [2 * SIZE; 2]),
        (planned, None, [2 * SIZE; 2]),
        (planned, Some(1), [2 * SIZE; 2]),
        (Some(1), planned, [2 * SIZE; 2]),
    ] {
        let mut world = World::new().await;
        let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(first)).await.unwrap();
        // Nothing of it is in a part yet.
        writer.write(&mut content(b"12345")).await.unwrap();
        writer.close().await.unwrap();
        world.restart();
        let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(second)).await.unwrap();
        writer.write(&mut content(&bytes(expected[0] as usize * 2 - 5, 1))).await.unwrap();
        writer.commit(PublishOptions::default()).await.unwrap();
        assert_eq!(sent(&world), expected, "{first:?} {second:?}");
    }
}

/// 1.9: numbers that smaller parts took are made up for.
#[tokio::test]
async fn small_parts_that_are_there_make_later_ones_larger() {
    let world = World::new().await;
    let count = MAX_PARTS as u32 - 2;
    let small = bytes(LEAST, 1);
    world.bucket().upload_raw("registry/f", small.clone(), count);
    let stored = u64::from(count) * LEAST as u64;
    let more = 3 * PART;
    // Without a word there is room for two parts more.
    let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.unwrap();
    assert_eq!(kind(writer.write(&mut content(&bytes(more, 2))).await), ErrorKind::Unsupported);
    drop(writer);
    world.remove_uploads("/", 0).await.unwrap();
    world.bucket().upload_raw("registry/f", small, count);
    let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(Some(stored + more as u64))).await.unwrap();
    assert_eq!(writer.size(), stored);
    sent(&world);
    writer.write(&mut content(&bytes(more, 2))).await.unwrap();
    assert_eq!(writer.size(), stored + more as u64);
    writer.commit(PublishOptions::default()).await.unwrap();
    assert_eq!(sent(&world), [2 * SIZE, SIZE]);
}
