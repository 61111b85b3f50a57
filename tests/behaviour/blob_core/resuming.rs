//! Writers: suspended, resumed by another process, failed, and committed with an answer lost.

use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_guest::error::ErrorKind;
use ossicle_guest::oss::{ServerSideEncryption, StorageClass};

use crate::world::{LEAST, PART, PublishOptions, World, WriteOptions, WriterStart, bytes, content, hint, kind};

#[tokio::test]
async fn v6_v7_suspended_and_resumed_whatever_the_pieces() {
    for sizes in [
        vec![3, 4, 0, 5],
        vec![PART - 1, 1, 1],
        vec![PART, PART, PART],
        vec![PART + PART / 5, 4, 0, 4, 2 * PART],
        vec![2 * PART + 1, LEAST, 3],
        vec![0, 0],
        vec![0, PART + 1],
        vec![3 * PART, 1],
    ] {
        let mut world = World::new().await;
        let whole = bytes(sizes.iter().sum(), 3);
        let mut left = &whole[..];
        let mut pieces = Vec::new();
        for size in &sizes {
            let (piece, rest) = left.split_at(*size);
            pieces.push(piece);
            left = rest;
        }
        // Nothing can be seen of it before the commit, not even when it is suspended.
        let mut writer = world.driver.writer("/d/f", WriterStart::Anew, &hint(None)).await.unwrap();
        writer.write(&mut content(pieces[0])).await.unwrap();
        writer.close().await.unwrap();
        assert_eq!(kind(world.driver.stat("/d/f").await), ErrorKind::NotFound);
        assert_eq!(kind(world.driver.stat("/d").await), ErrorKind::NotFound);
        assert_eq!(world.driver.list("/").await.unwrap().paths, [""; 0]);
        assert!(world.driver.walk("/", None).await.unwrap().page().await.unwrap().is_none());
        world.remove_uploads("/", 0).await.unwrap();

        world.write_in_pieces("/d/f", &pieces).await;
        assert!(world.raw("/d/f").unwrap() == whole, "{sizes:?}");
        assert_eq!(
            (world.pending(), world.names()),
            (0, vec!["/d/f".to_owned()]),
            "{sizes:?}: nothing is left beside it"
        );
    }
}

#[tokio::test]
async fn what_is_kept_beside_an_upload_is_encrypted_and_never_archived() {
    let world = World::with(|options| {
        options.encryption = Some(ServerSideEncryption::Aes256);
        options.storage_class = Some(StorageClass::Archive);
    })
    .await;
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(b"rest")).await.unwrap();
    writer.close().await.unwrap();
    let beside = world.bucket().info(&["registry", &world.names()[0]].concat()).unwrap();
    assert_eq!((beside.encryption, beside.storage_class), (Some(("AES256".into(), None)), Some("Standard".into())));
    world
        .driver
        .writer("/f", WriterStart::Newest, &hint(None))
        .await
        .unwrap()
        .commit(PublishOptions::default())
        .await
        .unwrap();
    let file = world.bucket().info("registry/f").unwrap();
    assert_eq!((file.encryption, file.storage_class), (Some(("AES256".into(), None)), Some("Archive".into())));
}

#[tokio::test]
async fn a_crash_keeps_whole_parts() {
    let mut world = World::new().await;
    let whole = bytes(5 * PART + 9, 4);
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(&whole[..3 * PART + 5])).await.unwrap();
    drop(writer);
    world.restart();
    let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.unwrap();
    assert_eq!(writer.size(), 3 * PART as u64);
    writer.write(&mut content(&whole[3 * PART..])).await.unwrap();
    writer.commit(PublishOptions::default()).await.unwrap();
    assert!(world.raw("/f").unwrap() == whole);
}

#[tokio::test]
async fn a_crash_in_the_middle_of_a_call_leaves_nothing_stale() {
    let mut world = World::new().await;
    // Of four parts in flight the second does not arrive, and the process ends.
    let lost = world.ground.fault(
        FaultRule::new(FaultAction::Error {
            status: 403,
            code: "AccessDenied".into(),
            message: String::new(),
            ec: String::new(),
        })
        .on(Operation::UploadPart)
        .skip(1)
        .times(1),
    );
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    kind(writer.write(&mut content(&bytes(4 * PART + 1, 5))).await);
    assert_eq!(lost.hits(), 1);
    drop(writer);
    world.restart();
    let stored = world.bucket().uploads().pop().unwrap().parts;
    assert!(stored.len() >= 2 && stored.len() < 4, "{stored:?}");
    // Another content is written from there on, shorter than what was behind.
    let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.unwrap();
    let kept = writer.size() as usize;
    assert!(kept < 3 * PART, "{kept}");
    let other = bytes(PART + 1, 6);
    writer.write(&mut content(&other)).await.unwrap();
    drop(writer);
    world.restart();
    let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.unwrap();
    assert_eq!(writer.size() as usize, kept + PART, "what was behind does not count again");
    writer.write(&mut content(&other[PART..])).await.unwrap();
    writer.commit(PublishOptions::default()).await.unwrap();
    let whole = [&bytes(4 * PART + 1, 5)[..kept], &other].concat();
    assert!(world.raw("/f").unwrap() == whole);
}

