//! What a server does to its bucket beside the requests: it collects garbage, and removes uploads that nobody finished.

use std::time::Duration;

use bytes::Bytes;
use ossicle_emulator::{BucketHandle, Emulator, FaultAction, FaultRule, Operation};
use ossicle_service::registry::gc::LOG;
use ossicle_service::{Collecting, Purging};

use crate::client::{Client, content, sha256};
use crate::world::{PART, Process, emulator, options};

/// Longer than the default grace period.
const DAY: Duration = Duration::from_secs(25 * 3600);
/// From the announcement of an epoch to its deletes: T1, and the slack after it, in whole seconds.
const RESCUES: Duration = Duration::from_secs(20 + 90 + 25 + 1);
/// Longer than the longest epoch.
const EPOCH: Duration = Duration::from_secs(1200);
/// A record of the epoch log.
const RECORD: usize = 128;

/// Collects as often as can be.
fn often() -> Option<Collecting> {
    Some(Collecting { interval: Duration::from_secs(1) })
}

async fn collector(emulator: &Emulator) -> Process {
    Process::start_looking_after(emulator, options(PART), None, often()).await
}

fn bucket(emulator: &Emulator) -> BucketHandle {
    emulator.bucket("registry")
}

fn log_key() -> &'static str {
    LOG.trim_start_matches('/')
}

fn epochs(emulator: &Emulator) -> usize {
    bucket(emulator).get_raw(log_key()).map_or(0, |log| log.len() / RECORD)
}

fn blobs(emulator: &Emulator) -> Vec<String> {
    bucket(emulator).keys().into_iter().filter(|key| key.contains("/blobs/")).collect()
}

fn has(emulator: &Emulator, digest: &str) -> bool {
    let hex = digest.strip_prefix("sha256:").unwrap();
    blobs(emulator).iter().any(|key| key.contains(hex))
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within a minute");
}

/// A bucket with a tagged image, and three blobs of another that nothing names any more.
async fn with_garbage() -> (Emulator, Bytes, Bytes) {
    let emulator = emulator().await;
    let process = Process::start(&emulator, options(PART)).await;
    let client = process.client();
    let (kept, garbage) = (content(1, 5000), content(2, 7000));
    client.push_image("app", "kept", &kept).await;
    let image = client.push_image("app", "dropped", &garbage).await;
    client.send("DELETE", &format!("/v2/app/manifests/{image}"), "").await.expect(202);
    process.stop().await.unwrap();
    emulator.clock().advance(DAY);
    (emulator, kept, garbage)
}

/// A reading of the epoch log that takes so long. A collector that announced an epoch reads it: meanwhile a test lets the time
/// of the epoch pass, so that the collector need not wait for it.
fn reading_of_the_log(ms: u64) -> FaultRule {
    FaultRule::new(FaultAction::Delay { ms }).on(Operation::GetObject).key(log_key())
}

/// Lets the time pass in which pushes could rescue what an epoch lists. Then OSS's clock stands still: should the collector have
/// read the log before, it reads it again only half a minute later, and its time for deletes must not have passed by then.
async fn let_rescues_pass(emulator: &Emulator, epoch: usize) {
    until("an epoch is announced", || epochs(emulator) >= epoch).await;
    let clock = emulator.clock();
    clock.freeze(clock.now() + RESCUES);
}

async fn metric(client: Client, name: &str) -> u64 {
    let counted = client.get("/metrics").await.expect(200).body;
    let counted = String::from_utf8(counted.to_vec()).unwrap();
    let line = counted.lines().find(|line| line.starts_with(&format!("{name} ")));
    line.unwrap_or_else(|| panic!("{name} is not in {counted}")).rsplit(' ').next().unwrap().parse().unwrap()
}

async fn runs(client: Client, outcome: &str) -> u64 {
    metric(client, &format!("ossicle_gc_runs_total{{tenant=\"default\",outcome=\"{outcome}\"}}")).await
}

