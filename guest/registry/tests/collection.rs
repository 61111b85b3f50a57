//! Garbage collection and pushes beside it, step by step: what is deleted, what is kept, and what a push does in an epoch.

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use common::{CONFIG, IMAGE, INDEX, LAYER, World, blob_path, descriptor, image, options, sha256, sha512, with_digest};
use ossicle_registry::Options;
use ossicle_registry::gc::{Amount, CollectError, Collector, Extent, GcSettings, LISTS, LOG, LeftFile, Report};
use ossicle_registry::memory::{Driver, Fault, Operation, run};

const HOUR: Duration = Duration::from_secs(3600);
/// Longer than the grace period.
const DAY: Duration = Duration::from_secs(25 * 3600);

fn collect(driver: &Driver, extent: Extent) -> Result<Report, CollectError> {
    run(Collector::new(driver, driver, GcSettings::default()).collect(extent))
}

/// Another process with what the first one stored.
fn restart(world: &World) -> World {
    World::with(&world.driver, options())
}

fn layer_link(name: &str, digest: &str) -> String {
    let digest = digest.replace(':', "/");
    format!("/docker/registry/v2/repositories/{name}/_layers/{digest}/link")
}

/// A bucket with an image and an old blob that nothing names; the blob's digest.
fn with_garbage() -> (World, String) {
    let world = World::new();
    world.push_image("app", "v1", b"kept");
    let garbage = world.push("app", b"garbage");
    world.driver.advance(DAY);
    world.driver.take_requests();
    (world, garbage)
}

/// Has a collector announce an epoch and die.
fn announce(world: &World) {
    let announced = AtomicBool::new(false);
    world.driver.set_faults(move |request| {
        let is_announced = announced.fetch_or(request.operation == Operation::AppendObject, Ordering::Relaxed);
        is_announced.then_some(Fault::Refused)
    });
    assert!(matches!(collect(&world.driver, Extent::Delete), Err(CollectError::Log(_))));
    world.driver.clear_faults();
}

#[test]
fn collection_deletes_what_no_manifest_names() {
    let (world, _) = with_garbage();
    let image = world.push_image("app", "v2", b"not kept");
    world.delete(&format!("/v2/app/manifests/{image}")).expect(202);
    world.driver.advance(DAY);
    world.driver.take_requests();

    let report = collect(&world.driver, Extent::Delete).unwrap();
    // The garbage; the second image's manifest, config and layer.
    let bytes = report.garbage.bytes;
    assert_eq!(report.garbage, Amount { digests: 4, bytes });
    assert_eq!((report.deleted, report.left, report.rescued), (report.garbage, Amount::default(), Amount::default()));
    assert_eq!(report.blobs.digests, 3 + 4);
    assert_eq!(
        world.operations(),
        [
            Operation::ListObjects,
            Operation::GetObject,
            Operation::ListObjects,
            Operation::PutObject,
            Operation::AppendObject,
            Operation::ListObjects,
            Operation::DeleteMultipleObjects,
            Operation::ListObjects,
        ],
        "links, a manifest, blobs; the list, the record; links again, deletes, old lists"
    );
    let left: Vec<String> = world.driver.paths().into_iter().filter(|path| path.contains("/blobs/")).collect();
    assert_eq!(left.len(), 3);
    let process = restart(&world);
    let manifest = process.get("/v2/app/manifests/v1").expect(200).json();
    for named in [&manifest["config"], &manifest["layers"][0]] {
        process.get(&format!("/v2/app/blobs/{}", named["digest"].as_str().unwrap())).expect(200);
    }
    world.driver.advance(HOUR);
    assert_eq!(collect(&world.driver, Extent::Delete).unwrap().garbage, Amount::default());
}

#[test]
fn dry_run_tells_and_writes_nothing() {
    let (world, garbage) = with_garbage();
    let before = world.driver.paths();
    let report = collect(&world.driver, Extent::DryRun).unwrap();
    assert_eq!(report.garbage, Amount { digests: 1, bytes: 7 });
    assert_eq!(report.listed.iter().map(ToString::to_string).collect::<Vec<_>>(), [garbage]);
    assert_eq!((report.epoch, report.deleted), (None, Amount::default()));
    assert_eq!(world.driver.paths(), before);
}

