//! Uploads whose process ended at any point: what goes on with them, what does not, and what is told of what is stored.

use std::time::Duration;

use ossicle_emulator::{FaultAction, FaultHandle, FaultRule, Operation};
use ossicle_guest::blob::{StoredPiece, Writer};
use ossicle_guest::checksum::crc64;
use ossicle_guest::error::ErrorKind;
use ossicle_tests::native::Native;

use crate::world::{LEAST, PART, PublishOptions, World, WriteOptions, WriterStart, bytes, content, good, hint, kind};

/// Large enough to be copied in several parts.
const LARGE: usize = (3 << 20) + 7;

async fn append(world: &World, path: &str) -> Writer<Native> {
    world.driver.writer(path, WriterStart::Newest, &hint(None)).await.unwrap()
}

/// The process ends while one of these requests is on its way.
async fn ends_while<T>(call: impl Future<Output = T>, held_up: &[FaultHandle]) {
    let before: u64 = held_up.iter().map(|fault| fault.hits()).sum();
    let caught = async {
        while held_up.iter().map(|fault| fault.hits()).sum::<u64>() == before {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        _ = call => panic!("it ended by itself"),
        () = caught => {}
    }
}

/// Requests of an operation that never end, but for the first ones.
fn hold_up(world: &World, operation: Operation, skip: u64) -> FaultHandle {
    world.ground.fault(FaultRule::new(FaultAction::Delay { ms: 3_600_000 }).on(operation).skip(skip))
}

/// What a writer tells of the pieces, as far as a content is compared with it.
fn told(writer: &Writer<Native>) -> Vec<(Option<u32>, u64, Option<u64>)> {
    writer.stored().pieces.iter().map(|piece| (piece.part, piece.size, piece.crc64)).collect()
}

fn piece(part: Option<u32>, bytes: &[u8]) -> (Option<u32>, u64, Option<u64>) {
    (part, bytes.len() as u64, Some(crc64(bytes)))
}

/// 1.1: whoever brings the content again can compare every byte that is stored.
#[tokio::test]
async fn what_is_stored_is_told_piece_by_piece() {
    let mut world = World::new().await;
    let whole = bytes(2 * PART + 5, 1);
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    assert_eq!((writer.stored().is_resumed, writer.stored().kept, told(&writer)), (false, 0, vec![]));
    writer.write(&mut content(&whole)).await.unwrap();
    writer.close().await.unwrap();
    world.restart();
    let writer = append(&world, "/f").await;
    let parts = [piece(Some(1), &whole[..PART]), piece(Some(2), &whole[PART..2 * PART])];
    assert_eq!(told(&writer), [&parts[..], &[piece(None, &whole[2 * PART..])]].concat());
    assert_eq!((writer.stored().is_resumed, writer.stored().kept), (true, 0));
    // The parts' MD5, and none of what is no part.
    let etags: Vec<_> = writer.stored().pieces.iter().map(|piece| piece.etag.as_ref().map(String::len)).collect();
    assert_eq!(etags, [Some(34), Some(34), None]);
}

/// 1.2: of an upload that continues a file it is told how much of it is the file's, whatever the sizes, after a `close` and
/// after a crash.
#[tokio::test]
async fn what_was_kept_of_a_file_is_told_apart() {
    for size in [1, LEAST - 1, LEAST, 2 * PART, LARGE] {
        for closes in [true, false] {
            let mut world = World::new().await;
            let (old, new) = (bytes(size, 1), bytes(3 * PART + 9, 2));
            world.put_raw("/f", &old);
            let mut writer = append(&world, "/f").await;
            assert_eq!((writer.stored().is_resumed, writer.stored().kept, told(&writer)), (false, size as u64, vec![]));
            writer.write(&mut content(&new[..2 * PART + 9])).await.unwrap();
            if closes {
                writer.close().await.unwrap();
            }
            drop(writer);
            world.restart();
            let mut writer = append(&world, "/f").await;
            let stored = writer.stored();
            assert_eq!((stored.is_resumed, stored.kept), (true, size as u64), "{size} {closes}");
            assert!(!closes || writer.size() as usize == size + 2 * PART + 9);
            // Each piece is what of the new content it says it is.
            let mut at = 0;
            for StoredPiece { size, crc64: stated, .. } in &stored.pieces {
                let end = at + *size as usize;
                assert_eq!(*stated, Some(crc64(&new[at..end])), "{at} to {end}");
                at = end;
            }
            assert_eq!(at + size, writer.size() as usize);
            writer.write(&mut content(&new[at..])).await.unwrap();
            writer.close().await.unwrap();
            let mut writer = append(&world, "/f").await;
            assert_eq!((writer.stored().kept, writer.size() as usize), (size as u64, size + new.len()));
            writer.commit(PublishOptions::default()).await.unwrap();
            assert!(world.raw("/f").unwrap() == [old, new].concat(), "{size} {closes}");
            assert_eq!((world.pending(), world.names()), (0, vec!["/f".to_owned()]));
        }
    }
}

/// 1.7: where a process ended while a file's content was copied, no later one takes what is there for the whole of it.
#[tokio::test]
async fn an_unfinished_copy_is_begun_anew() {
    for copied in 0..3 {
        let mut world = World::with(|options| options.parts_in_flight = Some(1)).await;
        let (old, new) = (bytes(LARGE, 1), bytes(PART + 1, 2));
        world.put_raw("/f", &old);
        let held_up = hold_up(&world, Operation::UploadPartCopy, copied);
        let mut writer = append(&world, "/f").await;
        ends_while(writer.write(&mut content(&new)), &[held_up]).await;
        drop(writer);
        world.ground.clear_faults();
        world.restart();
        assert_eq!(world.pending(), 1);
        // Looking alone changes nothing: the next one finds it as well.
        for _ in 0..2 {
            let writer = append(&world, "/f").await;
            let stored = writer.stored();
            assert_eq!((stored.is_resumed, stored.kept, writer.size()), (true, LARGE as u64, LARGE as u64));
        }
        let mut writer = append(&world, "/f").await;
        writer.write(&mut content(&new)).await.unwrap();
        writer.commit(PublishOptions::default()).await.unwrap();
        assert!(world.raw("/f").unwrap() == [old, new].concat(), "after {copied} copies");
        assert_eq!((world.pending(), world.names()), (0, vec!["/f".to_owned()]));
    }
}

/// 1.7: the file was replaced or removed before the copy is begun anew.
#[tokio::test]
async fn an_unfinished_copy_of_a_file_that_changed() {
    let mut world = World::with(|options| options.parts_in_flight = Some(1)).await;
    world.put_raw("/f", &bytes(LARGE, 1));
    let held_up = hold_up(&world, Operation::UploadPartCopy, 2);
    let mut writer = append(&world, "/f").await;
    ends_while(writer.write(&mut content(b"x")), &[held_up]).await;
    drop(writer);
    world.ground.clear_faults();
    world.restart();
    world.bucket().remove_raw("registry/f");
    let error = world.driver.writer("/f", WriterStart::Newest, &hint(None)).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::Conflict));
    assert!(error.to_string().contains("the file is gone: remove the upload (remove-uploads)"), "{error}");
    let other = bytes(2 * PART, 3);
    world.put_raw("/f", &other);
    let mut writer = append(&world, "/f").await;
    assert_eq!(writer.size(), 2 * PART as u64);
    writer.write(&mut content(b"x")).await.unwrap();
    writer.commit(PublishOptions::default()).await.unwrap();
    assert!(world.raw("/f").unwrap() == [&other[..], b"x"].concat());
    assert_eq!(world.pending(), 0);
    // What is cancelled takes the one before with it.
    world.put_raw("/f", &bytes(LARGE, 1));
    let held_up = hold_up(&world, Operation::UploadPartCopy, 2);
    ends_while(append(&world, "/f").await.write(&mut content(b"x")), &[held_up]).await;
    world.ground.clear_faults();
    append(&world, "/f").await.cancel().await.unwrap();
    assert_eq!((world.pending(), world.names()), (0, vec!["/f".to_owned()]));
}

