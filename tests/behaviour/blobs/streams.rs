//! Contents and downloads as the library's callers have them: by the traits of tokio's.

use ossicle::{BlobReason, Blobs};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_tests::blobs::content;
use ossicle_tests::{Ground, Unreadable};
use std::error::Error;
use tokio::io::AsyncReadExt;

/// A content that can't be read to its end leaves the file as it was, by a stream; a writer keeps what there was of it.
pub async fn broken_content(blobs: &Blobs, ground: &Ground) {
    let is_told = |reason: &BlobReason| match reason {
        BlobReason::BrokenContent(why) => why.to_string() == Unreadable::WHY && why.source().is_some(),
        _ => false,
    };
    ground.plant("/file", b"before");
    for length in [0, 5, 300_000] {
        let good = content(4, length);
        let broken = || good.chain(Unreadable);
        let error = blobs.write("/file", 3, broken(), None).await.unwrap_err();
        assert!(is_told(&error.reason), "{error}");
        assert_eq!((error.path.as_deref(), error.offset), (Some("/file"), Some(3)));
        assert_eq!(ground.stored("/file").unwrap(), b"before");
        assert_eq!(ground.pending(), []);

        let mut writer = blobs.writer("/written", false, None).await.unwrap();
        let error = writer.write(broken()).await.unwrap_err();
        assert!(is_told(&error.reason), "{error}");
        assert_eq!(writer.size().await.unwrap(), length as u64);
        writer.write(&b"rest"[..]).await.unwrap();
        writer.commit().await.unwrap();
        assert!(blobs.get("/written").await.unwrap() == [&good[..], b"rest"].concat());
    }
}

/// R1 to whoever reads a file as bytes, for whom an end is an end.
pub async fn ignored_ranges_as_bytes(blobs: &Blobs, ground: &Ground) {
    ground.plant("/file", &content(10, 4 << 20));
    ground.fault(FaultRule::new(FaultAction::CutResponse { at: 1 << 20 }).on(Operation::GetObject).once());
    ground.fault(FaultRule::new(FaultAction::IgnoreRange).on(Operation::GetObject).skip(1));
    let mut reader = blobs.read("/file", 0).await.unwrap();
    let error = tokio::io::copy(&mut reader, &mut tokio::io::sink()).await.unwrap_err();
    assert!(error.to_string().contains("200 instead of 206"), "{error}");
}
