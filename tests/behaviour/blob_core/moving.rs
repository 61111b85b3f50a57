//! Moving: the source goes when the copy is there, and not before.

use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_guest::error::ErrorKind;
use ossicle_guest::oss::Change;
use ossicle_guest::oss::{ServerSideEncryption, StorageClass};
use ossicle_tests::Signature;
use ossicle_tests::native::Native;

use crate::world::{PART, PublishOptions, World, WriterStart, bytes, content, hint, kind};

/// Smaller and larger than what one request copies in these tests.
const SIZES: [usize; 4] = [0, 5, 1 << 20, (3 << 20) + 7];

#[tokio::test]
async fn m1_small_and_large() {
    for size in SIZES {
        let world = World::new().await;
        let whole = bytes(size, 1);
        world.put_raw("/a", &whole);
        world.put_raw("/b", b"overwritten");
        world.put_raw("/a2", b"x2: has the same prefix");
        world.driver.move_file("/a", "/b", PublishOptions::default()).await.unwrap();
        assert!(world.raw("/b").unwrap() == whole);
        assert_eq!(world.names(), ["/a2", "/b"]);
        assert_eq!(world.pending(), 0);
    }
}

#[tokio::test]
async fn m2_encryption_class_and_metadata_are_kept() {
    for size in [5, 3 * PART, (3 << 20) + 7] {
        let mut world = World::with(|options| {
            options.encryption = Some(ServerSideEncryption::Kms { key_id: Some("key-1".into()), sm4: false });
            options.storage_class = Some(StorageClass::InfrequentAccess);
        })
        .await;
        let mut writer = world.driver.writer("/up", WriterStart::Anew, &hint(None)).await.unwrap();
        writer.write(&mut content(&bytes(size, 1))).await.unwrap();
        writer.commit(PublishOptions::default()).await.unwrap();
        let check = |world: &World, path: &str| {
            let info = world.bucket().info(&["registry", path].concat()).unwrap();
            assert_eq!(info.encryption, Some(("KMS".into(), Some("key-1".into()))), "{size}");
            assert_eq!(info.storage_class.as_deref(), Some("IA"));
            assert_eq!(info.content_type.as_deref(), Some("application/octet-stream"));
        };
        check(&world, "/up");
        // By a driver that knows nothing of it.
        world.restart();
        world.driver.move_file("/up", "/blob", PublishOptions::default()).await.unwrap();
        check(&world, "/blob");
        world.write_at("/blob", size.max(PART) + 1, b"more").await.unwrap();
        check(&world, "/blob");
    }
    // Tags, which a copy by parts must be given.
    for size in [5, (3 << 20) + 7] {
        let world = World::new().await;
        let object = ossicle_guest::key::ObjectName::listed("registry/a".into()).unwrap();
        let client = ossicle_guest::oss::Client::new(Native::default(), world.ground.settings(Signature::V4));
        let mut attributes = ossicle_guest::oss::Attributes::default();
        attributes.set("x-oss-tagging", "team=a%2Bb&empty");
        client.put_object_with("/a", &object, bytes(size, 1).into(), &attributes, Change::default()).await.unwrap();
        world.driver.move_file("/a", "/b", PublishOptions::default()).await.unwrap();
        let moved = ossicle_guest::key::ObjectName::listed("registry/b".into()).unwrap();
        assert_eq!(client.object_tags("/b", &moved).await.unwrap(), "team=a%2Bb&empty=");
    }
    // 1.11: metadata that is not ASCII.
    for size in [5, (3 << 20) + 7] {
        let world = World::new().await;
        let object = ossicle_guest::key::ObjectName::listed("registry/a".into()).unwrap();
        let client = ossicle_guest::oss::Client::new(Native::default(), world.ground.settings(Signature::V4));
        let mut attributes = ossicle_guest::oss::Attributes::default();
        attributes.set("x-oss-meta-title", "größe 测试");
        client.put_object_with("/a", &object, bytes(size, 1).into(), &attributes, Change::default()).await.unwrap();
        world.driver.move_file("/a", "/b", PublishOptions::default()).await.unwrap();
        let moved = world.bucket().info("registry/b").unwrap().user_metadata;
        assert_eq!(moved, [("title".to_owned(), "größe 测试".to_owned())], "{size}");
    }
    let world = World::with(|options| options.encryption = Some(ServerSideEncryption::Sm4)).await;
    world.put_raw("/plain", b"x");
    world.driver.move_file("/plain", "/blob", PublishOptions::default()).await.unwrap();
    assert_eq!(world.bucket().info("registry/blob").unwrap().encryption, Some(("SM4".into(), None)));
}

