//! Every suite of `blob-driver`; and what 0.2 has of its own: the calls by which bytes come and go piece by piece.

use ossicle::{ErrorKind, ReadOptions, WriteOptions};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_tests::blobs::{PART, assert_is, assert_kind, content};
use ossicle_tests::p2::{Blobs, Client, PIECE};
use ossicle_tests::suites::blobs::{keeping, mishaps, parts};
use ossicle_tests::{BlobDriver, BlobReader, BlobWhy, BlobWriter, Ground, Signature};

use super::pooled;

/// Makes a test of a suite for each client: with V4, and with V1 below a root. After each, nothing may be left once everything
/// is deleted.
macro_rules! over_every_client {
    ($($suite:path as $name:ident),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn single_v4() {
                let ground = Ground::new("").await;
                let blobs = Blobs::open(&ground, Signature::V4, Client::single()).await;
                $suite(&blobs, &ground).await;
                ground.tear_down(&blobs).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn pooled_v1_below_a_root() {
                let ground = Ground::new("some/root/").await;
                let blobs = Blobs::open(&ground, Signature::V1, pooled(&ground)).await;
                $suite(&blobs, &ground).await;
                ground.tear_down(&blobs).await;
            }
        }
    )*};
}

ossicle_tests::every_suite_of_blobs!(over_every_client);
ossicle_tests::every_suite_of_blobs_in_small_parts!(over_every_client);

over_every_client!(
    pieces_have_bounds as pieces_have_bounds,
    a_read_that_failed_stays_so as a_read_that_failed_stays_so,
    a_content_that_has_ended_takes_no_more as a_content_that_has_ended_takes_no_more,
    a_content_that_is_dropped_is_as_after_a_crash as a_content_that_is_dropped_is_as_after_a_crash,
    parts_are_in_flight_from_call_to_call as parts_are_in_flight_from_call_to_call,
    a_writer_tells_what_it_has_lost as a_writer_tells_what_it_has_lost,
);

