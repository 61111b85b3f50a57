//! What the seed's driver and 2.8.3 did wrong, by their numbers, as far as it shows through the component. (What needs a
//! look inside is tested natively.)

use std::time::Duration;

use ossicle::{ErrorKind, StorageClass};
use ossicle_emulator::{FaultAction, FaultRule, Glob, Operation};

use crate::blobs::{HOUR, PART, arrived, assert_is, assert_kind, assert_not_found, content};
use crate::{BlobDriver, BlobFailed, BlobReader, BlobWhy, BlobWriter as _, Ground};

fn refusal(operation: Operation) -> FaultRule {
    error(operation, 403, "AccessDenied")
}

fn error(operation: Operation, status: u16, code: &str) -> FaultRule {
    let (code, message, ec) = (code.to_owned(), "as the test wants".to_owned(), String::new());
    FaultRule::new(FaultAction::Error { status, code, message, ec }).on(operation)
}

const PARTS: usize = 3 * PART as usize + 5;

/// D2, D4, D6, V13: an upload that fails, at whichever of its requests, is told; the file stays, and nothing is left over.
pub async fn failing_uploads(blobs: &impl BlobDriver, ground: &Ground) {
    let (old, new) = (content(1, PARTS), content(2, PARTS));
    ground.plant("/file", &old);
    for operation in [Operation::InitiateMultipartUpload, Operation::UploadPart, Operation::CompleteMultipartUpload] {
        for rule in [refusal(operation), error(operation, 503, "ServiceUnavailable")] {
            let fault = ground.fault(rule);
            let error = blobs.write("/file", 0, &new[..], None).await.unwrap_err();
            assert!(fault.hits() > 0 && error.kind().is_some(), "{error}");
            assert_eq!((error.path.as_deref(), error.offset), (Some("/file"), Some(0)));
            ground.clear_faults();
            assert!(ground.stored("/file").unwrap() == old, "{operation}");
            assert_eq!(ground.pending(), [], "{operation}");
        }
    }
    // An upload that can't be aborted either is told by its id, and can be removed.
    ground.fault(refusal(Operation::CompleteMultipartUpload));
    ground.fault(refusal(Operation::AbortMultipartUpload));
    let error = blobs.write("/file", 0, &new[..], None).await.unwrap_err();
    ground.clear_faults();
    let left = ground.pending();
    assert_eq!(left.len(), 1);
    assert_eq!(error.upload_left(), Some(left[0].upload_id.as_str()), "{error}");
    assert_eq!(blobs.uploads("/", HOUR).await.unwrap(), []);
    let uploads = blobs.uploads("/", Duration::ZERO).await.unwrap();
    assert_eq!(uploads.len(), 1);
    blobs.remove_uploads(&uploads).await.unwrap();
    assert_eq!(ground.pending(), []);
}

/// D11, and a read whose connection breaks: it goes on by range, and the whole comes.
pub async fn broken_reads(blobs: &impl BlobDriver, ground: &Ground) {
    let whole = content(3, 4 << 20);
    ground.plant("/file", &whole);
    for at in [0, 1, 100_000, 3 << 20] {
        for offset in [0, 5_u64] {
            let fault = ground.fault(FaultRule::new(FaultAction::CutResponse { at }).on(Operation::GetObject).once());
            assert!(blobs.read_all("/file", offset).await.unwrap() == whole[offset as usize..], "cut at {at}");
            assert_eq!(fault.hits(), 1);
            ground.clear_faults();
        }
    }
    // The beginning of a file that is rewritten.
    ground.plant("/small", &whole[..50_000]);
    ground.fault(FaultRule::new(FaultAction::CutResponse { at: 10 }).on(Operation::GetObject).once());
    blobs.write("/small", 40_000, &b"tail"[..], None).await.unwrap();
    assert!(ground.stored("/small").unwrap() == [&whole[..40_000], b"tail"].concat());
}

/// That an error names OSS's request, for whoever asks OSS about it.
fn told_with_request(error: &BlobFailed) {
    let answer = error.failed().and_then(|failed| failed.answer.as_ref());
    assert!(answer.is_some_and(|(_, request_id)| request_id.is_some()), "{error}");
}

/// What a read ends with that can't come to its end, and what came before. Behind that nothing comes.
async fn broken_end(reader: &mut impl BlobReader) -> (Vec<u8>, BlobFailed) {
    let mut bytes = Vec::new();
    let failed = loop {
        match reader.piece().await {
            Ok(Some(piece)) => bytes.extend_from_slice(&piece),
            Ok(None) => panic!("{} bytes came and then an end", bytes.len()),
            Err(failed) => break failed,
        }
    };
    assert!(!matches!(reader.piece().await, Ok(Some(_))), "a piece behind an error");
    (bytes, failed)
}

