//! `write-stream`, and what a file looks like when it fails.

use bytes::Bytes;
use futures_util::StreamExt as _;
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_guest::blob::{Content, Reason};
use ossicle_guest::error::ErrorKind;

use crate::world::{
    LEAST, PART, PublishOptions, World, WriteOptions, WriterStart, broken, bytes, content, good, hint, kind,
};

/// What the seed's driver makes of a file: what it was up to the offset, zeros where it was shorter, and the content.
fn expected(old: &[u8], offset: usize, new: &[u8]) -> Vec<u8> {
    let mut whole = old[..old.len().min(offset)].to_vec();
    whole.resize(offset, 0);
    whole.extend_from_slice(new);
    whole
}

#[tokio::test]
async fn every_boundary_of_size_offset_and_length() {
    let world = World::new().await;
    let sizes = [0, 1, LEAST - 1, LEAST, PART - 1, PART, PART + 1, 3 * PART + 5];
    let lengths = [0, 1, LEAST, PART - 1, PART, PART + 1, 2 * PART + 7];
    for (n, size) in sizes.into_iter().enumerate() {
        let old = bytes(size, n as u32 + 1);
        for offset in sizes {
            for length in lengths {
                world.put_raw("/f", &old);
                let new = bytes(length, 99);
                let written = world.write_at("/f", offset, &new).await;
                assert_eq!(written, Ok(length as u64), "{size} {offset} {length}");
                assert!(
                    world.raw("/f").unwrap() == expected(&old, offset, &new),
                    "a file of {size} bytes, {length} written at {offset}"
                );
            }
        }
    }
    assert_eq!(world.pending(), 0);
    assert_eq!(world.names(), ["/f"]);
}

#[tokio::test]
async fn d1_d3_a_reader_that_fails_changes_nothing() {
    for (old, offset) in [(None, 0), (Some(2 * PART), 0), (Some(2 * PART), 2 * PART), (Some(10), 10)] {
        for length in [0, 5, PART + PART / 2] {
            let world = World::new().await;
            let old = old.map(|size| bytes(size, 1));
            if let Some(old) = &old {
                world.put_raw("/f", old);
            }
            let new = bytes(length, 2);
            let result = world
                .driver
                .write_stream("/f", offset as i64, content(&new), broken(), None, &WriteOptions::default())
                .await;
            let error = result.unwrap_err();
            assert_eq!(error.reason, Reason::BrokenContent("the reader failed".into()));
            assert_eq!((error.path.as_deref(), error.offset), (Some("/f"), Some(offset as i64)));
            assert_eq!(world.raw("/f").map(Vec::from), old, "{length} bytes at {offset}");
            assert_eq!(world.pending(), 0, "d6: no upload is left");
            // What was said to have failed is written again where the file says it is, and nothing is lost or zero.
            let size = old.as_ref().map_or(0, Vec::len);
            world.write_at("/f", size, &new).await.unwrap();
            assert_eq!(world.raw("/f").unwrap(), expected(&old.unwrap_or_default(), size, &new));
        }
    }
}

/// 1.11: what is committed is committed, also where an upload that is of no more use can't be aborted.
#[tokio::test]
async fn an_abort_that_fails_behind_a_commit_is_no_failure() {
    let world = World::new().await;
    // Another upload of the same content was completed; the answer to this one's completion says nothing.
    let whole = bytes(2 * PART + 5, 1);
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(&whole)).await.unwrap();
    world.put_raw("/f", &whole);
    world.unavailable(Operation::CompleteMultipartUpload, 0, 100);
    world.refuse(Operation::AbortMultipartUpload);
    writer.commit(PublishOptions::default()).await.unwrap();
    // An upload without parts was made a file by one request.
    let mut writer = world.driver.writer("/empty", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.close().await.unwrap();
    let mut writer = world.driver.writer("/empty", WriterStart::Newest, &hint(None)).await.unwrap();
    writer.commit(PublishOptions::default()).await.unwrap();
    assert_eq!(world.raw("/empty").unwrap(), "");
    world.ground.clear_faults();
    let left = world.uploads("/", 0).await;
    assert_eq!(left.iter().map(|upload| upload.path.as_str()).collect::<Vec<_>>(), ["/empty", "/f"]);
    world.driver.remove_uploads(left).await.unwrap();
    assert_eq!(world.pending(), 0);
}