#[tokio::test]
async fn v4_v5_a_write_that_fails_loses_nothing() {
    let world = World::new().await;
    let whole = bytes(6 * PART + 3, 7);
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    world.unavailable(Operation::UploadPart, 0, 100);
    assert_eq!(kind(writer.write(&mut content(&whole)).await), ErrorKind::Unavailable);
    let taken = writer.size() as usize;
    assert!(taken > 0 && taken < whole.len());
    assert_eq!(
        kind(writer.commit(PublishOptions::default()).await),
        ErrorKind::Unavailable,
        "no commit without the parts"
    );
    assert_eq!(kind(writer.write(&mut content(&whole[taken..])).await), ErrorKind::Unavailable, "and no hang");
    world.ground.clear_faults();
    let taken = writer.size() as usize;
    writer.write(&mut content(&whole[taken..])).await.unwrap();
    assert_eq!(writer.size() as usize, whole.len());
    writer.commit(PublishOptions::default()).await.unwrap();
    assert!(world.raw("/f").unwrap() == whole);
}

#[tokio::test]
async fn v8_of_several_uploads_the_newest_goes_on() {
    let mut world = World::new().await;
    for (seed, length) in [(1, PART + 5), (2, 2 * PART + 5), (3, 7)] {
        let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
        writer.write(&mut content(&bytes(length, seed))).await.unwrap();
        writer.close().await.unwrap();
        world.ground.advance_clock(1);
    }
    // One for a file whose name begins the same.
    let mut other = world.driver.writer("/f-", WriterStart::Anew, &hint(None)).await.unwrap();
    other.write(&mut content(b"other")).await.unwrap();
    other.close().await.unwrap();
    world.restart();
    let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.unwrap();
    assert_eq!(writer.size(), 7);
    writer.commit(PublishOptions::default()).await.unwrap();
    assert_eq!(world.raw("/f").unwrap(), bytes(7, 3));
    assert_eq!(world.pending(), 3);
}

#[tokio::test]
async fn v9_v12_empty_files_and_what_is_appended_to_them() {
    let mut world = World::new().await;
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.commit(PublishOptions::default()).await.unwrap();
    writer.close().await.unwrap();
    assert_eq!(world.raw("/f").unwrap(), "");
    world.driver.put_content("/g", bytes::Bytes::new(), &WriteOptions::default()).await.unwrap();
    for path in ["/f", "/g"] {
        let mut writer = world.driver.writer(path, WriterStart::Newest, &hint(None)).await.unwrap();
        assert_eq!(writer.size(), 0);
        writer.write(&mut content(&bytes(32, 1))).await.unwrap();
        writer.commit(PublishOptions::default()).await.unwrap();
        assert_eq!(world.raw(path).unwrap(), bytes(32, 1));
    }
    assert_eq!(kind(world.driver.writer("/missing", WriterStart::Newest, &hint(None)).await), ErrorKind::NotFound);
    // An empty one that was suspended.
    world.write_in_pieces("/h", &[b"", b""]).await;
    assert_eq!((world.raw("/h").unwrap().len(), world.pending()), (0, 0));
}

#[tokio::test]
async fn a_file_that_has_content_is_appended_to() {
    for size in [1, LEAST - 1, LEAST, 2 * PART, 3 << 20] {
        let world = World::new().await;
        let old = bytes(size, 1);
        world.put_raw("/f", &old);
        let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.unwrap();
        assert_eq!(writer.size() as usize, size);
        writer.write(&mut content(&bytes(PART + 1, 2))).await.unwrap();
        assert_eq!(world.raw("/f").unwrap(), old, "not before the commit");
        writer.commit(PublishOptions::default()).await.unwrap();
        assert!(world.raw("/f").unwrap() == [old, bytes(PART + 1, 2)].concat());
    }
}

