//! Blobs: bytes that come and go by pieces, and what became of those that did not arrive.

use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_tests::blobs::{PART, content};
use ossicle_tests::p2::blob_driver::{DriverError, Reason, WriterStart};
use ossicle_tests::p2::types::ErrorKind;
use ossicle_tests::p2::{Blobs, Client};
use ossicle_tests::{Ground, SECRET, Signature};

use super::pooled;

const MIB: u32 = 1 << 20;

/// Makes two tests of a scenario, one for each client.
macro_rules! over_every_client {
    ($($scenario:ident),* $(,)?) => {
        mod single_v4 {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $scenario() {
                    let ground = Ground::new("").await;
                    let mut blobs = Blobs::open(&ground, Signature::V4, Client::single()).await;
                    super::$scenario(&mut blobs, &ground).await;
                }
            )*
        }

        mod pooled_v1_below_a_root {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $scenario() {
                    let ground = Ground::new("some/root/").await;
                    let mut blobs = Blobs::open(&ground, Signature::V1, pooled(&ground)).await;
                    super::$scenario(&mut blobs, &ground).await;
                }
            )*
        }
    };
}

over_every_client!(
    what_is_put_comes_out,
    a_file_goes_through_piece_by_piece,
    a_read_that_breaks_goes_on_and_damage_is_no_end,
    a_content_is_written_whole_or_not_at_all,
    a_content_that_is_given_up_leaves_nothing,
    parts_are_in_flight_together,
    a_writer_goes_on_where_another_one_stopped,
    a_writer_loses_nothing_by_a_part_that_fails,
    walks_and_uploads_come_by_pages,
    pieces_have_a_limit,
    what_waits_holds_nobody_up,
);

/// The kind of what a call failed by.
#[track_caller]
fn kind<T: std::fmt::Debug>(result: Result<T, DriverError>) -> ErrorKind {
    let error = result.expect_err("it can't work");
    assert!(matches!(error.reason, Reason::Failed), "{error:?}");
    assert!(error.driver_name == "oss" && !format!("{error:?}").contains(SECRET), "{error:?}");
    error.causes.into_iter().next().expect("a cause").error.kind
}

fn refusal(operation: Operation) -> FaultRule {
    let (code, message, ec) = ("AccessDenied".to_owned(), "as the test wants".to_owned(), String::new());
    FaultRule::new(FaultAction::Error { status: 403, code, message, ec }).on(operation)
}

async fn what_is_put_comes_out(blobs: &mut Blobs, ground: &Ground) {
    for length in [0, 1, 5, 300_000, 5 << 20] {
        let whole = content(length as u64, length);
        assert_eq!(blobs.put("/some/file", &whole).await.unwrap().size, length as u64);
        assert!(blobs.get("/some/file").await.unwrap().content == whole);
    }
    assert_eq!(blobs.list("/").await.unwrap(), ["/some"]);
    assert!(blobs.stat("/some").await.unwrap().is_dir);
    blobs.rename("/some/file", "/other").await.unwrap();
    assert!(matches!(kind(blobs.get("/some/file").await), ErrorKind::NotFound));
    assert!(matches!(kind(blobs.get("no path").await), ErrorKind::InvalidKey));
    blobs.delete("/other").await.unwrap();
    assert_eq!(ground.keys_below(""), [""; 0]);
}

async fn a_file_goes_through_piece_by_piece(blobs: &mut Blobs, ground: &Ground) {
    let whole = content(1, 8 << 20);
    let upload = blobs.write("/file", 0, Some(8 << 20)).await;
    for piece in whole.chunks(MIB as usize) {
        blobs.add(upload, piece).await.unwrap();
    }
    let (count, written) = blobs.finish(upload).await.unwrap();
    assert_eq!((count, written.size), (8 << 20, 8 << 20));
    assert!(ground.stored("/file").unwrap() == whole);

    for (offset, most) in [(0, MIB), (0, 70_000), (5 << 20, u32::MAX), (8 << 20, MIB)] {
        let (bytes, pieces) = blobs.read_all("/file", offset, most).await.unwrap();
        assert!(bytes == whole[offset as usize..], "from {offset}");
        assert!(pieces >= bytes.len() / most.min(MIB) as usize);
    }
    let (state, reader) = blobs.read("/file", 10, Some(20)).await.unwrap();
    assert_eq!(state.size, 8 << 20);
    assert_eq!(blobs.next(reader, 7).await.unwrap(), whole[10..17]);
    assert_eq!(blobs.next(reader, 0).await.unwrap(), whole[17..18], "at least one");
    assert_eq!(blobs.next(reader, MIB).await.unwrap(), whole[18..30]);
    for _ in 0..2 {
        assert_eq!(blobs.next(reader, MIB).await.unwrap(), b"");
    }
    let error = blobs.read("/file", -1, None).await.unwrap_err();
    assert!(matches!(error.reason, Reason::InvalidOffset) && error.offset == Some(-1), "{error:?}");
}