/// A flipped bit, a body that always breaks, a file that changes: an error at the end, never an early end.
pub async fn damaged_reads(blobs: &impl BlobDriver, ground: &Ground) {
    let whole = content(4, 4 << 20);
    ground.plant("/file", &whole);
    ground.corrupt_responses(Operation::GetObject);
    told_with_request(&assert_kind(blobs.read_all("/file", 0).await, ErrorKind::Corrupt));
    ground.clear_faults();
    ground.fault(FaultRule::new(FaultAction::CutResponse { at: 0 }).on(Operation::GetObject));
    let failed = blobs.read_all("/file", 0).await.unwrap_err();
    assert!(failed.is_retryable(), "{failed}");
    told_with_request(&failed);
    ground.clear_faults();

    ground.fault(FaultRule::new(FaultAction::CutResponse { at: 3 << 20 }).on(Operation::GetObject).once());
    let mut reader = blobs.read("/file", 0).await.unwrap();
    let first = reader.piece().await.unwrap().expect("a piece");
    ground.plant("/file", &content(5, 4 << 20));
    let (rest, end) = broken_end(&mut reader).await;
    assert_eq!(end.kind(), Some(ErrorKind::Conflict), "{end}");
    told_with_request(&end);
    assert!(first.len() + rest.len() <= 3 << 20);
}

/// R1: an endpoint that ignores ranges sends the whole with 200. Nothing of it is given out for what was asked for.
pub async fn ignored_ranges(blobs: &impl BlobDriver, ground: &Ground) {
    let whole = content(10, 4 << 20);
    ground.plant("/file", &whole);
    let told = |error: &BlobFailed, offset: u64| {
        assert_eq!(error.kind(), Some(ErrorKind::Service), "{error}");
        assert_eq!((error.path.as_deref(), error.offset), (Some("/file"), Some(offset)));
        assert!(error.text.contains("OSS answered 200 instead of 206"), "{error}");
    };
    let ignoring = || FaultRule::new(FaultAction::IgnoreRange).on(Operation::GetObject);
    // From an offset on: within the file, at its last byte, and where nothing should come.
    for offset in [1, 100_000, (4 << 20) - 1, 4 << 20, 5 << 20] {
        let fault = ground.fault(ignoring());
        told(&blobs.read_all("/file", offset).await.unwrap_err(), offset);
        assert!(fault.hits() > 0);
        ground.clear_faults();
    }
    // A read that breaks and goes on by range: what came before the break is right, and then comes the error.
    for (offset, cut) in [(0, 1 << 20), (0, 1), (7, 2 << 20)] {
        ground.fault(FaultRule::new(FaultAction::CutResponse { at: cut }).on(Operation::GetObject).once());
        let fault = ground.fault(ignoring().skip(1));
        let mut reader = blobs.read("/file", offset).await.unwrap();
        let (bytes, end) = broken_end(&mut reader).await;
        told(&end, offset);
        assert!(fault.hits() > 0);
        assert_eq!(bytes.len() as u64, cut);
        assert!(bytes == whole[offset as usize..][..cut as usize]);
        ground.clear_faults();
    }
    // The beginning of a file that is rewritten: the file stays.
    ground.plant("/file", &whole[..50_000]);
    let fault = ground.fault(ignoring());
    told(&blobs.write("/file", 40_000, &b"tail"[..], None).await.unwrap_err(), 40_000);
    assert!(fault.hits() > 0);
    assert!(ground.stored("/file").unwrap() == whole[..50_000]);
    assert_eq!(ground.pending(), []);
}

/// V4, V5 and V13: a writer whose parts fail loses nothing, counts right and can be gone on with.
pub async fn failing_writers(blobs: &impl BlobDriver, ground: &Ground) {
    let whole = content(6, 2 * PARTS);
    let mut writer = blobs.writer("/file", false, None).await.unwrap();
    ground.fault(refusal(Operation::UploadPart));
    assert_is(&writer.refused(&whole[..PARTS]).await, ErrorKind::AccessDenied);
    let taken = writer.size().await.unwrap() as usize;
    assert!(taken <= PARTS);
    ground.clear_faults();
    writer.write(&whole[taken..]).await.unwrap();
    assert_eq!(writer.size().await.unwrap(), whole.len() as u64);
    // A commit that fails leaves everything, to be tried again.
    ground.fault(error(Operation::CompleteMultipartUpload, 503, "ServiceUnavailable"));
    assert!(writer.commit().await.unwrap_err().is_retryable());
    assert_not_found(blobs.get("/file").await, "/file");
    ground.clear_faults();
    writer.commit().await.unwrap();
    writer.close().await.unwrap();
    assert!(ground.stored("/file").unwrap() == whole);
    assert_is(&writer.refused(b"x").await, ErrorKind::Conflict);
}