#[tokio::test]
async fn v10_v11_what_is_cancelled_is_gone() {
    let mut world = World::new().await;
    for length in [0, 5, 3 * PART + 5] {
        let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
        writer.write(&mut content(&bytes(length, 1))).await.unwrap();
        writer.close().await.unwrap();
        world.restart();
        let mut writer = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.unwrap();
        writer.write(&mut content(b"more")).await.unwrap();
        writer.cancel().await.unwrap();
        let requests = world.ground.requests();
        writer.close().await.unwrap();
        assert_eq!(world.ground.requests(), requests, "nothing is sent for what is gone");
        assert_eq!(kind(writer.commit(PublishOptions::default()).await), ErrorKind::Conflict);
        assert_eq!(kind(writer.write(&mut content(b"x")).await), ErrorKind::Conflict);
        assert_eq!((world.pending(), world.names().len()), (0, 0));
    }
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(&bytes(2 * PART, 1))).await.unwrap();
    world.refuse(Operation::AbortMultipartUpload);
    assert_eq!(kind(writer.cancel().await), ErrorKind::AccessDenied, "an abort that fails is told");
    world.ground.clear_faults();
    writer.cancel().await.unwrap();
    assert_eq!(world.pending(), 0);
}

#[tokio::test]
async fn v13_a_commit_that_fails_can_be_tried_again() {
    let mut world = World::new().await;
    let whole = bytes(2 * PART + 5, 1);
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(&whole)).await.unwrap();
    world.unavailable(Operation::CompleteMultipartUpload, 0, 100);
    assert_eq!(kind(writer.commit(PublishOptions::default()).await), ErrorKind::Unavailable);
    assert_eq!((world.raw("/f"), world.pending()), (None, 1));
    world.ground.clear_faults();
    world.ground.take_counts();
    writer.commit(PublishOptions::default()).await.unwrap();
    assert_eq!(world.ground.take_counts(), [("CompleteMultipartUpload".to_owned(), 1)], "no part is sent again");
    assert!(world.raw("/f").unwrap() == whole);

    // By another process.
    let mut writer = world.driver.writer("/g", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(&whole)).await.unwrap();
    world.unavailable(Operation::CompleteMultipartUpload, 0, 100);
    kind(writer.commit(PublishOptions::default()).await);
    drop(writer);
    world.ground.clear_faults();
    world.restart();
    let mut writer = world.driver.writer("/g", WriterStart::Newest, &hint(None)).await.unwrap();
    assert_eq!(writer.size() as usize, whole.len());
    // The last part is too small for another one to follow.
    assert_eq!(kind(writer.write(&mut content(b"x")).await), ErrorKind::Unsupported);
    writer.commit(PublishOptions::default()).await.unwrap();
    assert!(world.raw("/g").unwrap() == whole);
}

#[tokio::test]
async fn v14_a_commit_whose_answer_is_lost_is_settled_by_looking() {
    for (times, old) in [(1, None), (10, None), (10, Some(bytes(2 * PART + 5, 9)))] {
        let world = World::new().await;
        if let Some(old) = &old {
            world.put_raw("/f", old);
        }
        let whole = bytes(2 * PART + 5, 1);
        let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
        writer.write(&mut content(&whole)).await.unwrap();
        world
            .ground
            .fault(FaultRule::new(FaultAction::LoseResponse).on(Operation::CompleteMultipartUpload).times(times));
        writer.commit(PublishOptions::default()).await.unwrap();
        assert!(world.raw("/f").unwrap() == whole);
        assert_eq!(world.pending(), 0);
    }
    // It did not take effect, and what is there is something else: that is no success.
    let world = World::new().await;
    let old = bytes(2 * PART + 5, 9);
    world.put_raw("/f", &old);
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(&bytes(2 * PART + 5, 1))).await.unwrap();
    world.ground.fault(FaultRule::new(FaultAction::Refuse).on(Operation::CompleteMultipartUpload));
    assert_eq!(kind(writer.commit(PublishOptions::default()).await), ErrorKind::Unavailable);
    assert_eq!((world.raw("/f").unwrap(), world.pending()), (old.clone().into(), 1));
    // Someone aborts it meanwhile: nor is that.
    world.remove_uploads("/f", 0).await.unwrap();
    world.ground.clear_faults();
    let error = writer.commit(PublishOptions::default()).await.unwrap_err();
    assert!(error.to_string().contains("NoSuchUpload"), "{error}");
    assert_eq!(world.raw("/f").unwrap(), old);
}

#[tokio::test]
async fn v14_a_lost_answer_in_one_call() {
    for times in [1, 10] {
        let world = World::new().await;
        world
            .ground
            .fault(FaultRule::new(FaultAction::LoseResponse).on(Operation::CompleteMultipartUpload).times(times));
        let whole = bytes(2 * PART + 5, 1);
        assert_eq!(world.write_at("/f", 0, &whole).await, Ok(whole.len() as u64));
        assert!(world.raw("/f").unwrap() == whole);
        assert_eq!(world.pending(), 0);
    }
}