async fn a_read_that_breaks_goes_on_and_damage_is_no_end(blobs: &mut Blobs, ground: &Ground) {
    let whole = content(2, 4 << 20);
    ground.plant("/file", &whole);
    for at in [0, 1, 3 << 20] {
        let fault = ground.fault(FaultRule::new(FaultAction::CutResponse { at }).on(Operation::GetObject).once());
        assert!(blobs.read_all("/file", 0, MIB).await.unwrap().0 == whole, "cut at {at}");
        assert_eq!(fault.hits(), 1);
        ground.clear_faults();
    }
    ground.corrupt_responses(Operation::GetObject);
    let (_, reader) = blobs.read("/file", 0, None).await.unwrap();
    let failed = loop {
        match blobs.next(reader, MIB).await {
            Ok(piece) => assert!(!piece.is_empty(), "damage is no end"),
            Err(error) => break error,
        }
    };
    assert!(matches!(kind::<()>(Err(failed)), ErrorKind::Corrupt));
    // And nothing that is asked for afterwards looks like one.
    assert!(matches!(kind(blobs.next(reader, MIB).await), ErrorKind::Corrupt));
}

async fn a_content_is_written_whole_or_not_at_all(blobs: &mut Blobs, ground: &Ground) {
    ground.plant("/file", b"0123456789");
    for (offset, bytes, expected) in
        [(4, &b"ab"[..], &b"0123ab"[..]), (8, &b"x"[..], &b"0123ab\0\0x"[..]), (0, &b""[..], &b""[..])]
    {
        let upload = blobs.write("/file", offset, None).await;
        blobs.add(upload, bytes).await.unwrap();
        assert_eq!(blobs.finish(upload).await.unwrap().0, bytes.len() as u64);
        assert_eq!(ground.stored("/file").unwrap(), expected);
        assert!(matches!(kind(blobs.finish(upload).await), ErrorKind::Conflict));
        assert!(matches!(kind(blobs.add(upload, b"x").await), ErrorKind::Conflict));
    }
    // What fails is told by the first call that finds it.
    let upload = blobs.write("/file", -1, None).await;
    assert!(matches!(blobs.finish(upload).await.unwrap_err().reason, Reason::InvalidOffset));
    ground.plant("/file", b"before");
    ground.fault(refusal(Operation::UploadPart));
    let upload = blobs.write("/file", 0, None).await;
    let whole = content(3, 2 << 20);
    let mut pieces = whole.chunks(PART as usize);
    let failed = loop {
        let Some(piece) = pieces.next() else { break blobs.finish(upload).await.map(drop) };
        if let Err(error) = blobs.add(upload, piece).await {
            break Err(error);
        }
    };
    assert!(matches!(kind(failed), ErrorKind::AccessDenied));
    assert!(pieces.next().is_some(), "not only at the end");
    assert_eq!(ground.stored("/file").unwrap(), b"before");
    assert_eq!(ground.pending(), []);
}