#[test]
fn what_was_pushed_within_the_grace_period_is_kept() {
    let (world, garbage) = with_garbage();
    world.push("app", b"young");
    world.driver.advance(23 * HOUR);
    let report = collect(&world.driver, Extent::Delete).unwrap();
    assert_eq!(report.deleted.digests, 1);
    assert_eq!(world.driver.content(&blob_path(&garbage)), None);
    restart(&world).head(&format!("/v2/app/blobs/{}", sha256(b"young"))).expect(200);
}

#[test]
fn next_epoch_waits_for_the_end_of_the_last() {
    let (world, _) = with_garbage();
    announce(&world);
    let Err(CollectError::Running { until }) = collect(&world.driver, Extent::Delete) else { panic!("it runs") };
    world.driver.advance(Duration::from_secs(until.0 - world.driver.oss_time().0));
    assert_eq!(collect(&world.driver, Extent::Delete).unwrap().deleted.digests, 1);
}

#[test]
fn announcement_without_a_response_is_resolved_by_the_log() {
    for (fault, is_announced) in [(Fault::ResponseLost, true), (Fault::RequestLost, false)] {
        let (world, garbage) = with_garbage();
        world.driver.set_faults(move |request| (request.operation == Operation::AppendObject).then_some(fault));
        let result = collect(&world.driver, Extent::Delete);
        assert_eq!(result.is_ok(), is_announced, "{result:?}");
        assert_eq!(world.driver.content(&blob_path(&garbage)).is_none(), is_announced);
        if !is_announced {
            assert!(matches!(result, Err(CollectError::NotAnnounced(_))), "{result:?}");
        }
    }
}

#[test]
fn collector_that_is_overtaken_deletes_nothing() {
    let (world, garbage) = with_garbage();
    let (driver, first) = (world.driver.clone(), AtomicBool::new(true));
    world.driver.set_faults(move |request| {
        // Another collector announces its epoch between this one's reading of the log and its append.
        if request.operation == Operation::AppendObject && first.swap(false, Ordering::Relaxed) {
            driver.plant(LOG, RECORD);
        }
        None
    });
    assert!(matches!(collect(&world.driver, Extent::Delete), Err(CollectError::Overtaken)));
    assert!(world.driver.content(&blob_path(&garbage)).is_some());
}

/// A record of an epoch that is long over, and lists nothing that is there.
const RECORD: &[u8] = b"OSSGC001 0000000000000001 00000000001 00000000002 00000000003 00000001 \
    00000000000000000000000000000000 7ab471c5               \n";

/// Stores content as a manifest, as another registry did; its digest and the path of its revision.
fn plant_manifest(world: &World, content: &str) -> (String, String) {
    let digest = sha256(content.as_bytes());
    world.driver.plant(&blob_path(&digest), content.to_owned());
    let revision =
        format!("/docker/registry/v2/repositories/app/_manifests/revisions/{}/link", digest.replace(':', "/"));
    world.driver.plant(&revision, digest.clone());
    (digest, revision)
}

#[test]
fn what_is_no_manifest_is_reported_and_keeps_what_looks_like_a_digest_in_it() {
    let (world, garbage) = with_garbage();
    let (kept, _) = (world.push("app", b"named by no manifest"), world.driver.advance(DAY));
    // Not JSON; JSON, and no object; an object of an unknown kind.
    let (unreadable, first) = plant_manifest(&world, &format!("{{\"layers\":[\"{kept}\""));
    let (_, second) = plant_manifest(&world, "[1]");
    plant_manifest(&world, "{\"a\":1}");
    world.driver.advance(DAY);
    let report = collect(&world.driver, Extent::Delete).unwrap();
    let mut expected = vec![first.clone(), second];
    expected.sort_by_key(|path| path.rsplit('/').nth(1).map(str::to_owned));
    assert_eq!((report.unreadable, report.deleted.digests), (expected, 1));
    assert!(world.driver.content(&blob_path(&garbage)).is_none());
    assert!(world.driver.content(&blob_path(&kept)).is_some());
    assert!(world.driver.content(&blob_path(&unreadable)).is_some());

    // A deletion by digest ends it, and the next collection takes all of it.
    world.delete(&format!("/v2/app/manifests/{unreadable}")).expect(202);
    world.driver.advance(DAY);
    let report = collect(&world.driver, Extent::Delete).unwrap();
    assert_eq!((report.unreadable.len(), report.deleted.digests), (1, 2));

    // Without its blob it names nothing, and that is told.
    plant_manifest(&world, "gone");
    world.driver.uproot(&blob_path(&sha256(b"gone")));
    world.driver.advance(HOUR);
    let report = collect(&world.driver, Extent::DryRun).unwrap();
    assert_eq!(report.without_blob.len(), 1, "{report:?}");
}