/// 1.7: what a call of its own left, which copies another file or the beginning of this one, is nobody's to go on with.
#[tokio::test]
async fn what_a_move_or_a_stream_left_is_not_gone_on_with() {
    for copied in [0, 3] {
        let mut world = World::with(|options| options.parts_in_flight = Some(1)).await;
        let old = bytes(LARGE, 1);
        world.put_raw("/f", &old);
        world.put_raw("/other", &bytes(LARGE, 2));
        let hold_up_both = || {
            world.ground.clear_faults();
            [hold_up(&world, Operation::UploadPartCopy, copied), hold_up(&world, Operation::CompleteMultipartUpload, 0)]
        };
        ends_while(world.driver.move_file("/other", "/f", PublishOptions::default()), &hold_up_both()).await;
        let options = WriteOptions::default();
        let stream = world.driver.write_stream("/f", 2 << 20, content(&bytes(PART, 3)), good(), None, &options);
        ends_while(stream, &hold_up_both()).await;
        ends_while(world.driver.move_file("/other", "/new", PublishOptions::default()), &hold_up_both()).await;
        assert_eq!(world.pending(), 3);
        world.ground.clear_faults();
        world.restart();
        let mut writer = append(&world, "/f").await;
        assert_eq!((writer.stored().is_resumed, writer.size()), (false, LARGE as u64));
        writer.write(&mut content(b"more")).await.unwrap();
        writer.commit(PublishOptions::default()).await.unwrap();
        assert!(world.raw("/f").unwrap() == [&old[..], b"more"].concat());
        assert_eq!(kind(world.driver.writer("/new", WriterStart::Newest, &hint(None)).await), ErrorKind::NotFound);
        // They are listed, and can be removed.
        assert_eq!(world.remove_uploads("/", 0).await.unwrap().len(), 3);
        assert_eq!(world.pending(), 0);
    }
}