#[tokio::test(flavor = "multi_thread")]
async fn m1_m2_v1_large_moves() {
    let ground = Ground::new("root/").await;
    let options = mishaps::moving_options();
    let blobs = Blobs::open_with(&ground, Signature::V4, Client::single(), options).await;
    mishaps::large_moves(&blobs, &ground).await;
    ground.tear_down(&blobs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_parts_with_an_md5_are_not_gone_on_with() {
    let ground = Ground::new("root/").await;
    let options = parts::damaged_options();
    let blobs = Blobs::open_with(&ground, Signature::V4, Client::single(), options).await;
    parts::damaged(&blobs, &ground).await;
    ground.tear_down(&blobs).await;
}

/// By a registry's parameters: what they open works, and the first one that can't is named.
#[tokio::test(flavor = "multi_thread")]
async fn parameters_open_a_driver() {
    let ground = Ground::new("docker/").await;
    let blobs = Blobs::by_parameters(ground.parameter_list(), pooled(&ground)).await.unwrap();
    keeping::write_read_streams(&blobs, &ground).await;
    ground.tear_down(&blobs).await;
    ground.take_counts();
    let wrong = ground.parameter_list().into_iter().chain([("colour", "blue".to_owned())]);
    let failed = Blobs::by_parameters(wrong, pooled(&ground)).await.map(drop).unwrap_err();
    assert!(failed.text.contains("colour"), "{failed}");
    assert_eq!(ground.requests(), 0);
}

fn refusal(operation: Operation) -> FaultRule {
    let (code, message, ec) = ("AccessDenied".to_owned(), "as the test wants".to_owned(), String::new());
    FaultRule::new(FaultAction::Error { status: 403, code, message, ec }).on(operation)
}

/// At most a MiB goes in or comes out by one call, and at least a byte comes out while there is one.
async fn pieces_have_bounds(blobs: &Blobs, ground: &Ground) {
    let (allowed, more) = (content(9, PIECE), content(9, PIECE + 1));
    let upload = blobs.upload("/file", 0, None, WriteOptions::new()).await;
    assert_kind(upload.write(&more).await, ErrorKind::Unsupported);
    upload.write(&allowed).await.unwrap();
    upload.finish().await.unwrap();
    let mut writer = blobs.writer("/other", false, None).await.unwrap();
    assert_kind(writer.add(&more).await, ErrorKind::Unsupported);
    writer.add(&allowed).await.unwrap();
    writer.commit().await.unwrap();
    for path in ["/file", "/other"] {
        assert!(ground.stored(path).unwrap() == allowed);
    }

    let whole = content(1, 3 << 20);
    ground.plant("/large", &whole);
    let mut reader = blobs.read("/large", 0).await.unwrap();
    let mut bytes = Vec::new();
    loop {
        let piece = reader.read(u32::MAX).await.unwrap();
        assert!(piece.len() <= PIECE);
        if piece.is_empty() {
            break;
        }
        bytes.extend_from_slice(&piece);
    }
    assert!(bytes == whole);
    let mut reader = blobs.read_with("/large", 10, ReadOptions::new().length(20)).await.unwrap();
    assert_eq!(reader.read(7).await.unwrap(), whole[10..17]);
    assert_eq!(reader.read(0).await.unwrap(), whole[17..18], "at least one");
    assert_eq!(reader.read(PIECE as u32).await.unwrap(), whole[18..30]);
    for _ in 0..2 {
        assert_eq!(reader.read(PIECE as u32).await.unwrap(), b"");
    }
    let failed = blobs.read_at("/large", -1, ReadOptions::new()).await.unwrap_err();
    assert!(matches!(failed.why, BlobWhy::InvalidOffset), "{failed}");
    let upload = blobs.upload("/large", -1, None, WriteOptions::new()).await;
    let failed = upload.finish().await.unwrap_err();
    assert!(matches!(failed.why, BlobWhy::InvalidOffset), "{failed}");
}

/// Nothing that is asked for behind a failure looks like an end.
async fn a_read_that_failed_stays_so(blobs: &Blobs, ground: &Ground) {
    ground.plant("/file", &content(2, 4 << 20));
    ground.corrupt_responses(Operation::GetObject);
    let mut reader = blobs.read("/file", 0).await.unwrap();
    assert_kind(reader.rest().await, ErrorKind::Corrupt);
    for _ in 0..2 {
        assert_kind(reader.piece().await, ErrorKind::Corrupt);
    }
}

/// Finished, given up or failed; and what fails is told as soon as a call finds it.
async fn a_content_that_has_ended_takes_no_more(blobs: &Blobs, ground: &Ground) {
    for is_finished in [true, false] {
        let upload = blobs.upload("/file", 0, None, WriteOptions::new()).await;
        upload.write(b"some").await.unwrap();
        if is_finished {
            assert_eq!(upload.finish().await.unwrap().0, 4);
        } else {
            upload.cancel().await.unwrap();
        }
        assert_kind(upload.write(b"x").await, ErrorKind::Conflict);
        assert_kind(upload.finish().await, ErrorKind::Conflict);
        assert_kind(upload.cancel().await, ErrorKind::Conflict);
    }
    ground.fault(refusal(Operation::UploadPart));
    let upload = blobs.upload("/file", 0, None, WriteOptions::new()).await;
    let whole = content(3, 2 << 20);
    let mut pieces = whole.chunks(PART as usize);
    let failed = loop {
        let piece = pieces.next().expect("not only at the end");
        if let Err(failed) = upload.write(piece).await {
            break failed;
        }
    };
    assert_is(&failed, ErrorKind::AccessDenied);
    assert_kind(upload.finish().await, ErrorKind::Conflict);
    assert_eq!(ground.stored("/file").unwrap(), b"some");
    assert_eq!(ground.pending(), []);
}

async fn a_content_that_is_dropped_is_as_after_a_crash(blobs: &Blobs, ground: &Ground) {
    ground.plant("/file", b"before");
    let upload = blobs.upload("/file", 0, None, WriteOptions::new()).await;
    upload.write(&content(5, PIECE)).await.unwrap();
    upload.write(&content(4, 3 * PART as usize)).await.unwrap();
    drop(upload);
    assert_eq!(blobs.get("/file").await.unwrap(), b"before");
    let uploads = blobs.uploads("/", std::time::Duration::ZERO).await.unwrap();
    assert_eq!(uploads.len(), 1);
    blobs.remove_uploads(&uploads).await.unwrap();
    assert_eq!(ground.pending(), []);
    assert_eq!(ground.stored("/file").unwrap(), b"before");
}

/// Of parts that are answered late several wait for their answers at once, though each call brings less than one.
async fn parts_are_in_flight_from_call_to_call(blobs: &Blobs, ground: &Ground) {
    let whole = content(6, 12 * PART as usize);
    for by_writer in [false, true] {
        ground.take_counts();
        ground.fault(FaultRule::new(FaultAction::Delay { ms: 300 }).on(Operation::UploadPart));
        if by_writer {
            let mut writer = blobs.writer("/file", false, None).await.unwrap();
            for piece in whole.chunks(PART as usize / 2) {
                writer.add(piece).await.unwrap();
            }
            writer.commit().await.unwrap();
        } else {
            let upload = blobs.upload("/file", 0, None, WriteOptions::new()).await;
            for piece in whole.chunks(PART as usize / 2) {
                upload.write(piece).await.unwrap();
            }
            upload.finish().await.unwrap();
        }
        ground.clear_faults();
        assert!(ground.stored("/file").unwrap() == whole);
        let most = ground.emulator().stats().in_flight_max;
        assert!(most >= 2, "{most}");
    }
}

/// Where bytes of calls that succeeded are lost with a part, nothing goes on as if they were there, until `size` was asked.
async fn a_writer_tells_what_it_has_lost(blobs: &Blobs, ground: &Ground) {
    let whole = content(8, 6 * PART as usize);
    let mut writer = blobs.writer("/file", false, None).await.unwrap();
    ground.fault(refusal(Operation::UploadPart));
    let mut promised = 0;
    let failed = loop {
        let Some(piece) = whole.get(promised..promised + PART as usize) else {
            break writer.commit().await.unwrap_err();
        };
        match writer.add(piece).await {
            Ok(()) => promised += piece.len(),
            Err(failed) => break failed,
        }
    };
    assert_is(&failed, ErrorKind::AccessDenied);
    ground.clear_faults();
    assert_kind(writer.commit().await, ErrorKind::Conflict);
    assert_kind(writer.close().await, ErrorKind::Conflict);
    assert_kind(writer.add(b"x").await, ErrorKind::Conflict);
    assert_eq!(ground.stored("/file"), None);
    let taken = writer.size().await.unwrap() as usize;
    assert!(taken < promised, "{taken} of {promised}");
    writer.write(&whole[taken..]).await.unwrap();
    writer.commit().await.unwrap();
    assert!(ground.stored("/file").unwrap() == whole);
}