#[test]
fn damaged_manifest_ends_the_collection_and_is_named() {
    let (world, garbage) = with_garbage();
    let (digest, _) = plant_manifest(&world, "{}");
    world.driver.plant(&blob_path(&digest), "{");
    for extent in [Extent::DryRun, Extent::Delete] {
        let error = collect(&world.driver, extent).unwrap_err();
        assert!(matches!(&error, CollectError::Damaged(damaged) if damaged.len() == 1), "{error:?}");
        assert!(error.to_string().contains(&digest), "{error}");
        assert!(world.driver.content(&blob_path(&garbage)).is_some());
    }
    world.delete(&format!("/v2/app/manifests/{digest}")).expect(202);
    assert_eq!(collect(&world.driver, Extent::Delete).unwrap().deleted.digests, 2);
}

#[test]
fn unreadable_page_or_manifest_ends_the_collection() {
    for operation in [Operation::ListObjects, Operation::GetObject] {
        let (world, garbage) = with_garbage();
        let count = AtomicUsize::new(0);
        world.driver.set_faults(move |request| {
            let is_meant = request.operation == operation && request.path != LOG;
            (is_meant && count.fetch_add(1, Ordering::Relaxed) == 0).then_some(Fault::Refused)
        });
        assert!(matches!(collect(&world.driver, Extent::Delete), Err(CollectError::Storage(_))));
        assert!(world.driver.content(&blob_path(&garbage)).is_some());
    }
}

#[test]
fn what_distribution_stored_by_another_digest_is_kept() {
    let (world, _) = with_garbage();
    let (stored, named) = (sha256(b"layer"), sha512(b"layer"));
    world.driver.plant(&blob_path(&stored), "layer");
    world.driver.plant(&layer_link("app", &stored), stored.clone());
    world.driver.plant(&layer_link("app", &named), stored.clone());
    let config = descriptor(CONFIG, b"config", &world.push("app", b"config"));
    world.put_manifest("app", "alias", &image(&config, &[descriptor(LAYER, b"layer", &named)]), IMAGE).expect(201);
    world.driver.advance(DAY);
    assert_eq!(collect(&world.driver, Extent::Delete).unwrap().deleted.digests, 1);
    assert_eq!(restart(&world).get(&format!("/v2/app/blobs/{named}")).expect(200).bytes(), "layer");
}

#[test]
fn link_that_is_deleted_after_it_was_listed_names_nothing() {
    let (world, garbage) = with_garbage();
    let link = layer_link("app", &sha512(b"layer"));
    world.driver.plant(&link, garbage.clone());
    let driver = world.driver.clone();
    world.driver.set_faults(move |request| {
        if request.path == link && request.operation == Operation::GetObject {
            driver.uproot(&link);
        }
        None
    });
    world.driver.advance(DAY);
    assert_eq!(collect(&world.driver, Extent::Delete).unwrap().deleted.digests, 1);
    assert_eq!(world.driver.content(&blob_path(&garbage)), None);
}

