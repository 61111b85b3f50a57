//! What an instance holds, whatever the size of a file; and the 5 GiB of upstream's suite.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use ossicle::{BlobOptions, Blobs, Error, ErrorKind, Limits, Retirement};
use ossicle_tests::Ground;
use ossicle_tests::blobs::{PART, content, small_parts};
use tokio::io::{AsyncRead, ReadBuf};

pub(crate) const MIB: u64 = 1 << 20;

/// So many blocks of one MiB, each of which differs from the others.
pub(crate) struct Blocks {
    block: Vec<u8>,
    position: u64,
    end: u64,
}

impl Blocks {
    pub(crate) fn new(count: u64) -> Self {
        Self { block: content(16, MIB as usize), position: 0, end: count * MIB }
    }

    /// What comes next, as much of it as there is at once.
    pub(crate) fn next(&mut self, most: usize) -> &[u8] {
        let within = (self.position % MIB) as usize;
        if within == 0 {
            self.block[..8].copy_from_slice(&self.position.to_le_bytes());
        }
        let count = most.min(self.block.len() - within).min((self.end - self.position) as usize);
        self.position += count as u64;
        &self.block[within..within + count]
    }
}

impl AsyncRead for Blocks {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let most = buffer.remaining();
        buffer.put_slice(self.next(most));
        Poll::Ready(Ok(()))
    }
}

/// Reads a file and compares it piece by piece.
pub(crate) async fn compare(blobs: &Blobs, path: &str, count: u64) {
    let mut expected = Blocks::new(count);
    let mut pieces = blobs.read(path, 0).await.unwrap();
    while let Some(piece) = pieces.next().await {
        let piece = piece.unwrap();
        let mut rest = &piece[..];
        while !rest.is_empty() {
            let next = expected.next(rest.len());
            assert!(!next.is_empty() && rest[..next.len()] == *next, "before {}", expected.position);
            rest = &rest[next.len()..];
        }
    }
    assert_eq!(expected.position, count * MIB);
}

/// P2 and the bound itself: (2 in flight + 1) parts of 1 MiB for each of two uploads, and what a component needs anyway.
#[tokio::test(flavor = "multi_thread")]
async fn an_instance_holds_a_few_parts_of_a_file() {
    let ground = Ground::new("").await;
    let options = BlobOptions::new().part_size(MIB).parts_in_flight(2);
    let blobs = ground.blobs_by(ground.config().blobs(options.clone()), Limits::default().memory(16 << 20));
    let transfers = ["/one", "/two"].map(|path| {
        let blobs = &blobs;
        async move {
            assert_eq!(blobs.write(path, 0, Blocks::new(64), Some(64 * MIB)).await.unwrap(), 64 * MIB);
            let mut writer = blobs.writer("/three", false, None).await.unwrap();
            writer.write(Blocks::new(20)).await.unwrap();
            writer.cancel().await.unwrap();
            compare(blobs, path, 64).await;
        }
    });
    join_all(transfers).await;
    let metrics = blobs.tenant().metrics();
    assert_eq!((metrics.instances, metrics.retirements.len()), (1, 0), "{metrics:?}");

    // What is put at once is held at once: the same instance could not have held the file.
    let error = blobs.put("/all", vec![7; 20 << 20]).await.unwrap_err();
    assert!(
        matches!(error.error(), Some(Error::Retired { reason: Retirement::Memory { .. }, .. })),
        "the limit is real: {error}"
    );
}

/// Whether what takes minutes is wanted.
pub(crate) fn long() -> bool {
    std::env::var_os("OSSICLE_LONG_TESTS").is_some_and(|wanted| wanted == "1")
}

/// 16, TestWriteReadLargeStreams: 5 GiB, on demand.
///
/// `OSSICLE_LONG_TESTS=1 cargo test -p ossicle-tests --test blobs test_16`; it needs 10 GiB of room in the target folder.
#[tokio::test(flavor = "multi_thread")]
async fn test_16_write_read_large_streams() {
    let count = if long() { 5 * 1024 } else { 160 };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("large-streams");
    let _ = std::fs::remove_dir_all(&folder);
    let ground = Ground::in_folder(&folder).await;
    let blobs = ground.blobs_by(ground.config(), Limits::default().memory(96 << 20));
    let written = blobs.write("/large", 0, Blocks::new(count), None).await.unwrap();
    assert_eq!(written, count * MIB);
    compare(&blobs, "/large", count).await;
    blobs.delete("/large").await.unwrap();
    assert_eq!(blobs.tenant().metrics().instances, 1);
    drop(ground);
    let _ = std::fs::remove_dir_all(&folder);
}

/// D9 and V15: what is announced as larger than 10 000 parts of the size that is set fits all the same; what is not
/// announced is told when they are full, and leaves the file and nothing else. On demand all of it is sent, otherwise a
/// beginning: `OSSICLE_LONG_TESTS=1 cargo test -p ossicle-tests --test blobs d9_v15`.
#[tokio::test(flavor = "multi_thread")]
async fn d9_v15_more_than_ten_thousand_parts() {
    // 10 000 parts of 100 KiB are 976 MiB and a part of another one.
    const ANNOUNCED: u64 = 977;
    let ground = Ground::new("").await;
    let blobs = ground.blobs_by(ground.config().blobs(small_parts()), Limits::default());
    let parts = |ground: &Ground| ground.take_counts().iter().find(|(name, _)| name == "UploadPart").unwrap().1;
    ground.plant("/file", b"before");
    if long() {
        let error = blobs.write("/file", 0, Blocks::new(ANNOUNCED), None).await.unwrap_err();
        assert_eq!(error.kind(), Some(ErrorKind::Unsupported), "{error}");
        assert!(error.to_string().contains("10000 parts"), "{error}");
        assert_eq!((ground.stored("/file").unwrap(), ground.pending()), (b"before".to_vec(), vec![]));
        // The last ones may not have been sent when it showed that there is more.
        assert!((9_990..=10_000).contains(&parts(&ground)));
    }
    let count = if long() { ANNOUNCED } else { 20 };
    assert_eq!(blobs.write("/file", 0, Blocks::new(count), Some(ANNOUNCED * MIB)).await.unwrap(), count * MIB);
    assert_eq!(parts(&ground), (count * MIB).div_ceil(2 * PART));
    compare(&blobs, "/file", count).await;
    assert_eq!(ground.pending(), []);
}

/// 35 once more, as large as upstream has it: 128 MiB, put at once.
#[tokio::test(flavor = "multi_thread")]
async fn the_largest_content_there_is() {
    let ground = Ground::new("").await;
    let mut limits = Limits::default().memory(1 << 30).cpu(Duration::from_secs(60));
    limits.hostcall_bytes = 256 << 20;
    let blobs = ground.blobs_by(ground.config(), limits);
    let whole = content(35, 128 << 20);
    blobs.put("/whole", whole.clone()).await.unwrap();
    assert!(blobs.get("/whole").await.unwrap() == whole);
    let more = blobs.put("/whole", vec![0; (128 << 20) + 1]).await.unwrap_err();
    assert_eq!(more.kind(), Some(ossicle::ErrorKind::Unsupported));
}
