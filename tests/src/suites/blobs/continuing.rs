//! Upstream's tests 18, 19 and 37: files that are gone on with.

use ossicle_emulator::Operation;
use ossicle_guest::blob::Stored;

use crate::blobs::{PART, assert_not_found, content};
use crate::{BlobDriver, BlobWriter as _, Ground};

/// 18 and 19 of the first release, TestContinueStreamAppendLarge and Small, by `write-stream`.
async fn continue_stream(blobs: &impl BlobDriver, chunk: usize) {
    let path = "/continued";
    let pieces: Vec<Vec<u8>> = (1..=4).map(|seed| content(seed, chunk)).collect();
    let size = async || blobs.stat(path).await.unwrap().size as usize;
    let write = async |offset: usize, bytes: &[u8]| {
        assert_eq!(blobs.write(path, offset as u64, bytes, None).await.unwrap(), bytes.len() as u64);
    };
    write(0, &pieces[0]).await;
    assert_eq!(size().await, chunk);
    write(size().await, &pieces[1]).await;
    assert_eq!(size().await, 2 * chunk);
    // The last chunk once more.
    write(size().await - chunk, &pieces[1]).await;
    assert_eq!(size().await, 2 * chunk);
    write(2 * chunk, &pieces[2]).await;
    let whole = pieces[..3].concat();
    assert!(blobs.read_all(path, 0).await.unwrap() == whole);
    // One chunk past the end: the gap is zeros.
    write(4 * chunk, &pieces[3]).await;
    assert_eq!(size().await, 5 * chunk);
    assert!(blobs.read_all(path, 0).await.unwrap() == [whole, vec![0; chunk], pieces[3].clone()].concat());
    assert_eq!(size().await, 5 * chunk);
}

/// 18 and 19 of the later releases, by writers.
async fn continue_writer(blobs: &impl BlobDriver, ground: &Ground, chunk: usize) {
    let path = "/suspended";
    let pieces: Vec<Vec<u8>> = (1..=3).map(|seed| content(seed, chunk)).collect();
    for (number, piece) in pieces.iter().enumerate() {
        let mut writer = blobs.writer(path, number > 0, None).await.unwrap();
        assert_eq!(writer.size().await.unwrap(), (number * chunk) as u64);
        writer.write(piece).await.unwrap();
        assert_eq!(writer.size().await.unwrap(), ((number + 1) * chunk) as u64);
        // V7: nothing can be read before the end.
        assert_not_found(blobs.get(path).await, path);
        if number == 2 {
            writer.commit().await.unwrap();
        }
        writer.close().await.unwrap();
    }
    assert!(blobs.read_all(path, 0).await.unwrap() == pieces.concat());
    assert_eq!(ground.pending(), []);
}

/// 18, TestContinueStreamAppendLarge: chunks of many parts.
pub async fn append_large(blobs: &impl BlobDriver, ground: &Ground) {
    continue_stream(blobs, 10 << 20).await;
    continue_writer(blobs, ground, 10 << 20).await;
}

/// 19, TestContinueStreamAppendSmall: chunks of 32 bytes.
pub async fn append_small(blobs: &impl BlobDriver, ground: &Ground) {
    continue_stream(blobs, 32).await;
    continue_writer(blobs, ground, 32).await;
}

/// 37, TestEventualConsistency: appends of 32 bytes, each seen at once.
pub async fn many_appends(blobs: &impl BlobDriver, _: &Ground) {
    let whole = content(37, 32 * 200);
    for (number, piece) in whole.chunks(32).enumerate() {
        let offset = 32 * number as u64;
        assert_eq!(blobs.write("/appended", offset, piece, None).await.unwrap(), 32);
        assert_eq!(blobs.stat("/appended").await.unwrap().size, 32 * (number as u64 + 1));
        assert_eq!(blobs.read_all("/appended", offset).await.unwrap(), piece);
    }
    assert!(blobs.get("/appended").await.unwrap() == whole);
}

/// D5, D7 and what the suite cannot tell apart: a file after a write is its beginning, zeros, and the content.
pub async fn every_boundary(blobs: &impl BlobDriver, ground: &Ground) {
    let part = PART as usize;
    let around = [0, 1, part - 1, part, part + 1, 2 * part, 3 * part + 5];
    for size in around {
        let old = content(1, size);
        for offset in around {
            for length in [0, 1, part, part + 1, 2 * part + 3] {
                ground.plant("/file", &old);
                let new = content(2, length);
                let written = blobs.write("/file", offset as u64, &new[..], None).await.unwrap();
                assert_eq!(written, length as u64);
                let kept = &old[..offset.min(size)];
                let expected = [kept, &vec![0; offset.saturating_sub(size)], &new].concat();
                assert!(ground.stored("/file").unwrap() == expected, "{length} at {offset} of {size}");
            }
        }
    }
    // Where there was nothing.
    for (offset, length) in [(0, 0), (5, 0), (part + 1, 3), (0, 3)] {
        let path = format!("/new/{offset}-{length}");
        blobs.write(&path, offset as u64, &content(3, length)[..], None).await.unwrap();
        assert!(ground.stored(&path).unwrap() == [vec![0; offset], content(3, length)].concat());
    }
    assert_eq!(ground.pending(), []);
}