#[test]
fn listed_blob_is_rescued_by_a_push_before_t1() {
    let (world, garbage) = with_garbage();
    let (driver, pushed) = (world.driver.clone(), AtomicBool::new(false));
    let link = layer_link("app", &garbage);
    world.driver.set_faults(move |request| {
        // After the announcement another process writes the link again.
        if request.path == LOG && pushed.load(Ordering::Relaxed) {
            driver.plant(&link, garbage.clone());
        }
        pushed.fetch_or(request.operation == Operation::AppendObject, Ordering::Relaxed);
        None
    });
    let report = collect(&world.driver, Extent::Delete).unwrap();
    assert_eq!((report.rescued.digests, report.deleted.digests), (1, 0));
}

#[test]
fn push_of_a_listed_blob_rescues_it_and_later_waits() {
    let (world, garbage) = with_garbage();
    announce(&world);
    let process = restart(&world);
    process.head(&format!("/v2/app/blobs/{garbage}")).expect(404);
    let config = descriptor(CONFIG, b"config", &process.push("app", b"config"));
    let manifest = image(&config, &[descriptor(LAYER, b"garbage", &garbage)]);
    process.put_manifest("app", "v2", &manifest, IMAGE).expect_code(400, "MANIFEST_BLOB_UNKNOWN");
    // Before T1 it is rescued.
    assert_eq!(process.push("app", b"garbage"), garbage);
    process.head(&format!("/v2/app/blobs/{garbage}")).expect(200);
    process.put_manifest("app", "v2", &manifest, IMAGE).expect(201);

    let (world, garbage) = with_garbage();
    announce(&world);
    // T1 is 110 s after the announcement.
    world.driver.advance(Duration::from_secs(108));
    let process = restart(&world);
    let location = with_digest(&process.begin("app"), &garbage);
    let began = world.driver.oss_time();
    let busy = process.send("PUT", &location, &[], "garbage").expect_code(503, "UNAVAILABLE");
    assert!((50..60).contains(&(world.driver.oss_time().0 - began.0)));
    let retry_after: u64 = busy.header("retry-after").parse().unwrap();
    assert!((1..200).contains(&retry_after), "{retry_after}");
    world.driver.advance(Duration::from_secs(retry_after));
    process.push("app", b"garbage");
    process.head(&format!("/v2/app/blobs/{garbage}")).expect(200);
}

#[test]
fn write_that_comes_too_late_begins_again_with_a_view() {
    let world = World::new();
    let (driver, late) = (world.driver.clone(), AtomicBool::new(true));
    world.driver.set_faults(move |request| {
        if request.path.ends_with("/link") && late.swap(false, Ordering::Relaxed) {
            driver.advance(Duration::from_secs(91));
        }
        None
    });
    world.push("app", b"layer");
    let links = world.driver.take_requests().into_iter().filter(|request| request.path.ends_with("/link"));
    assert_eq!(links.count(), 2, "the first was refused");
}

#[test]
fn head_and_mount_renew_old_links() {
    let world = World::new();
    let digest = world.push("app", b"layer");
    world.driver.advance(13 * HOUR);
    let process = restart(&world);
    process.requests();
    process.head(&format!("/v2/app/blobs/{digest}")).expect(200);
    assert_eq!(process.operations(), [Operation::GetObject, Operation::HeadObject, Operation::PutObject]);
    process.head(&format!("/v2/app/blobs/{digest}")).expect(200);
    assert_eq!(process.requests(), 0);
    // A day after the push and half a day after the HEAD it is still there.
    world.driver.advance(12 * HOUR);
    assert_eq!(collect(&world.driver, Extent::Delete).unwrap().garbage, Amount::default());
}