/// V14: when the answer of a commit is lost, the file is looked at.
pub async fn lost_answers(blobs: &impl BlobDriver, ground: &Ground) {
    let whole = content(7, PARTS);
    ground.plant("/file", b"before");
    ground.fault(FaultRule::new(FaultAction::LoseResponse).on(Operation::CompleteMultipartUpload));
    assert_eq!(blobs.write("/file", 0, &whole[..], None).await.unwrap(), PARTS as u64);
    let mut writer = blobs.writer("/other", false, None).await.unwrap();
    writer.write(&whole[..]).await.unwrap();
    writer.commit().await.unwrap();
    ground.clear_faults();
    for path in ["/file", "/other"] {
        assert!(ground.stored(path).unwrap() == whole);
    }
    assert_eq!(ground.pending(), []);
}

/// V6, V8, V10 and V11: writers that are suspended, dropped, doubled and cancelled.
pub async fn suspended_writers(blobs: &impl BlobDriver, ground: &Ground) {
    let whole = content(8, PARTS);
    // V6: a short end, gone on with twice.
    let mut at = 0;
    for (number, length) in [PARTS - 60_000, 4, 59_996].into_iter().enumerate() {
        let mut writer = blobs.writer("/v6", number > 0, None).await.unwrap();
        assert_eq!(writer.size().await.unwrap(), at as u64);
        writer.write(&whole[at..at + length]).await.unwrap();
        at += length;
        if number == 2 {
            writer.commit().await.unwrap();
        }
        writer.close().await.unwrap();
    }
    assert!(ground.stored("/v6").unwrap() == whole);

    // V8: of two uploads for a path the newest counts. Dropped writers leave them, as a crash does.
    for seed in [1, 2] {
        ground.advance_clock(2);
        let mut writer = blobs.writer("/v8", false, None).await.unwrap();
        // What makes no whole part is lost in a crash.
        writer.write(&content(seed, 2 * PART as usize + 1)[..]).await.unwrap();
        arrived(blobs, ground, &writer, 2).await;
    }
    assert_eq!(ground.pending().len(), 2);
    let mut writer = blobs.writer("/v8", true, None).await.unwrap();
    assert_eq!(writer.size().await.unwrap(), 2 * PART);
    writer.commit().await.unwrap();
    drop(writer);
    assert!(ground.stored("/v8").unwrap() == content(2, 2 * PART as usize + 1)[..2 * PART as usize]);

    // V10: what is deleted leaves no upload, and what is abandoned can be listed and removed by age.
    let listed = blobs.uploads("/", Duration::ZERO).await.unwrap();
    assert_eq!(listed.iter().map(|upload| upload.path.as_str()).collect::<Vec<_>>(), ["/v8"]);
    blobs.delete("/v8").await.unwrap();
    assert_eq!(ground.pending(), []);

    // V11: cancelled is gone, and to close it then does nothing.
    let mut writer = blobs.writer("/v11", false, None).await.unwrap();
    writer.write(&whole[..]).await.unwrap();
    writer.cancel().await.unwrap();
    ground.take_counts();
    writer.close().await.unwrap();
    // An instance stays as long as there is a writer in it.
    drop(writer);
    assert_eq!(ground.take_counts(), []);
    assert_eq!(ground.pending(), []);
    assert_not_found(blobs.writer("/v11", true, None).await.map(drop), "/v11");

    // A writer goes on in another instance, as in another process.
    let mut writer = blobs.writer("/moved", false, None).await.unwrap();
    writer.write(&whole[..250_000]).await.unwrap();
    writer.close().await.unwrap();
    drop(writer);
    blobs.change_instance().await;
    let mut writer = blobs.writer("/moved", true, None).await.unwrap();
    assert_eq!(writer.size().await.unwrap(), 250_000);
    writer.write(&whole[250_000..]).await.unwrap();
    writer.commit().await.unwrap();
    assert!(ground.stored("/moved").unwrap() == whole);
}

/// X2 and M3: a move takes its source and nothing else, and not even that when there is no other place.
pub async fn careful_moves(blobs: &impl BlobDriver, ground: &Ground) {
    for path in ["/data", "/data2", "/data-", "/data/below"] {
        ground.plant(path, path.as_bytes());
    }
    blobs.rename("/data", "/z").await.unwrap();
    blobs.rename("/z", "/zz").await.unwrap();
    assert_eq!(ground.keys_below(""), ["data-", "data/below", "data2", "zz"]);
    blobs.rename("/zz", "/zz").await.unwrap();
    blobs.rename("/zz", "/zz/inner").await.unwrap();
    assert_eq!(ground.stored("/zz/inner").unwrap(), b"/data");
    assert_not_found(blobs.rename("/zz", "/elsewhere").await, "/zz");
    // V1 and X3: where the copy or the removal fails, that is told and the source is there.
    for operation in [Operation::CopyObject, Operation::DeleteObject] {
        let fault = ground.fault(refusal(operation));
        let moved = blobs.rename("/data2", "/data3").await;
        if fault.hits() > 0 {
            assert_kind(moved, ErrorKind::AccessDenied);
            assert_eq!(ground.stored("/data2").unwrap(), b"/data2");
        }
        ground.clear_faults();
    }
}