/// D10: a file is gone on with where it is. Nothing of it comes down, the requests are those that are promised, and all
/// go over the same few connections: whatever is received is received to its end.
pub async fn cheap_appends(blobs: &impl BlobDriver, ground: &Ground) {
    const APPENDS: u64 = 50;
    let counts = |counts: &[(&str, u64)]| -> Vec<(String, u64)> {
        counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    };
    let beginning = content(10, 3 * PART as usize);
    let mut expected = beginning.clone();
    ground.plant("/large", &beginning);
    ground.plant("/small", b"");
    blobs.stat("/large").await.unwrap();
    let before = blobs.metrics();
    let mut received = 0;
    let mut taken = || {
        received += ground.emulator().stats().bytes_out;
        ground.take_counts()
    };
    for number in 0..APPENDS {
        let piece = content(number, 32);
        taken();
        blobs.write("/large", expected.len() as u64, &piece[..], None).await.unwrap();
        let parts = [
            ("CompleteMultipartUpload", 1),
            ("HeadObject", 1),
            ("InitiateMultipartUpload", 1),
            ("UploadPart", 2),
            ("UploadPartCopy", 1),
        ];
        assert_eq!(taken(), counts(&parts), "2 more than parts, a look, and a mark");
        expected.extend_from_slice(&piece);

        let mut writer = blobs.writer("/large", true, None).await.unwrap();
        assert_eq!(taken(), counts(&[("HeadObject", 1), ("ListMultipartUploads", 1)]));
        writer.write(&piece[..]).await.unwrap();
        writer.commit().await.unwrap();
        writer.close().await.unwrap();
        let parts = [
            ("CompleteMultipartUpload", 1),
            // What is kept beside the upload until it is the file.
            ("DeleteObject", 1),
            ("InitiateMultipartUpload", 1),
            ("PutObject", 1),
            ("UploadPart", 1),
            ("UploadPartCopy", 1),
        ];
        assert_eq!(taken(), counts(&parts));
        expected.extend_from_slice(&piece);
    }
    assert!(ground.stored("/large").unwrap() == expected);
    assert!(received < 2 * APPENDS * 4096, "{received}: documents, and nothing of the file");

    // What is too small to be copied as a part is fetched, and no more of it than is kept.
    for number in 0..APPENDS {
        ground.take_counts();
        blobs.write("/small", 32 * number, &content(number, 32)[..], None).await.unwrap();
        let requests = ground.emulator().requests();
        let fetched = requests.iter().filter(|request| request.operation == Operation::GetObject);
        let fetched: Vec<u64> = fetched.map(|request| request.bytes_out).collect();
        let kept = (number > 0).then_some(32 * number);
        assert_eq!(fetched, Vec::from_iter(kept));
        let looks = u64::from(number > 0);
        assert_eq!(requests.len() as u64, 1 + 2 * looks, "a look, the beginning, and the whole");
    }
    if let (Some(before), Some(after)) = (before, blobs.metrics()) {
        let opened = after.connections - before.connections;
        assert!(opened <= 8, "{opened} connections for {} requests", after.requests - before.requests);
        assert_eq!(after.instances, 1);
    }
}

/// 1.1, 1.2, 1.7 and 6.3: what is found of an upload, and what is told of it, as a later instance finds it.
pub async fn interrupted(blobs: &impl BlobDriver, ground: &Ground) {
    let part = PART as usize;
    let (old, new) = (content(1, 3 * part), content(2, 2 * part + 5));
    let sizes = |stored: &Stored| -> Vec<(Option<u32>, u64)> {
        stored.pieces.iter().map(|piece| (piece.part, piece.size)).collect()
    };
    // What was begun is found, over an older file and without a whole part.
    ground.plant("/begun", &old);
    let mut writer = blobs.writer("/begun", false, None).await.unwrap();
    writer.write(b"begun").await.unwrap();
    drop(writer);
    blobs.change_instance().await;
    let mut writer = blobs.writer("/begun", true, None).await.unwrap();
    let stored = writer.stored().await.unwrap();
    assert_eq!((stored.is_resumed, stored.kept, writer.size().await.unwrap()), (true, 0, 0));
    // What is stored is told piece by piece.
    writer.write(&new[..]).await.unwrap();
    writer.close().await.unwrap();
    drop(writer);
    let mut writer = blobs.writer("/begun", true, None).await.unwrap();
    let stored = writer.stored().await.unwrap();
    assert_eq!(sizes(&stored), [(Some(1), PART), (Some(2), PART), (None, 5)]);
    assert!(stored.pieces.iter().all(|piece| piece.crc64.is_some()), "{stored:?}");
    writer.commit().await.unwrap();
    drop(writer);
    assert!(ground.stored("/begun").unwrap() == new);

    // And what is an older file's apart from what follows.
    ground.plant("/continued", &old);
    let mut writer = blobs.writer("/continued", true, None).await.unwrap();
    assert_eq!((writer.stored().await.unwrap().is_resumed, writer.stored().await.unwrap().kept), (false, 3 * PART));
    writer.write(&new[..]).await.unwrap();
    writer.close().await.unwrap();
    drop(writer);
    blobs.change_instance().await;
    let mut writer = blobs.writer("/continued", true, None).await.unwrap();
    let stored = writer.stored().await.unwrap();
    assert_eq!((stored.is_resumed, stored.kept), (true, 3 * PART));
    assert_eq!(sizes(&stored), [(Some(2), PART), (Some(3), PART), (None, 5)]);
    writer.commit().await.unwrap();
    drop(writer);
    assert!(ground.stored("/continued").unwrap() == [old, new].concat());
    assert_eq!(ground.pending(), []);
}