#[test]
fn without_the_epoch_log_nothing_is_written_and_reading_goes_on() {
    let (world, garbage) = with_garbage();
    announce(&world);
    let log = world.driver.content(LOG).unwrap();
    let list = world.driver.paths().into_iter().find(|path| path.starts_with(LISTS)).unwrap();
    let breaks: [(&str, &dyn Fn()); 4] = [
        ("a newer version", &|| world.driver.plant(LOG, newer_version(&log.repeat(2)))),
        ("no record", &|| world.driver.plant(LOG, "garbage")),
        ("another list", &|| world.driver.plant(&list, "sha256:")),
        ("no list", &|| world.driver.uproot(&list)),
    ];
    let content_of_list = world.driver.content(&list).unwrap();
    for (what, broken) in breaks {
        broken();
        let process = restart(&world);
        let location = with_digest(&process.begin("app"), &sha256(b"new"));
        assert_eq!(process.send("PUT", &location, &[], "new").status, 503, "{what}");
        process.get("/v2/app/manifests/v1").expect(200);
        process.get(&format!("/v2/app/blobs/{garbage}")).expect(200);
        world.driver.plant(LOG, log.clone());
        world.driver.plant(&list, content_of_list.clone());
    }
    // A log that was deleted: who had read it takes nothing from it.
    let process = restart(&world);
    process.push("app", b"new");
    world.driver.uproot(LOG);
    world.driver.advance(Duration::from_secs(31));
    let location = with_digest(&process.begin("app"), &sha256(b"newer"));
    process.send("PUT", &location, &[], "newer").expect(503);
}

#[test]
fn pull_asks_for_no_epoch_log_and_works_when_it_can_not_be_read() {
    let (world, _) = with_garbage();
    world.driver.set_faults(|request| (request.path == LOG).then_some(Fault::RequestLost));
    let process = restart(&world);
    world.driver.take_requests();
    for _ in 0..2 {
        let manifest = process.get("/v2/app/manifests/v1").expect(200).json();
        for named in [&manifest["config"], &manifest["layers"][0]] {
            process.get(&format!("/v2/app/blobs/{}", named["digest"].as_str().unwrap())).expect(200);
        }
        process.get("/v2/app/tags/list").expect(200);
        process.get("/v2/_catalog").expect(200);
        process.get(&format!("/v2/app/referrers/{}", sha256(b"kept"))).expect(200);
    }
    assert!(world.driver.take_requests().iter().all(|request| request.path != LOG));
    // What was read so may not confirm anything.
    let uri = format!("/v2/app/blobs/{}", sha256(b"kept"));
    process.head(&uri).expect(503);
    world.driver.clear_faults();
    world.driver.take_requests();
    process.head(&uri).expect(200);
    let paths: Vec<String> = world.driver.take_requests().into_iter().map(|request| request.path).collect();
    assert_eq!((paths[0].as_str(), paths.len()), (LOG, 4), "read anew, under a view, and the old link written again");
}

/// A log as a later version of the rules would write it.
fn newer_version(log: &[u8]) -> Vec<u8> {
    String::from_utf8(log.to_vec()).unwrap().replace("OSSGC001", "OSSGC002").into_bytes()
}

#[test]
fn untagged_manifests_go_only_from_a_read_only_registry() {
    let world = World::new();
    let replaced = world.push_image("app", "v1", b"old");
    world.push_image("app", "v1", b"new");
    // A part of a tagged index, and a referrer of what is tagged: neither has a tag of its own.
    let part = world.push_image("app", "part", b"part");
    let index = serde_json::json!({
        "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(IMAGE, b"", &part)],
    });
    world.put_manifest("app", "index", &index.to_string(), INDEX).expect(201);
    let config = descriptor(CONFIG, b"signature", &world.push("app", b"signature"));
    let mut referrer: serde_json::Value = serde_json::from_str(&image(&config, &[])).unwrap();
    referrer["subject"] = descriptor(IMAGE, b"", &part);
    let referrer = referrer.to_string();
    world.put_manifest("app", &sha256(referrer.as_bytes()), &referrer, IMAGE).expect(201);
    world.delete("/v2/app/manifests/part").expect(202);

    assert!(matches!(run(world.registry.delete_untagged(false)), Err(CollectError::NotReadOnly)));
    let read_only = World::with(&world.driver, Options { read_only: true, ..options() });
    let before = world.driver.paths();
    let told = run(read_only.registry.delete_untagged(true)).unwrap();
    let named: Vec<_> = told.manifests.iter().map(|(name, digest)| (name.as_str(), digest.to_string())).collect();
    assert_eq!(named, [("app", replaced.clone())]);
    assert_eq!(world.driver.paths(), before);
    assert_eq!(run(read_only.registry.delete_untagged(false)).unwrap(), told);
    let hex = replaced.strip_prefix("sha256:").unwrap();
    let left: Vec<String> = world.driver.paths().into_iter().filter(|path| path.contains(hex)).collect();
    assert_eq!(left, [blob_path(&replaced)], "its blob is for a collection");
    world.driver.advance(DAY);
    // Its manifest and its layer; its config is the new image's as well.
    assert_eq!(collect(&world.driver, Extent::Delete).unwrap().deleted.digests, 2);
    for kept in ["v1", "index", &part, &sha256(referrer.as_bytes())] {
        restart(&world).get(&format!("/v2/app/manifests/{kept}")).expect(200);
    }
}