/// 1.7: an upload that can't be marked as what it is does not stay.
#[tokio::test]
async fn an_upload_that_can_not_be_marked_is_aborted() {
    let world = World::new().await;
    world.put_raw("/f", &bytes(LARGE, 1));
    world.refuse(Operation::PutObject);
    let mut writer = append(&world, "/f").await;
    assert_eq!(kind(writer.write(&mut content(&bytes(PART + 1, 2))).await), ErrorKind::AccessDenied);
    assert_eq!(world.pending(), 0);
    world.ground.clear_faults();
    // It goes on where it says it is.
    let (old, new) = (bytes(LARGE, 1), bytes(PART + 1, 2));
    writer.write(&mut content(&new[writer.size() as usize - LARGE..])).await.unwrap();
    writer.commit(PublishOptions::default()).await.unwrap();
    assert!(world.raw("/f").unwrap() == [old, new].concat());
}

/// 6.3: what was begun is found, before a whole part of it is stored, and over an older file.
#[tokio::test]
async fn what_was_begun_is_found() {
    let mut world = World::new().await;
    for older in [false, true] {
        if older {
            world.put_raw("/f", b"older");
        }
        let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
        writer.write(&mut content(b"begun")).await.unwrap();
        drop(writer);
        world.restart();
        let mut writer = append(&world, "/f").await;
        assert_eq!((writer.stored().is_resumed, writer.size()), (true, 0), "{older}");
        writer.write(&mut content(b"new")).await.unwrap();
        writer.commit(PublishOptions::default()).await.unwrap();
        assert_eq!(world.raw("/f").unwrap(), "new");
        assert_eq!(world.pending(), 0);
        world.ground.advance_clock(1);
    }
}

/// 1.6: of the two uploads that a lost answer to a begin leaves, the one that is used is gone on with, whatever their ids.
#[tokio::test]
async fn after_a_begin_whose_answer_was_lost_the_used_upload_goes_on() {
    // The order of ids is no order of time: with several of these either comes last.
    for n in 0..6 {
        for (length, closes) in [(2 * PART + 5, true), (2 * PART + 5, false), (5, true)] {
            let mut world = World::new().await;
            world.ground.fault(FaultRule::new(FaultAction::LoseResponse).on(Operation::InitiateMultipartUpload).once());
            let whole = bytes(length, n + 1);
            let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
            // An empty one that is listed before or behind it, of the same second.
            writer.write(&mut content(&whole)).await.unwrap();
            if closes {
                writer.close().await.unwrap();
            }
            drop(writer);
            let seconds: std::collections::BTreeSet<_> =
                world.uploads("/f", 0).await.into_iter().map(|one| one.initiated).collect();
            assert_eq!(world.pending(), 2);
            if seconds.len() > 1 {
                continue;
            }
            world.restart();
            let mut writer = append(&world, "/f").await;
            let expected = if closes { length } else { length / PART * PART };
            assert_eq!(writer.size() as usize, expected, "{n}");
            writer.write(&mut content(&whole[expected..])).await.unwrap();
            writer.commit(PublishOptions::default()).await.unwrap();
            assert!(world.raw("/f").unwrap() == whole);

            // The other one is older than the file, and nothing of it is stored: the file is gone on with.
            assert_eq!(world.pending(), 1);
            world.ground.advance_clock(1);
            world.put_raw("/f", &whole);
            let writer = append(&world, "/f").await;
            assert_eq!((writer.stored().is_resumed, writer.size() as usize), (false, length));
        }
    }
}