#[tokio::test]
async fn d2_a_completion_that_fails_is_a_failure() {
    let world = World::new().await;
    let old = bytes(PART, 1);
    world.put_raw("/f", &old);
    world.unavailable(Operation::CompleteMultipartUpload, 0, 100);
    let error = world.write_at("/f", 0, &bytes(2 * PART, 2)).await.unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::Unavailable));
    assert_eq!(error.leftover, None);
    assert_eq!(world.raw("/f").unwrap(), old);
    assert_eq!(world.pending(), 0);
    // And so is an abort that fails on top of it.
    world.refuse(Operation::AbortMultipartUpload);
    let error = world.write_at("/f", 0, &bytes(2 * PART, 2)).await.unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::Unavailable));
    let upload = world.bucket().uploads().pop().unwrap();
    let leftover = error.leftover.as_deref().unwrap();
    assert_eq!((&leftover.upload_id, leftover.error.kind), (&upload.upload_id, ErrorKind::AccessDenied));
    assert!(error.to_string().contains(&upload.upload_id));
}

#[tokio::test]
async fn d4_a_part_that_fails_publishes_nothing() {
    for failing in 0..4 {
        let world = World::new().await;
        let old = bytes(PART, 1);
        world.put_raw("/f", &old);
        // One part fails for good, the others arrive, in whatever order.
        let fault = world.unavailable(Operation::UploadPart, failing, 100);
        assert_eq!(kind(world.write_at("/f", 0, &bytes(6 * PART, 2)).await), ErrorKind::Unavailable);
        assert!(fault.hits() >= 2);
        assert_eq!(world.raw("/f").unwrap(), old);
        assert_eq!(world.pending(), 0);
    }
}

#[tokio::test]
async fn d5_d6_an_empty_content_cuts_and_fills() {
    let world = World::new().await;
    assert_eq!(world.write_at("/f", 0, b"").await, Ok(0));
    assert_eq!(world.raw("/f").unwrap(), "");
    world.put_raw("/f", b"0123456789");
    assert_eq!(world.write_at("/f", 4, b"XY").await, Ok(2));
    assert_eq!(world.raw("/f").unwrap(), "0123XY");
    assert_eq!(world.write_at("/f", 2, b"").await, Ok(0));
    assert_eq!(world.raw("/f").unwrap(), "01");
    assert_eq!(world.write_at("/f", 0, b"").await, Ok(0));
    assert_eq!(world.raw("/f").unwrap(), "");
    world.put_raw("/f", b"1");
    assert_eq!(world.write_at("/f", PART + 1, b"").await, Ok(0));
    assert_eq!(world.raw("/f").unwrap(), expected(b"1", PART + 1, b""));
    assert_eq!(world.pending(), 0);
}

#[tokio::test]
async fn d7_what_is_not_there_is_filled_up() {
    let world = World::new().await;
    assert_eq!(world.write_at("/f", 3, b"abc").await, Ok(3));
    assert_eq!(world.raw("/f").unwrap(), "\0\0\0abc");
    world.unavailable(Operation::HeadObject, 0, 100);
    assert_eq!(kind(world.write_at("/g", 3, b"abc").await), ErrorKind::Unavailable, "an error is never absence");
    assert_eq!(world.raw("/g"), None);
}

#[tokio::test]
async fn d10_a_continued_file_is_copied_where_it_is() {
    let world = World::new().await;
    let old = bytes(LEAST, 1);
    world.put_raw("/f", &old);
    world.ground.take_counts();
    world.write_at("/f", LEAST, b"x").await.unwrap();
    assert_eq!(
        world.ground.take_counts(),
        [
            ("CompleteMultipartUpload", 1),
            ("HeadObject", 1),
            ("InitiateMultipartUpload", 1),
            // The mark, and what is added.
            ("UploadPart", 2),
            ("UploadPartCopy", 1)
        ]
        .map(|(name, count)| (name.to_owned(), count))
    );
    // What is too small to be copied as a part is fetched: at most 100 KiB.
    world.put_raw("/f", &old);
    world.write_at("/f", LEAST - 1, b"x").await.unwrap();
    let fetched = world.ground.emulator().requests().into_iter().find(|one| one.operation == Operation::GetObject);
    assert_eq!(fetched.unwrap().bytes_out, LEAST as u64 - 1);
}

