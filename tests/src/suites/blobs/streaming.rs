//! Upstream's tests 17, 20 to 22, 35 and 36: streams.

use futures_util::StreamExt;
use futures_util::future::join_all;
use ossicle::{BlobReason, Blobs};
use tokio::io::AsyncReadExt;

use crate::Ground;
use crate::blobs::{assert_not_found, content, read_all};

/// 17, TestReadStreamWithOffset and TestReaderWithOffset: readers stay open until the end.
pub async fn reader_with_offset(blobs: &Blobs, _: &Ground) {
    let whole = content(17, 96);
    blobs.put("/offsets", whole.clone()).await.unwrap();
    let mut open = Vec::new();
    for offset in [0, 32, 64, 95, 96, 97, 5_000_000_000] {
        let mut reader = blobs.read("/offsets", offset).await.unwrap();
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, whole.get(offset as usize..).unwrap_or_default(), "from {offset}");
        assert_eq!(reader.read(&mut [0]).await.unwrap(), 0);
        open.push(reader);
    }
}

/// 20, TestReadNonexistentStream.
pub async fn read_nonexistent_stream(blobs: &Blobs, _: &Ground) {
    for offset in [0, 64] {
        assert_not_found(blobs.read("/no/such", offset).await, "/no/such");
    }
}

/// 21, TestWriteZeroByteStreamThenAppend, and 22, TestWriteZeroByteContentThenAppend.
pub async fn zero_bytes_then_append(blobs: &Blobs, _: &Ground) {
    for by_writer in [true, false] {
        if by_writer {
            let mut writer = blobs.writer("/zero", false, None).await.unwrap();
            writer.commit().await.unwrap();
            writer.close().await.unwrap();
        } else {
            blobs.put("/zero", "").await.unwrap();
        }
        assert_eq!(blobs.stat("/zero").await.unwrap().size, 0);
        assert_eq!(read_all(blobs, "/zero", 0).await.unwrap(), b"");
        let mut writer = blobs.writer("/zero", true, None).await.unwrap();
        assert_eq!(writer.size().await.unwrap(), 0);
        writer.write(&content(21, 32)[..]).await.unwrap();
        writer.commit().await.unwrap();
        writer.close().await.unwrap();
        assert_eq!(blobs.get("/zero").await.unwrap(), content(21, 32));
    }
}

/// 35, TestConcurrentStreamReads: from ten places at once.
pub async fn concurrent_reads(blobs: &Blobs, ground: &Ground) {
    let whole = content(35, 10 << 20);
    ground.plant("/shared", &whole);
    let readers = (0..10_u64).map(|number| {
        let whole = &whole;
        async move {
            let offset = number * 1_000_003;
            let bytes = read_all(blobs, "/shared", offset).await.unwrap();
            assert!(bytes == whole[offset as usize..], "from {offset}");
        }
    });
    join_all(readers).await;
}

/// 36, TestConcurrentFileStreams: 32 files at once, each several parts.
pub async fn concurrent_files(blobs: &Blobs, _: &Ground) {
    let files = (0..32_u64).map(|number| async move {
        let path = format!("/concurrent/{number}");
        let whole = content(number, 1 << 20);
        assert_eq!(blobs.write(&path, 0, &whole[..], None).await.unwrap(), 1 << 20);
        assert!(read_all(blobs, &path, 0).await.unwrap() == whole);
    });
    join_all(files).await;
}

/// Streams that stay unread hold nobody up, and what is not read is not fetched.
pub async fn unread_streams(blobs: &Blobs, ground: &Ground) {
    let whole = content(6, 8 << 20);
    ground.plant("/large", &whole);
    let mut readers = Vec::new();
    for _ in 0..8 {
        let mut reader = blobs.read("/large", 0).await.unwrap();
        assert!(!reader.next().await.unwrap().unwrap().is_empty());
        readers.push(reader);
    }
    blobs.put("/other", "x").await.unwrap();
    assert_eq!(blobs.get("/other").await.unwrap(), b"x");
    assert_eq!(blobs.write("/third", 0, &whole[..], None).await.unwrap(), 8 << 20);
    for (number, reader) in readers.iter_mut().enumerate() {
        if number % 2 == 0 {
            let mut length = 0;
            while let Some(piece) = reader.next().await {
                length += piece.unwrap().len();
            }
            assert!(length > 7 << 20);
        }
    }
    let received = blobs.tenant().metrics().bytes_received;
    assert!(received < 8 * (8 << 20), "{received}: the unread halves were not fetched");
}

/// A content that can't be read to its end leaves the file as it was, by a stream; a writer keeps what there was of it.
pub async fn broken_content(blobs: &Blobs, ground: &Ground) {
    ground.plant("/file", b"before");
    for length in [0, 5, 300_000] {
        let good = content(4, length);
        let broken = || good.chain(Breaking);
        let error = blobs.write("/file", 3, broken(), None).await.unwrap_err();
        assert!(matches!(&error.reason, BlobReason::BrokenContent(why) if why == "a bad sector"), "{error}");
        assert_eq!((error.path.as_deref(), error.offset), (Some("/file"), Some(3)));
        assert_eq!(ground.stored("/file").unwrap(), b"before");
        assert_eq!(ground.pending(), []);

        let mut writer = blobs.writer("/written", false, None).await.unwrap();
        let error = writer.write(broken()).await.unwrap_err();
        assert!(matches!(&error.reason, BlobReason::BrokenContent(why) if why == "a bad sector"), "{error}");
        assert_eq!(writer.size().await.unwrap(), length as u64);
        writer.write(&b"rest"[..]).await.unwrap();
        writer.commit().await.unwrap();
        assert!(blobs.get("/written").await.unwrap() == [&good[..], b"rest"].concat());
    }
}

/// Fails at its first read.
struct Breaking;

impl tokio::io::AsyncRead for Breaking {
    fn poll_read(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        _: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Err(std::io::Error::other("a bad sector")))
    }
}
