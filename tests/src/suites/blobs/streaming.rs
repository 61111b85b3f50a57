//! Upstream's tests 17, 20 to 22, 35 and 36: streams.

use std::time::Duration;

use futures_util::future::join_all;
use ossicle_emulator::{FaultAction, FaultRule, Operation};

use crate::blobs::{assert_not_found, content};
use crate::{BlobDriver, BlobReader as _, BlobWriter as _, Ground};

/// 17, TestReadStreamWithOffset and TestReaderWithOffset: readers stay open until the end.
pub async fn reader_with_offset(blobs: &impl BlobDriver, _: &Ground) {
    let whole = content(17, 96);
    blobs.put("/offsets", whole.clone()).await.unwrap();
    let mut open = Vec::new();
    for offset in [0, 32, 64, 95, 96, 97, 5_000_000_000] {
        let mut reader = blobs.read("/offsets", offset).await.unwrap();
        let bytes = reader.rest().await.unwrap();
        assert_eq!(bytes, whole.get(offset as usize..).unwrap_or_default(), "from {offset}");
        assert_eq!(reader.piece().await.unwrap(), None);
        open.push(reader);
    }
}

/// 20, TestReadNonexistentStream.
pub async fn read_nonexistent_stream(blobs: &impl BlobDriver, _: &Ground) {
    for offset in [0, 64] {
        assert_not_found(blobs.read("/no/such", offset).await, "/no/such");
    }
}

/// 21, TestWriteZeroByteStreamThenAppend, and 22, TestWriteZeroByteContentThenAppend.
pub async fn zero_bytes_then_append(blobs: &impl BlobDriver, _: &Ground) {
    for by_writer in [true, false] {
        if by_writer {
            let mut writer = blobs.writer("/zero", false, None).await.unwrap();
            writer.commit().await.unwrap();
            writer.close().await.unwrap();
        } else {
            blobs.put("/zero", "").await.unwrap();
        }
        assert_eq!(blobs.stat("/zero").await.unwrap().size, 0);
        assert_eq!(blobs.read_all("/zero", 0).await.unwrap(), b"");
        let mut writer = blobs.writer("/zero", true, None).await.unwrap();
        assert_eq!(writer.size().await.unwrap(), 0);
        writer.write(&content(21, 32)[..]).await.unwrap();
        writer.commit().await.unwrap();
        writer.close().await.unwrap();
        assert_eq!(blobs.get("/zero").await.unwrap(), content(21, 32));
    }
}

/// 35, TestConcurrentStreamReads: from ten places at once.
pub async fn concurrent_reads(blobs: &impl BlobDriver, ground: &Ground) {
    let whole = content(35, 10 << 20);
    ground.plant("/shared", &whole);
    let readers = (0..10_u64).map(|number| {
        let whole = &whole;
        async move {
            let offset = number * 1_000_003;
            let bytes = blobs.read_all("/shared", offset).await.unwrap();
            assert!(bytes == whole[offset as usize..], "from {offset}");
        }
    });
    join_all(readers).await;
}

/// 36, TestConcurrentFileStreams: 32 files at once, each several parts.
pub async fn concurrent_files(blobs: &impl BlobDriver, _: &Ground) {
    let files = (0..32_u64).map(|number| async move {
        let path = format!("/concurrent/{number}");
        let whole = content(number, 1 << 20);
        assert_eq!(blobs.write(&path, 0, &whole[..], None).await.unwrap(), 1 << 20);
        assert!(blobs.read_all(&path, 0).await.unwrap() == whole);
    });
    join_all(files).await;
}

/// Streams that stay unread hold nobody up, nor does a writer that waits for more; and what is not read is not fetched.
pub async fn unread_streams(blobs: &impl BlobDriver, ground: &Ground) {
    let whole = content(6, 8 << 20);
    ground.plant("/large", &whole);
    let mut readers = Vec::new();
    for _ in 0..8 {
        let mut reader = blobs.read("/large", 0).await.unwrap();
        assert!(!reader.piece().await.unwrap().expect("a piece").is_empty());
        readers.push(reader);
    }
    let mut writer = blobs.writer("/written", false, None).await.unwrap();
    writer.write(&whole[..300_000]).await.unwrap();
    blobs.put("/other", "x").await.unwrap();
    assert_eq!(blobs.get("/other").await.unwrap(), b"x");
    assert_eq!(blobs.write("/third", 0, &whole[..], None).await.unwrap(), 8 << 20);
    for (number, reader) in readers.iter_mut().enumerate() {
        if number % 2 == 0 {
            let rest = reader.rest().await.unwrap();
            assert!(rest[..] == whole[whole.len() - rest.len()..] && rest.len() >= 7 << 20);
        }
    }
    writer.commit().await.unwrap();
    assert!(ground.stored("/written").unwrap() == whole[..300_000]);
    if let Some(metrics) = blobs.metrics() {
        let received = metrics.bytes_received;
        assert!(received < 8 * (8 << 20), "{received}: the unread halves were not fetched");
    }
}

/// A content that is given up leaves the file as it was, and no upload. One that can't be aborted is named.
pub async fn content_given_up(blobs: &impl BlobDriver, ground: &Ground) {
    ground.plant("/file", b"before");
    for length in [0, 5, 300_000, 2 << 20] {
        blobs.write_broken("/file", 3, &content(4, length)).await.unwrap();
        assert_eq!(ground.stored("/file").unwrap(), b"before");
        assert_eq!(ground.pending(), []);
    }
    let (code, message, ec) = ("AccessDenied".to_owned(), "as the test wants".to_owned(), String::new());
    let refusal = FaultAction::Error { status: 403, code, message, ec };
    ground.fault(FaultRule::new(refusal).on(Operation::AbortMultipartUpload));
    let failed = blobs.write_broken("/file", 0, &content(4, 300_000)).await.unwrap_err();
    ground.clear_faults();
    let pending = ground.pending();
    assert_eq!(pending.len(), 1);
    assert_eq!(failed.upload_left(), Some(pending[0].upload_id.as_str()), "{failed}");
    let uploads = blobs.uploads("/", Duration::ZERO).await.unwrap();
    blobs.remove_uploads(&uploads).await.unwrap();
    assert_eq!(ground.pending(), []);
    assert_eq!(ground.stored("/file").unwrap(), b"before");
}