async fn a_content_that_is_given_up_leaves_nothing(blobs: &mut Blobs, ground: &Ground) {
    ground.plant("/file", b"before");
    let whole = content(4, 3 * PART as usize);
    let upload = blobs.write("/file", 0, None).await;
    blobs.add(upload, &whole).await.unwrap();
    blobs.give_up(upload).await.unwrap();
    assert_eq!(ground.stored("/file").unwrap(), b"before");
    assert_eq!(ground.pending(), []);
    assert!(matches!(kind(blobs.give_up(upload).await), ErrorKind::Conflict));

    // An upload that can't be aborted is named.
    ground.fault(refusal(Operation::AbortMultipartUpload));
    let upload = blobs.write("/file", 0, None).await;
    blobs.add(upload, &whole).await.unwrap();
    let error = blobs.give_up(upload).await.unwrap_err();
    let pending = ground.pending();
    let [left] = &pending[..] else { panic!("{pending:?}") };
    assert!(error.causes.iter().any(|cause| cause.upload_id.as_ref() == Some(&left.upload_id)), "{error:?}");
    ground.clear_faults();
    let (date, uploads) = blobs.uploads("/").await.unwrap();
    assert!(date.is_some());
    blobs.remove_uploads(&uploads).await.unwrap();

    // One that is dropped in its middle is as after a crash.
    let upload = blobs.write("/file", 0, None).await;
    blobs.add(upload, &content(5, MIB as usize)).await.unwrap();
    blobs.add(upload, &whole).await.unwrap();
    blobs.leave(upload).await;
    assert!(blobs.get("/file").await.unwrap().content == b"before");
    let (_, uploads) = blobs.uploads("/").await.unwrap();
    blobs.remove_uploads(&uploads).await.unwrap();
    assert_eq!(ground.pending(), []);
    assert_eq!(ground.stored("/file").unwrap(), b"before");
}

/// Within a call, and from call to call: of parts that are answered late several wait for their answers at once.
async fn parts_are_in_flight_together(blobs: &mut Blobs, ground: &Ground) {
    let whole = content(6, 12 * PART as usize);
    for by_writer in [false, true] {
        ground.take_counts();
        ground.fault(FaultRule::new(FaultAction::Delay { ms: 300 }).on(Operation::UploadPart));
        if by_writer {
            let writer = blobs.writer("/file", WriterStart::Anew).await.unwrap();
            for piece in whole.chunks(PART as usize / 2) {
                blobs.append(writer, piece).await.unwrap();
            }
            blobs.commit(writer).await.unwrap();
        } else {
            let upload = blobs.write("/file", 0, None).await;
            for piece in whole.chunks(PART as usize / 2) {
                blobs.add(upload, piece).await.unwrap();
            }
            blobs.finish(upload).await.unwrap();
        }
        ground.clear_faults();
        assert!(ground.stored("/file").unwrap() == whole);
        assert!(ground.emulator().stats().in_flight_max >= 2, "{}", ground.emulator().stats().in_flight_max);
    }
}

async fn a_writer_goes_on_where_another_one_stopped(blobs: &mut Blobs, ground: &Ground) {
    let whole = content(7, 3 * PART as usize);
    let mut at = 0;
    for (number, length) in [250_000, 4, whole.len() - 250_004].into_iter().enumerate() {
        let start = if number == 0 { WriterStart::Anew } else { WriterStart::Newest };
        let writer = blobs.writer("/file", start).await.unwrap();
        assert_eq!(blobs.size(writer).await, at as u64);
        blobs.append(writer, &whole[at..at + length]).await.unwrap();
        at += length;
        assert_eq!(blobs.size(writer).await, at as u64);
        if number == 2 {
            assert_eq!(blobs.commit(writer).await.unwrap().size, whole.len() as u64);
        }
        blobs.close(writer).await.unwrap();
        assert!(matches!(kind(blobs.append(writer, b"x").await.and(blobs.commit(writer).await)), ErrorKind::Conflict));
        blobs.leave(writer).await;
    }
    assert!(ground.stored("/file").unwrap() == whole);
    assert_eq!(ground.pending(), []);

    let writer = blobs.writer("/other", WriterStart::Anew).await.unwrap();
    blobs.append(writer, &whole).await.unwrap();
    blobs.cancel(writer).await.unwrap();
    blobs.close(writer).await.unwrap();
    assert_eq!(ground.pending(), []);
    assert_eq!(ground.stored("/other"), None);
}