/// X3, X4 and X5: what can't be deleted is told, by name.
pub async fn refused_deletes(blobs: &impl BlobDriver, ground: &Ground) {
    for path in ["/d/a", "/d/b", "/d/c"] {
        ground.plant(path, b"x");
    }
    for operation in [Operation::DeleteMultipleObjects, Operation::ListObjectsV2] {
        let fault = ground.fault(refusal(operation));
        assert_kind(blobs.delete("/d").await, ErrorKind::AccessDenied);
        assert!(fault.hits() > 0);
        ground.clear_faults();
        assert_eq!(ground.keys_below("d/").len(), 3, "{operation}");
    }
    let keys = Glob::new(ground.object("/d/b"));
    ground.fault(FaultRule::new(FaultAction::SkipKeys { keys }));
    let error = blobs.delete("/d").await.unwrap_err();
    assert!(matches!(error.why, BlobWhy::Left), "{error}");
    assert_eq!(error.causes.iter().map(|cause| cause.path.as_deref()).collect::<Vec<_>>(), [Some("/d/b")]);
    assert_eq!(ground.keys_below("d/"), ["d/b"]);
}

/// L2 and L3: foreign keys and placeholders are no paths. They make their directories be, and go with them.
pub async fn foreign_keys(blobs: &impl BlobDriver, ground: &Ground) {
    let root = ground.root();
    for name in ["dir/", "dir/a b", "dir/a+b", "dir/x:y", "dir/good", "dir/sub/", "only/ü", "f//g"] {
        ground.put_raw(&format!("{root}{name}"), b"x");
    }
    assert_eq!(blobs.list("/dir").await.unwrap(), ["/dir/good", "/dir/sub"]);
    for entry in blobs.walk("/", None).await.unwrap() {
        blobs.stat(&entry.path).await.unwrap();
    }
    assert!(blobs.stat("/only").await.unwrap().is_dir);
    blobs.delete("/dir").await.unwrap();
    assert_eq!(ground.keys_below("dir"), [""; 0]);
    blobs.delete("/only").await.unwrap();
    blobs.delete("/f").await.unwrap();
    assert_eq!(ground.keys_below(""), [""; 0]);
}

/// M1, M2 and V1, with options of its own: large files move by parts, keep what they are, and never get lost.
pub async fn large_moves(blobs: &impl BlobDriver, ground: &Ground) {
    let whole = content(9, (3 << 20) + 17);
    for (path, bytes) in [("/small", &whole[..1000]), ("/large", &whole[..])] {
        blobs.write(path, 0, bytes, None).await.unwrap();
    }
    let about = |path: &str| {
        let info = ground.emulator().bucket(crate::BUCKET).info(&ground.object(path)).unwrap();
        (info.encryption, info.storage_class, info.content_type)
    };
    let before = (about("/small"), about("/large"));
    assert_eq!(before.0.0.as_ref().map(|(algorithm, _)| algorithm.as_str()), Some("AES256"));
    assert_eq!(before.0.1.as_deref(), Some("IA"));
    blobs.append("/log", 0, None, "line", None).await.unwrap();
    let log = about("/log");
    assert_eq!((log.0, log.1), (before.0.0.clone(), before.0.1.clone()), "an append makes it as any other way does");
    for path in ["/small", "/large"] {
        blobs.rename(path, &format!("/moved{path}")).await.unwrap();
    }
    assert_eq!((about("/moved/small"), about("/moved/large")), before);
    assert!(ground.stored("/moved/large").unwrap() == whole);
    // V1: one part fails for good.
    let fault = ground.fault(refusal(Operation::UploadPartCopy).skip(1).times(1));
    assert_kind(blobs.rename("/moved/large", "/lost").await, ErrorKind::AccessDenied);
    assert_eq!(fault.hits(), 1);
    assert!(ground.stored("/moved/large").unwrap() == whole);
    assert_not_found(blobs.stat("/lost").await, "/lost");
    assert_eq!(ground.pending(), []);
}

/// The options that [`large_moves`] wants.
pub fn moving_options() -> ossicle::BlobOptions {
    ossicle::BlobOptions::new()
        .part_size(1 << 20)
        .copy_threshold(1 << 20)
        .copy_part_size(1 << 20)
        .encryption(ossicle::ServerSideEncryption::Aes256)
        .storage_class(StorageClass::InfrequentAccess)
}
