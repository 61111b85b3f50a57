//! 4.2 and 6: many uploads at once, with the limits that there are by default, which an instance could not hold together.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use ossicle::{Blobs, Limits};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_tests::Ground;

use crate::memory::{Blocks, MIB, compare, long};

/// A bucket in a folder of its own, which goes with it: the files are more than memory should hold.
struct InFolder {
    ground: Ground,
    folder: PathBuf,
}

impl InFolder {
    async fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        Self { ground: Ground::in_folder(&folder).await, folder }
    }

    fn blobs(&self) -> Blobs {
        self.ground.blobs_by(self.ground.config(), Limits::default())
    }
}

impl Drop for InFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// One instance served everything, and nothing is left of any upload.
fn held(blobs: &Blobs, ground: &Ground) {
    let metrics = blobs.tenant().metrics();
    println!("at most {} MiB in the instance", metrics.memory >> 20);
    assert!(metrics.memory <= Limits::default().memory as u64, "{metrics:?}");
    assert_eq!((metrics.instances, metrics.retirements.len()), (1, 0), "{metrics:?}");
    assert_eq!(ground.pending(), []);
}

/// More than one part each, so that each of them wants at least two, and up to five: 3.2 GiB together.
#[tokio::test(flavor = "multi_thread")]
async fn s4_2_sixty_four_uploads_at_once_are_held() {
    let place = InFolder::new("sixty-four").await;
    let blobs = place.blobs();
    let uploads = join_all((0..64).map(|n| {
        let blobs = blobs.clone();
        async move { blobs.write(&format!("/burst/{n}"), 0, Blocks::new(11), None).await }
    }));
    // Short calls do not wait for them.
    let done = AtomicBool::new(false);
    let beside = async {
        while !done.load(Relaxed) {
            let looked = tokio::time::timeout(Duration::from_secs(20), blobs.check());
            looked.await.expect("a short call waits for uploads").unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let uploads = async {
        let uploads = uploads.await;
        done.store(true, Relaxed);
        uploads
    };
    let (uploads, ()) = tokio::join!(uploads, beside);
    for written in uploads {
        assert_eq!(written.unwrap(), 11 * MIB);
    }
    compare(&blobs, "/burst/63", 11).await;
    held(&blobs, &place.ground);
}

/// 6: eight writes of 64 MiB in a burst, which failed all of them and cut a running download.
#[tokio::test(flavor = "multi_thread")]
async fn s6_a_burst_of_large_writes_leaves_a_download_alone() {
    let place = InFolder::new("large-burst").await;
    let blobs = place.blobs();
    assert_eq!(blobs.write("/before", 0, Blocks::new(64), None).await.unwrap(), 64 * MIB);
    let writes = join_all((0..8).map(|n| {
        let blobs = blobs.clone();
        async move { blobs.write(&format!("/large/{n}"), 0, Blocks::new(64), None).await }
    }));
    let (writes, ()) = tokio::join!(writes, compare(&blobs, "/before", 64));
    for written in writes {
        assert_eq!(written.unwrap(), 64 * MIB);
    }
    held(&blobs, &place.ground);
}

/// 6: upstream's TestConcurrentFileStreams: each writer gets its file in pieces of 32 KiB, each by a call of its own, and is
/// committed. Short as upstream has it short; `OSSICLE_LONG_TESTS=1` makes it 32 writers of 32 MiB.
#[tokio::test(flavor = "multi_thread")]
async fn s6_test_36_concurrent_file_streams() {
    let (count, size) = if long() { (32, 32) } else { (8, 8) };
    let place = InFolder::new("concurrent-file-streams").await;
    let blobs = place.blobs();
    let writers = join_all((0..count).map(|n| {
        let blobs = blobs.clone();
        async move {
            let path = format!("/stream/{n}");
            let mut writer = blobs.writer(&path, false, None).await.unwrap();
            let mut blocks = Blocks::new(size);
            loop {
                let piece = blocks.next(32 << 10).to_vec();
                if piece.is_empty() {
                    break;
                }
                assert_eq!(writer.write(&piece[..]).await.unwrap(), piece.len() as u64);
            }
            writer.commit().await.unwrap();
            compare(&blobs, &path, size).await;
        }
    }));
    writers.await;
    held(&blobs, &place.ground);
}

/// 4.2: what waits is not cut for waiting, as long as the others move. Here each part takes a while to arrive.
#[tokio::test(flavor = "multi_thread")]
async fn s4_2_uploads_wait_for_longer_than_a_call_may_take() {
    let ground = Ground::new("").await;
    let slow = FaultRule::new(FaultAction::Delay { ms: 500 }).on(Operation::UploadPart);
    ground.emulator().faults().add(slow);
    let options = ossicle::BlobOptions::new().part_size(MIB).parts_in_flight(1);
    let limits = Limits::default().memory(16 << 20).call_timeout(Duration::from_secs(2));
    let blobs = ground.blobs_by(ground.config().blobs(options), limits);
    let uploads = join_all((0..24).map(|n| {
        let blobs = blobs.clone();
        async move { blobs.write(&format!("/slow/{n}"), 0, Blocks::new(3), None).await }
    }));
    for written in uploads.await {
        assert_eq!(written.unwrap(), 3 * MIB);
    }
    held(&blobs, &ground);
}

/// 6: what was sent when an instance was stopped is there still, and is gone on with.
#[tokio::test(flavor = "multi_thread")]
async fn s6_an_upload_whose_instance_is_stopped_is_not_lost() {
    let ground = Ground::new("").await;
    let options = ossicle::BlobOptions::new().part_size(MIB);
    let blobs = ground.blobs_by(ground.config().blobs(options.clone()), Limits::default());
    let mut writer = blobs.writer("/kept", false, None).await.unwrap();
    let mut blocks = Blocks::new(4);
    let mut first = Vec::new();
    while first.len() < 2 << 20 {
        first.extend_from_slice(blocks.next(1 << 20));
    }
    writer.write(&first[..]).await.unwrap();
    assert!(!blobs.tenant().close_within(Duration::ZERO).await, "a writer was in it");
    let error = writer.write(&b"more"[..]).await.unwrap_err();
    assert!(error.is_retryable() || matches!(error.error(), Some(ossicle::Error::Closed)), "{error}");
    drop(writer);
    assert_eq!(ground.pending().len(), 1);

    let blobs = ground.blobs_by(ground.config().blobs(options), Limits::default());
    let mut writer = blobs.writer("/kept", true, None).await.unwrap();
    let stored = writer.size().await.unwrap();
    // The last whole part was held until it was known whether more comes.
    assert_eq!(stored, MIB);
    let mut rest = Blocks::new(4);
    let mut skipped = 0;
    while skipped < stored {
        skipped += rest.next((stored - skipped) as usize).len() as u64;
    }
    writer.write(rest).await.unwrap();
    writer.commit().await.unwrap();
    compare(&blobs, "/kept", 4).await;
    held(&blobs, &ground);
}

/// 6: a write can't abort its upload when its instance is stopped in the middle. What stays is listed and can be removed, and
/// the next write leaves it alone.
#[tokio::test(flavor = "multi_thread")]
async fn s6_what_a_write_leaves_whose_instance_is_stopped_is_listed() {
    let ground = Ground::new("").await;
    let options = ossicle::BlobOptions::new().part_size(MIB).parts_in_flight(1);
    let open = || ground.blobs_by(ground.config().blobs(options.clone()), Limits::default());
    let blobs = open();
    // The other end stays open, so that more may come.
    let (mut bring, content) = tokio::io::duplex(1 << 16);
    let stopping = async {
        tokio::io::copy(&mut Blocks::new(3), &mut bring).await.unwrap();
        while ground.emulator().stats().count(Operation::UploadPart) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(!blobs.tenant().close_within(Duration::ZERO).await, "a write was in it");
    };
    let (written, ()) = tokio::join!(blobs.write("/f", 0, content, None), stopping);
    written.unwrap_err();

    let blobs = open();
    let listed: Vec<_> = blobs.uploads("/", Duration::ZERO).await.unwrap().try_collect().await.unwrap();
    assert_eq!(listed.iter().map(|upload| upload.path.as_str()).collect::<Vec<_>>(), ["/f"]);
    assert_eq!(blobs.write("/f", 0, &b"again"[..], None).await.unwrap(), 5);
    assert_eq!(ground.pending().len(), 1);
    blobs.remove_uploads(&listed).await.unwrap();
    assert_eq!(ground.pending(), []);
}

/// 4.2 for values: stores and loads that an instance could not hold all at once.
#[tokio::test(flavor = "multi_thread")]
async fn s4_2_many_large_values_at_once_are_held() {
    let ground = Ground::new("").await;
    // It is about memory: on a busy machine a check of so many bytes may take its time.
    let limits = Limits::default().memory(64 << 20);
    let tenant = ossicle_tests::ENGINE.tenant("test", ground.config(), limits).unwrap();
    let certificates = tenant.certificates();
    let value = ossicle_tests::blobs::content(42, 6 << 20);
    let stored = join_all((0..24).map(|n| certificates.store(&format!("large/{n}"), value.clone()))).await;
    stored.into_iter().for_each(|stored| stored.unwrap());
    let loaded = join_all((0..24).map(|n| certificates.load(&format!("large/{n}")))).await;
    loaded.into_iter().for_each(|loaded| assert!(*loaded.unwrap() == value));
    let metrics = tenant.metrics();
    assert_eq!((metrics.instances, metrics.retirements.len()), (1, 0), "{metrics:?}");
}
