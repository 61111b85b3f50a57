//! Removing files and directories, and nothing else.

use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_guest::error::ErrorKind;

use crate::world::{PART, World, WriteOptions, WriterStart, bytes, content, hint, kind, left};

#[tokio::test]
async fn x1_v2_v3_siblings_stay() {
    let siblings = ["/a-", "/a-b/c", "/a.x", "/a.x/y", "/ab", "/ab/c", "/asuffix", "/asuffix/f", "/a!", "/A", "/b/a"];
    let world = World::new().await;
    siblings.iter().for_each(|path| world.put_raw(path, b"x"));
    let mut kept = siblings.map(str::to_owned);
    kept.sort();
    assert_eq!(kind(world.driver.delete("/a", None).await), ErrorKind::NotFound, "v3: there is no such path");
    assert_eq!(world.names(), kept);
    for below in [&["/a"][..], &["/a/f"], &["/a", "/a/f", "/a/g/h", "/a/a b", "/a/"]] {
        below.iter().for_each(|path| world.put_raw(path, b"x"));
        world.driver.delete("/a", None).await.unwrap();
        assert_eq!(world.names(), kept, "{below:?}");
    }
}

#[tokio::test]
async fn more_than_a_thousand_below() {
    for (count, is_file) in [(999, true), (1000, true), (1000, false), (2001, true)] {
        let world = World::new().await;
        (0..count).for_each(|n| world.put_raw(&format!("/d/{n}"), b""));
        if is_file {
            world.put_raw("/d", b"x");
        }
        world.put_raw("/d-", b"x");
        world.ground.take_counts();
        world.driver.delete("/d", None).await.unwrap();
        assert_eq!(world.names(), ["/d-"]);
        let total: u64 = world.ground.take_counts().into_iter().map(|(_, count)| count).sum();
        let pages = (count as u64).div_ceil(1000);
        let alone = u64::from(is_file && count % 1000 == 0);
        assert_eq!(total, 2 + 2 * pages + alone, "{count}");
    }
}

#[tokio::test]
async fn x3_x4_a_refusal_is_told() {
    for operation in [
        Operation::DeleteMultipleObjects,
        Operation::ListObjectsV2,
        Operation::HeadObject,
        Operation::ListMultipartUploads,
    ] {
        let world = World::new().await;
        world.put_raw("/d/f", b"x");
        world.put_raw("/d/g", b"x");
        world.refuse(operation);
        assert_eq!(kind(world.driver.delete("/d", None).await), ErrorKind::AccessDenied, "{operation}");
        assert_eq!(world.names(), ["/d/f", "/d/g"]);
    }
}

#[tokio::test]
async fn x5_what_is_left_is_named_and_the_rest_is_gone() {
    let world = World::new().await;
    (0..1500).for_each(|n| world.put_raw(&format!("/d/{n:04}"), b""));
    world.put_raw("/d/0500 foreign", b"");
    let skip = FaultAction::SkipKeys { keys: ossicle_emulator::Glob::new("registry/d/0?00*") };
    world.ground.fault(FaultRule::new(skip).on(Operation::DeleteMultipleObjects));
    let mut expected: Vec<String> = (0..10).map(|n| format!("/d/0{n}00")).collect();
    expected.insert(6, "/d/0500 foreign".to_owned());
    let result = world.driver.delete("/d", None).await;
    let shown = result.clone().unwrap_err().to_string();
    assert!(shown.starts_with("oss: ") && shown.contains("/d/0000"), "{shown}");
    assert_eq!(left(result), expected);
    assert_eq!(world.names(), expected);
}

#[tokio::test]
async fn v10_uploads_go_with_their_directory() {
    let world = World::new().await;
    for path in ["/up/1/data", "/up/1/hashes", "/up/1", "/up/1-2/data", "/up/1.2", "/up/12/data"] {
        let mut writer = world.driver.writer(path, WriterStart::Anew, &hint(None)).await.unwrap();
        writer.write(&mut content(&bytes(PART + 5, 1))).await.unwrap();
        writer.close().await.unwrap();
    }
    assert_eq!((world.pending(), world.names().len()), (6, 6));
    world.driver.delete("/up/1", None).await.unwrap();
    let left: Vec<_> = world.bucket().uploads().into_iter().map(|upload| upload.key).collect();
    assert_eq!(left, ["registry/up/1-2/data", "registry/up/1.2", "registry/up/12/data"]);
    assert_eq!(world.names().len(), 3, "what was kept beside them is gone as well");
    assert_eq!(kind(world.driver.delete("/up/1", None).await), ErrorKind::NotFound);
    world.refuse(Operation::AbortMultipartUpload);
    assert_eq!(super::world::left(world.driver.delete("/up/1.2", None).await), ["/up/1.2"]);
}

#[tokio::test]
async fn deletions_of_upstreams_suite() {
    let world = World::new().await;
    for path in ["/d/f", "/d/fsuffix", "/d/d/f", "/d/dsuffix/f"] {
        world.put_raw(path, b"x");
    }
    world.driver.delete("/d/f", None).await.unwrap();
    assert_eq!(world.names(), ["/d/d/f", "/d/dsuffix/f", "/d/fsuffix"]);
    world.driver.delete("/d/d", None).await.unwrap();
    assert_eq!(world.names(), ["/d/dsuffix/f", "/d/fsuffix"]);
    assert_eq!(kind(world.driver.delete("/d/d", None).await), ErrorKind::NotFound);
    assert_eq!(kind(world.driver.delete("/", None).await), ErrorKind::InvalidKey);
    let longest = ["/", &"x".repeat(1023 - "registry/".len())].concat();
    world.driver.put_content(&longest, "x".into(), &WriteOptions::default()).await.unwrap();
    world.driver.delete(&longest, None).await.unwrap();
    assert_eq!(kind(world.driver.delete(&longest, None).await), ErrorKind::NotFound);
}