#[test]
fn untagged_manifest_that_was_stored_by_another_digest_keeps_what_it_names() {
    let world = World::new();
    // An index that was pushed to distribution by its SHA-512: its revision leads to the SHA-256.
    let part = world.push_image("app", "part", b"part");
    let index = serde_json::json!({
        "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(IMAGE, b"", &part)],
    })
    .to_string();
    let (stored, named) = (sha256(index.as_bytes()), sha512(index.as_bytes()));
    world.driver.plant(&blob_path(&stored), index.clone());
    let manifests = "/docker/registry/v2/repositories/app/_manifests";
    world.driver.plant(&format!("{manifests}/revisions/{}/link", named.replace(':', "/")), stored.clone());
    world.driver.plant(&format!("{manifests}/tags/index/current/link"), named.clone());
    world.delete("/v2/app/manifests/part").expect(202);
    let (unreadable, _) = plant_manifest(&world, "no manifest");

    let read_only = World::with(&world.driver, Options { read_only: true, ..options() });
    let report = run(read_only.registry.delete_untagged(false)).unwrap();
    assert_eq!(report.manifests, []);
    let kept: Vec<_> = report.unreadable.iter().map(|(name, digest)| (name.as_str(), digest.to_string())).collect();
    assert_eq!(kept, [("app", unreadable)]);
    restart(&world).get(&format!("/v2/app/manifests/{part}")).expect(200);
}

#[test]
fn files_that_oss_does_not_delete_are_in_every_report() {
    let (world, garbage) = with_garbage();
    let old = format!("{LISTS}/0123456789abcdef");
    world.driver.plant(&old, "");
    world.driver.advance(DAY);
    for stuck in [&blob_path(&garbage), &old] {
        world.storage().refuse_to_delete(stuck);
    }
    let report = run(world.registry.collector().collect(Extent::Delete)).unwrap();
    assert_eq!((report.deleted.digests, report.left), (0, Amount { digests: 1, bytes: 7 }));
    let named = |left: &[LeftFile]| left.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
    assert_eq!((named(&report.left_files), named(&report.left_lists)), (vec![blob_path(&garbage)], vec![old]));
    assert!(report.left_files[0].reason.contains("retention"));

    let untagged = world.push_image("app", "v1", b"new");
    world.push_image("app", "v1", b"newer");
    let read_only = World::with(&world.driver, Options { read_only: true, ..options() });
    let revision =
        format!("/docker/registry/v2/repositories/app/_manifests/revisions/{}/link", untagged.replace(':', "/"));
    read_only.storage().refuse_to_delete(&revision);
    let report = run(read_only.registry.delete_untagged(false)).unwrap();
    assert_eq!(named(&report.left), [revision]);
}

/// Collectors that die after each announcement, one after the other, do not keep a push waiting for ever.
#[test]
fn push_that_waited_is_let_through_by_the_next_epoch_that_lists_it() {
    let (world, garbage) = with_garbage();
    announce(&world);
    world.driver.advance(Duration::from_secs(108));
    let process = restart(&world);
    let location = with_digest(&process.begin("app"), &garbage);
    let busy = process.send("PUT", &location, &[], "garbage").expect(503);
    world.driver.advance(Duration::from_secs(busy.header("retry-after").parse().unwrap()));
    announce(&world);
    let began = world.driver.oss_time();
    process.push("app", b"garbage");
    assert_eq!(world.driver.oss_time(), began, "without waiting");
    process.head(&format!("/v2/app/blobs/{garbage}")).expect(200);
}