async fn a_writer_loses_nothing_by_a_part_that_fails(blobs: &mut Blobs, ground: &Ground) {
    let whole = content(8, 6 * PART as usize);
    let writer = blobs.writer("/file", WriterStart::Anew).await.unwrap();
    ground.fault(refusal(Operation::UploadPart));
    let mut promised = 0;
    let failed = loop {
        let Some(piece) = whole.get(promised..promised + PART as usize) else {
            break blobs.commit(writer).await.map(drop);
        };
        match blobs.append(writer, piece).await {
            Ok(()) => promised += piece.len(),
            Err(error) => break Err(error),
        }
    };
    assert!(matches!(kind(failed), ErrorKind::AccessDenied));
    ground.clear_faults();
    // Bytes of calls that succeeded are lost with it: nothing goes on as if they were there.
    assert!(matches!(kind(blobs.commit(writer).await), ErrorKind::Conflict));
    assert!(matches!(kind(blobs.close(writer).await), ErrorKind::Conflict));
    assert!(matches!(kind(blobs.append(writer, b"x").await), ErrorKind::Conflict));
    assert_eq!(ground.stored("/file"), None);
    // What counts is what `size` tells.
    let taken = blobs.size(writer).await as usize;
    assert!(taken < promised, "{taken} of {promised}");
    blobs.append(writer, &whole[taken..]).await.unwrap();
    blobs.commit(writer).await.unwrap();
    assert!(ground.stored("/file").unwrap() == whole);
}

async fn walks_and_uploads_come_by_pages(blobs: &mut Blobs, ground: &Ground) {
    for number in 0..2500 {
        ground.plant(&format!("/tree/{number:04}"), b"x");
    }
    let paths = blobs.walk("/tree").await.unwrap();
    assert_eq!(paths.len(), 2500);
    assert_eq!((paths[0].as_str(), paths[2499].as_str()), ("/tree/0000", "/tree/2499"));
    assert!(matches!(kind(blobs.walk("/none").await), ErrorKind::NotFound));
    for path in ["/a", "/b"] {
        let writer = blobs.writer(path, WriterStart::Anew).await.unwrap();
        blobs.leave(writer).await;
    }
    let (_, uploads) = blobs.uploads("/").await.unwrap();
    assert_eq!(uploads.iter().map(|upload| upload.path.as_str()).collect::<Vec<_>>(), ["/a", "/b"]);
    blobs.remove_uploads(&uploads[1..]).await.unwrap();
    assert_eq!(ground.pending().len(), 1);
}

async fn pieces_have_a_limit(blobs: &mut Blobs, ground: &Ground) {
    let (allowed, more) = (content(9, MIB as usize), content(9, MIB as usize + 1));
    let upload = blobs.write("/file", 0, None).await;
    assert!(matches!(kind(blobs.add(upload, &more).await), ErrorKind::Unsupported));
    blobs.add(upload, &allowed).await.unwrap();
    blobs.finish(upload).await.unwrap();
    let writer = blobs.writer("/other", WriterStart::Anew).await.unwrap();
    assert!(matches!(kind(blobs.append(writer, &more).await), ErrorKind::Unsupported));
    blobs.append(writer, &allowed).await.unwrap();
    blobs.commit(writer).await.unwrap();
    for path in ["/file", "/other"] {
        assert!(ground.stored(path).unwrap() == allowed);
    }
}

/// Reads that are left and uploads that wait for more go on beside other calls.
async fn what_waits_holds_nobody_up(blobs: &mut Blobs, ground: &Ground) {
    let whole = content(10, 4 << 20);
    ground.plant("/large", &whole);
    let mut readers = Vec::new();
    for _ in 0..3 {
        let (_, reader) = blobs.read("/large", 0, None).await.unwrap();
        readers.push((reader, blobs.next(reader, MIB).await.unwrap()));
    }
    let upload = blobs.write("/upload", 0, None).await;
    blobs.add(upload, &whole[..MIB as usize]).await.unwrap();
    let writer = blobs.writer("/written", WriterStart::Anew).await.unwrap();
    blobs.append(writer, &whole[..300_000]).await.unwrap();
    blobs.put("/small", b"x").await.unwrap();
    assert_eq!(blobs.get("/small").await.unwrap().content, b"x");
    for (reader, mut bytes) in readers.split_off(1) {
        loop {
            let piece = blobs.next(reader, MIB).await.unwrap();
            if piece.is_empty() {
                break;
            }
            bytes.extend_from_slice(&piece);
        }
        assert!(bytes == whole);
        blobs.leave(reader).await;
    }
    blobs.add(upload, &whole[MIB as usize..2 * MIB as usize]).await.unwrap();
    blobs.finish(upload).await.unwrap();
    blobs.commit(writer).await.unwrap();
    assert!(ground.stored("/upload").unwrap() == whole[..2 << 20]);
    assert!(ground.stored("/written").unwrap() == whole[..300_000]);
}