/// Waits until a collection has ended so.
async fn ran(client: Client, outcome: &str) {
    for _ in 0..1200 {
        if runs(client, outcome).await > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no collection ended as {outcome} within a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_collected_while_pushes_go_on() {
    let (emulator, kept, garbage) = with_garbage().await;
    // The third reading is the collector's that has announced an epoch: OSS refuses the first, for the clock was advanced.
    emulator.faults().add(reading_of_the_log(4000).skip(2).once());
    let process = collector(&emulator).await;
    let client = process.client();
    until("an epoch is announced", || epochs(&emulator) == 1).await;
    // What the epoch lists is pushed again, by another process: it is taken back.
    let other = Process::start(&emulator, options(PART)).await;
    other.client().push_image("other", "again", &garbage).await;
    let_rescues_pass(&emulator, 1).await;
    until("garbage is deleted", || blobs(&emulator).len() == 6).await;
    ran(client, "collected").await;
    // The layer was rescued; the manifest and the config of the dropped image have other content than those of the new one.
    let rescued = metric(client, "ossicle_gc_rescued_blobs_total{tenant=\"default\"}").await;
    let deleted = metric(client, "ossicle_gc_deleted_blobs_total{tenant=\"default\"}").await;
    assert_eq!((rescued, deleted), (1, 2));
    assert!(metric(client, "ossicle_gc_deleted_bytes_total{tenant=\"default\"}").await < garbage.len() as u64);
    assert!(metric(client, "ossicle_gc_last_run_timestamp_seconds{tenant=\"default\"}").await > 1_700_000_000);
    assert_eq!(metric(client, "ossicle_gc_left_blobs_total{tenant=\"default\"}").await, 0);
    assert_eq!(client.read_blob("app", &sha256(&kept)).await, kept);
    assert_eq!(client.read_blob("other", &sha256(&garbage)).await, garbage);
    client.get("/v2/app/manifests/kept").await.expect(200);
    client.get("/v2/other/manifests/again").await.expect(200);
    assert_eq!(blobs(&emulator).len(), 6);
    client.push_image("app", "new", &content(3, 5000)).await;
}

/// In the middle of a collection: before its deletes, and while one is on its way.
#[tokio::test(flavor = "multi_thread")]
async fn collection_that_a_shutdown_breaks_off_is_gone_on_with_by_another_process() {
    for is_deleting in [false, true] {
        let (emulator, kept, garbage) = with_garbage().await;
        let delay = FaultRule::new(FaultAction::Delay { ms: 2000 }).on(Operation::DeleteMultipleObjects).once();
        let deletes = emulator.faults().add(delay);
        emulator.faults().add(reading_of_the_log(300));
        let first = collector(&emulator).await;
        until("an epoch is announced", || epochs(&emulator) == 1).await;
        if is_deleting {
            let_rescues_pass(&emulator, 1).await;
            until("a delete is on its way", || deletes.hits() == 1).await;
        }
        let stopping = std::time::Instant::now();
        first.stop().await.unwrap();
        assert!(
            stopping.elapsed() < Duration::from_secs(20),
            "a collection holds up the end: {:?}",
            stopping.elapsed()
        );
        if !is_deleting {
            assert!(has(&emulator, &sha256(&garbage)));
        }
        emulator.faults().remove(deletes.id());

        // The epoch that was announced is still to end.
        let second = collector(&emulator).await;
        let client = second.client();
        if !is_deleting {
            ran(client, "elsewhere").await;
        }
        emulator.clock().advance(EPOCH);
        if has(&emulator, &sha256(&garbage)) {
            let_rescues_pass(&emulator, 2).await;
            until("garbage is deleted", || blobs(&emulator).len() == 3).await;
        }
        assert_eq!(blobs(&emulator).len(), 3);
        assert_eq!(client.read_blob("app", &sha256(&kept)).await, kept);
        client.get("/v2/app/manifests/kept").await.expect(200);
        // And what was collected can be pushed again, once no epoch lists it.
        emulator.clock().advance(EPOCH);
        client.push_image("app", "dropped", &garbage).await;
        assert_eq!(client.read_blob("app", &sha256(&garbage)).await, garbage);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_processes_collects_at_a_time() {
    let (emulator, kept, _) = with_garbage().await;
    emulator.faults().add(reading_of_the_log(300));
    let mut processes = Vec::new();
    for _ in 0..3 {
        processes.push(collector(&emulator).await);
    }
    let_rescues_pass(&emulator, 1).await;
    until("garbage is deleted", || blobs(&emulator).len() == 3).await;
    let mut deleted = 0;
    for _ in 0..200 {
        deleted = 0;
        for process in &processes {
            deleted += metric(process.client(), "ossicle_gc_deleted_blobs_total{tenant=\"default\"}").await;
        }
        if deleted > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((deleted, epochs(&emulator)), (3, 1));
    for process in &processes {
        assert_eq!(runs(process.client(), "failed").await, 0);
        assert_eq!(process.client().read_blob("app", &sha256(&kept)).await, kept);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_collection_is_counted_and_tried_again() {
    let (emulator, kept, _) = with_garbage().await;
    emulator.faults().add(reading_of_the_log(300));
    let refused =
        FaultAction::Error { status: 403, code: "AccessDenied".into(), message: String::new(), ec: String::new() };
    let fault = emulator.faults().add(FaultRule::new(refused).on(Operation::ListObjectsV2));
    let process = collector(&emulator).await;
    let client = process.client();
    ran(client, "failed").await;
    assert_eq!(epochs(&emulator), 0);
    emulator.faults().remove(fault.id());
    let_rescues_pass(&emulator, 1).await;
    until("garbage is deleted", || blobs(&emulator).len() == 3).await;
    assert_eq!(client.read_blob("app", &sha256(&kept)).await, kept);
}

/// As the configuration of the registry that is replaced says it: an age, an interval, and whether only to tell.
#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_nobody_finished_are_removed() {
    let emulator = emulator().await;
    let key = "docker/registry/v2/repositories/app/_uploads/u/data";
    bucket(&emulator).upload_raw(key, "part", 1);
    bucket(&emulator).put_raw("docker/registry/v2/repositories/app/_uploads/v/startedat", "2026-01-01T00:00:00Z");
    emulator.clock().advance(Duration::from_secs(3 * 3600));
    bucket(&emulator).put_raw("docker/registry/v2/repositories/app/_uploads/young/startedat", "2026-01-01T00:00:00Z");
    let purging =
        |dry_run| Some(Purging { age: Duration::from_secs(2 * 3600), interval: Duration::from_secs(1), dry_run });
    let purged = "ossicle_purge_runs_total{tenant=\"default\",outcome=\"purged\"}";
    let only_telling = Process::start_looking_after(&emulator, options(PART), purging(true), None).await;
    let searches = || {
        let requests = emulator.requests();
        requests.iter().filter(|request| request.operation == Operation::ListMultipartUploads).count()
    };
    until("it looked twice", || searches() >= 4).await;
    assert_eq!(metric(only_telling.client(), purged).await, 0);
    only_telling.stop().await.unwrap();
    assert_eq!((bucket(&emulator).uploads().len(), bucket(&emulator).keys().len()), (1, 2));

    let process = Process::start_looking_after(&emulator, options(PART), purging(false), None).await;
    until("it is removed", || bucket(&emulator).uploads().is_empty() && bucket(&emulator).keys().len() == 1).await;
    assert_eq!(bucket(&emulator).keys(), ["docker/registry/v2/repositories/app/_uploads/young/startedat"]);
    for _ in 0..200 {
        if metric(process.client(), purged).await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(metric(process.client(), "ossicle_purged_folders_total{tenant=\"default\"}").await, 1);
    assert_eq!(metric(process.client(), "ossicle_purged_uploads_total{tenant=\"default\"}").await, 1);
}