#[tokio::test]
async fn d11_a_beginning_that_comes_short_is_never_zeros() {
    let world = World::new().await;
    let old = bytes(1000, 1);
    world.put_raw("/f", &old);
    let cut = || FaultRule::new(FaultAction::CutResponse { at: 500 }).on(Operation::GetObject);
    world.ground.fault(cut().once());
    world.write_at("/f", 1000, b"x").await.unwrap();
    assert_eq!(world.raw("/f").unwrap(), expected(&old, 1000, b"x"));
    world.put_raw("/f", &old);
    world.ground.fault(cut());
    world.write_at("/f", 1000, b"x").await.unwrap_err();
    assert_eq!(world.raw("/f").unwrap(), old);
    assert_eq!(world.pending(), 0);
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_continued() {
    let world = World::new().await;
    world.put_raw("/f", &bytes(2 * PART, 1));
    let other = bytes(2 * PART, 2);
    let changing = changing(&world, &other);
    let result =
        world.driver.write_stream("/f", 2 * PART as i64, changing, good(), None, &WriteOptions::default()).await;
    assert_eq!(kind(result), ErrorKind::Conflict);
    assert_eq!(world.raw("/f").unwrap(), other);
    assert_eq!(world.pending(), 0);
}

/// A content that changes the file when it is first asked for, which is before the beginning is copied.
fn changing<'a>(world: &'a World, other: &'a [u8]) -> Content<'a> {
    Box::pin(futures_util::stream::iter([0]).map(move |_| {
        world.put_raw("/f", other);
        Bytes::from_static(b"x")
    }))
}

#[tokio::test]
async fn offsets_that_can_not_be() {
    let world = World::new().await;
    let error =
        world.driver.write_stream("/f", -1, content(b"x"), good(), None, &WriteOptions::default()).await.unwrap_err();
    assert_eq!((&error.reason, error.offset, error.path.as_deref()), (&Reason::InvalidOffset, Some(-1), Some("/f")));
    let far = world.driver.write_stream("/f", i64::MAX, content(b"x"), good(), None, &WriteOptions::default()).await;
    assert_eq!(kind(far), ErrorKind::Unsupported);
    let long =
        world.driver.write_stream("/f", 0, content(b"x"), good(), Some(60 << 40), &WriteOptions::default()).await;
    assert_eq!(kind(long), ErrorKind::Unsupported);
    assert_eq!(world.ground.requests(), 0);
}

#[tokio::test]
async fn what_is_damaged_on_its_way_is_not_stored() {
    let world = World::new().await;
    world.ground.corrupt_requests(Operation::UploadPart);
    assert_eq!(kind(world.write_at("/f", 0, &bytes(3 * PART, 1)).await), ErrorKind::Corrupt);
    assert_eq!((world.raw("/f"), world.pending()), (None, 0));
}

/// No part carries an MD5 (14.3): one that was damaged on its way is stored, and then again as it is.
#[tokio::test]
async fn a_damaged_part_is_sent_again_14_3() {
    for part_md5 in [false, true] {
        let world = World::with(|options| options.part_md5 = Some(part_md5)).await;
        let rule = FaultRule::new(FaultAction::CorruptRequest { at: 2 }).on(Operation::UploadPart).skip(1).once();
        let fault = world.ground.fault(rule);
        world.ground.take_counts();
        let whole = bytes(3 * PART, 1);
        world.write_at("/f", 0, &whole).await.unwrap();
        assert_eq!(fault.hits(), 1);
        assert!(world.raw("/f").unwrap() == whole);
        let requests = world.ground.emulator().requests();
        let parts = requests.iter().filter(|request| request.operation == Operation::UploadPart);
        let statuses = parts.map(|request| request.status).collect::<Vec<_>>();
        assert_eq!(statuses.len(), 4);
        assert_eq!(statuses.contains(&Some(400)), part_md5, "OSS refuses the part if it carries an MD5: {statuses:?}");
    }
}