#[tokio::test]
async fn m3_onto_itself_and_below_itself() {
    let world = World::new().await;
    world.put_raw("/p", b"x");
    world.driver.move_file("/p", "/p", PublishOptions::default()).await.unwrap();
    assert_eq!(world.names(), ["/p"]);
    world.driver.move_file("/p", "/p/q", PublishOptions::default()).await.unwrap();
    assert_eq!(world.names(), ["/p/q"]);
    assert_eq!(kind(world.driver.move_file("/p", "/p", PublishOptions::default()).await), ErrorKind::NotFound);
    assert_eq!(
        kind(world.driver.move_file("/p", "/r", PublishOptions::default()).await),
        ErrorKind::NotFound,
        "a directory"
    );
    world.put_raw("/r", b"untouched");
    assert_eq!(kind(world.driver.move_file("/missing", "/r", PublishOptions::default()).await), ErrorKind::NotFound);
    assert_eq!(world.raw("/r").unwrap(), "untouched");
    world.put_raw("/notadir", b"x");
    assert_eq!(
        kind(world.driver.move_file("/notadir/foo", "/notadir/bar", PublishOptions::default()).await),
        ErrorKind::NotFound
    );
    // x2: the destination begins with the source.
    world.driver.move_file("/notadir", "/notadirx", PublishOptions::default()).await.unwrap();
    assert_eq!(world.names(), ["/notadirx", "/p/q", "/r"]);
}

#[tokio::test]
async fn v1_no_copy_no_removal() {
    let faults = [
        (Operation::UploadPartCopy, 0),
        (Operation::UploadPartCopy, 2),
        (Operation::CompleteMultipartUpload, 0),
        (Operation::InitiateMultipartUpload, 0),
        (Operation::CopyObject, 0),
    ];
    for (operation, skip) in faults {
        let world = World::new().await;
        let whole = bytes(if operation == Operation::CopyObject { 5 } else { (4 << 20) + 7 }, 1);
        world.put_raw("/a", &whole);
        world.put_raw("/b", b"old");
        world.unavailable(operation, skip, 1000);
        assert_eq!(
            kind(world.driver.move_file("/a", "/b", PublishOptions::default()).await),
            ErrorKind::Unavailable,
            "{operation}"
        );
        assert!(world.raw("/a").unwrap() == whole);
        assert_eq!(world.raw("/b").unwrap(), "old");
        assert_eq!(world.pending(), 0);
        // And an abort that fails is told beside it.
        world.refuse(Operation::AbortMultipartUpload);
        let error = world.driver.move_file("/a", "/b", PublishOptions::default()).await.unwrap_err();
        assert_eq!(
            error.leftover.is_some(),
            !matches!(operation, Operation::CopyObject | Operation::InitiateMultipartUpload)
        );
    }
}

#[tokio::test]
async fn answers_that_are_lost() {
    for operation in
        [Operation::CopyObject, Operation::CompleteMultipartUpload, Operation::UploadPartCopy, Operation::DeleteObject]
    {
        for times in [1, 100] {
            let world = World::new().await;
            let whole = bytes(if operation == Operation::CopyObject { 5 } else { (2 << 20) + 7 }, 1);
            world.put_raw("/a", &whole);
            world.ground.fault(FaultRule::new(FaultAction::LoseResponse).on(operation).times(times));
            let moved = world.driver.move_file("/a", "/b", PublishOptions::default()).await;
            let holds = |path| world.raw(path).is_some_and(|bytes| bytes == whole);
            assert!(holds("/a") || holds("/b"), "{operation} {times}: it is somewhere");
            if moved.is_ok() {
                assert!(holds("/b") && world.raw("/a").is_none());
            }
            assert_eq!(moved.is_ok(), times == 1 || operation == Operation::CompleteMultipartUpload, "{operation}");
            assert_eq!(world.pending(), 0);
        }
    }
}

#[tokio::test]
async fn a_copy_without_a_checksum_is_looked_at() {
    for size in [5, (2 << 20) + 7] {
        let world = World::new().await;
        world.put_raw("/a", &bytes(size, 1));
        for operation in [Operation::CopyObject, Operation::UploadPartCopy, Operation::CompleteMultipartUpload] {
            world.ground.fault(FaultRule::new(FaultAction::DropCrc).on(operation));
        }
        world.driver.move_file("/a", "/b", PublishOptions::default()).await.unwrap();
        assert!(world.raw("/b").unwrap() == bytes(size, 1));
        assert_eq!(world.names(), ["/b"]);
    }
}

#[tokio::test]
async fn x3_a_source_that_can_not_be_removed_is_told() {
    let world = World::new().await;
    world.put_raw("/a", b"x");
    world.refuse(Operation::DeleteObject);
    assert_eq!(kind(world.driver.move_file("/a", "/b", PublishOptions::default()).await), ErrorKind::AccessDenied);
    assert_eq!(world.names(), ["/a", "/b"]);
}