/// 1.8: to cancel what turns out to be the file's content is no success, and says so.
#[tokio::test]
async fn cancelling_after_a_commit_whose_answer_was_lost_tells_of_the_file() {
    // Over a file that is fetched and put as a whole, over one that is copied, and where there was none.
    for old in [None, Some(5), Some(2 * PART)] {
        let world = World::new().await;
        if let Some(size) = old {
            world.put_raw("/f", &bytes(size, 1));
        }
        let new = bytes(if old == Some(5) { 9 } else { 2 * PART + 5 }, 2);
        let mut writer = world
            .driver
            .writer("/f", if old.is_some() { WriterStart::Newest } else { WriterStart::Anew }, &hint(None))
            .await
            .unwrap();
        writer.write(&mut content(&new)).await.unwrap();
        let commit = if old == Some(5) { Operation::PutObject } else { Operation::CompleteMultipartUpload };
        world.ground.fault(FaultRule::new(FaultAction::LoseResponse).on(commit));
        world.unavailable(Operation::HeadObject, 0, 100);
        assert_eq!(kind(writer.commit(PublishOptions::default()).await), ErrorKind::Unavailable, "nobody can look");
        assert_eq!(kind(writer.cancel().await), ErrorKind::Unavailable, "nor when it is cancelled");
        world.ground.clear_faults();
        let error = writer.cancel().await.unwrap_err();
        assert_eq!(error.kind(), Some(ErrorKind::Conflict));
        assert!(error.to_string().contains("is the file's content"), "{error}");
        let whole = [bytes(old.unwrap_or(0), 1), new].concat();
        assert!(world.raw("/f").unwrap() == whole);
        // It is what it would be after a commit.
        writer.close().await.unwrap();
        assert_eq!(kind(writer.cancel().await), ErrorKind::Conflict);
        assert_eq!((world.pending(), world.names()), (0, vec!["/f".to_owned()]));
    }
}

/// 1.8: and where the commit did not take effect, it is cancelled.
#[tokio::test]
async fn cancelling_after_a_commit_that_failed_leaves_the_file() {
    let world = World::new().await;
    world.put_raw("/f", b"before");
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(&bytes(2 * PART, 2))).await.unwrap();
    world.unavailable(Operation::CompleteMultipartUpload, 0, 100);
    kind(writer.commit(PublishOptions::default()).await);
    writer.cancel().await.unwrap();
    assert_eq!((world.raw("/f").unwrap().as_ref(), world.pending()), (&b"before"[..], 0));
    // By somebody else, and something else is there.
    let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(&bytes(2 * PART, 2))).await.unwrap();
    kind(writer.commit(PublishOptions::default()).await);
    world.remove_uploads("/f", 0).await.unwrap();
    writer.cancel().await.unwrap();
    assert_eq!(world.raw("/f").unwrap(), "before");
}

/// A commit by one request whose answer is lost is settled by looking, as one of parts is.
#[tokio::test]
async fn a_small_commit_whose_answer_is_lost_is_settled_by_looking() {
    let world = World::new().await;
    world.put_raw("/f", b"old ");
    let mut writer = append(&world, "/f").await;
    writer.write(&mut content(b"new")).await.unwrap();
    world.ground.fault(FaultRule::new(FaultAction::LoseResponse).on(Operation::PutObject));
    writer.commit(PublishOptions::default()).await.unwrap();
    assert_eq!(world.raw("/f").unwrap(), "old new");
}

/// 1.11: what can't be removed after a commit does not make a failure of it.
#[tokio::test]
async fn a_commit_is_one_whatever_stays_beside_it() {
    // An empty file is put, and its upload is not needed.
    let world = World::new().await;
    let mut writer = world.driver.writer("/empty", WriterStart::Anew, &hint(None)).await.unwrap();
    world.refuse(Operation::AbortMultipartUpload);
    writer.commit(PublishOptions::default()).await.unwrap();
    assert_eq!((world.raw("/empty").unwrap().len(), world.pending()), (0, 1));
    // The same content is there by another upload.
    let whole = bytes(2 * PART, 1);
    for _ in 0..2 {
        let mut writer = world.driver.writer("/f", WriterStart::Anew, &hint(None)).await.unwrap();
        writer.write(&mut content(&whole)).await.unwrap();
        writer.commit(PublishOptions::default()).await.unwrap();
        world.unavailable(Operation::CompleteMultipartUpload, 0, 100);
    }
    assert_eq!(world.pending(), 2);
    // What was kept beside it.
    world.ground.clear_faults();
    let mut writer = world.driver.writer("/g", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(b"rest")).await.unwrap();
    writer.close().await.unwrap();
    world.refuse(Operation::DeleteObject);
    append(&world, "/g").await.commit(PublishOptions::default()).await.unwrap();
    assert_eq!(world.raw("/g").unwrap(), "rest");
    world.ground.clear_faults();
    assert_eq!(world.driver.remove_orphans(0).await, Ok(1));
}
