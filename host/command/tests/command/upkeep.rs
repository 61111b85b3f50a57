//! `ossicle registry gc`, `purge`, `tags` and `rm`, where they change what is there.

#![cfg(unix)]

use crate::served::{PORT, Served, blob_object, digest_of};
use crate::world::{BUCKET, Said, World, said, until};
use ossicle_emulator::{FaultAction, FaultRule, Glob, Operation};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::process::Child;
use std::time::Duration;

/// The epoch log of garbage collections.
const LOG: &str = "_ossicle/gc/log";
/// From the announcement of an epoch to its deletes: 20 s to announce it, 90 s for pushes that do not know it, 25 s of slack.
const RESCUES: Duration = Duration::from_secs(20 + 90 + 25 + 1);
/// Longer than the longest epoch.
const EPOCH: Duration = Duration::from_secs(1200);
/// Longer than the default grace period.
const DAY: Duration = Duration::from_secs(25 * 3600);

const KEPT: &[u8] = b"a layer that is kept";
const DROPPED: &[u8] = b"a layer that is not";

/// A bucket with two images, which are `app:kept` and `app:dropped`; the digest of the latter.
fn two_images(world: &World) -> String {
    let served = Served::start(world, &PORT);
    served.push_image("app", "kept", KEPT);
    let dropped = served.push_image("app", "dropped", DROPPED);
    served.end(Signal::TERM);
    dropped
}

fn blobs(world: &World) -> usize {
    let keys = world.emulator.bucket(BUCKET).keys();
    keys.iter().filter(|key| key.contains("/v2/blobs/")).count()
}

/// Starts a collection, and returns once it has announced its epoch. It then reads the log, which takes a second.
fn announced(world: &World, arguments: &[&str]) -> Child {
    let length = || world.stored(LOG).map_or(0, |log| log.len());
    let before = length();
    let slow = FaultRule::new(FaultAction::Delay { ms: 1000 }).on(Operation::GetObject).key(LOG);
    let slow = world.emulator.faults().add(slow);
    let child = world.spawn(&[&["registry", "gc"], arguments].concat());
    until("an epoch is announced", || length() > before);
    world.emulator.faults().remove(slow.id());
    child
}

/// Collects. The time in which pushes could rescue what is listed is let pass as soon as the epoch is announced, and then OSS's
/// clock stands still: should the log have been read before, the collector reads it again only half a minute later.
fn collect(world: &World, arguments: &[&str]) -> Said {
    let child = announced(world, arguments);
    let clock = world.emulator.clock();
    clock.freeze(clock.now() + RESCUES);
    let said = said(child);
    let arguments = [&["registry", "gc"], arguments].concat();
    crate::schema::check(&arguments.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), &said);
    said
}

fn document(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

/// `app:kept` is there as a whole, and nothing but it.
fn only_the_kept_image_is_there(world: &World) {
    let checked = world.run(&["registry", "check", "--hashes"]).ends(0);
    assert!(checked.out.contains("1 repositories, 1 tags, 1 manifests, 2 layers, 3 blobs"), "{}", checked.out);
    assert_eq!(world.stored(&blob_object(&digest_of(KEPT))).unwrap(), KEPT);
    assert!(world.stored(&blob_object(&digest_of(DROPPED))).is_none());
    // In an epoch, what it lists is not taken.
    world.emulator.clock().advance(EPOCH);
    let served = Served::start(world, &PORT);
    assert_eq!(served.send("GET", "/v2/app/manifests/kept", "", b"").status, 200);
    for (content, status) in [(KEPT, 200), (DROPPED, 404)] {
        let read = served.send("GET", &format!("/v2/app/blobs/{}", digest_of(content)), "", b"");
        assert_eq!(read.status, status);
    }
    // What was deleted can be pushed again.
    served.push_image("app", "again", DROPPED);
    served.end(Signal::TERM);
}

#[test]
fn collection_deletes_what_no_manifest_names_and_nothing_else() {
    let world = World::new();
    let dropped = two_images(&world);
    let manifest = format!("app@{dropped}");
    let said = world.run(&["registry", "rm", &manifest, "--json"]).ends(0);
    assert_eq!(document(&said), json!({ "repository": "app", "reference": dropped, "removed": true }));
    assert_eq!(world.run(&["registry", "tags", "app"]).ends(0).out, "kept\n");
    world.run(&["registry", "rm", &manifest]).ends(3).complains(&[&dropped, "not in this repository"]);

    // A grace period is for what was uploaded or mounted. A manifest that was deleted has none.
    let early = document(&world.run(&["registry", "gc", "--dry-run", "--json"]).ends(0));
    assert_eq!((&early["garbage"]["count"], blobs(&world)), (&json!(1), 6), "{early}");
    assert!(world.stored(LOG).is_none());
    world.emulator.clock().advance(DAY);
    let size = world.stored(&blob_object(&dropped)).unwrap().len() + DROPPED.len() + "{\"tag\":\"dropped\"}".len();
    let report = document(&collect(&world, &["--json"]).ends(0));
    let nothing = json!({ "count": 0, "size": 0 });
    let all = json!({ "count": 3, "size": size });
    assert_eq!(report["dry_run"], json!(false));
    assert_eq!((&report["garbage"], &report["deleted"]), (&all, &all), "{report}");
    assert_eq!((&report["rescued"], &report["left"]), (&nothing, &nothing), "{report}");
    assert_eq!((&report["blobs"]["count"], &report["not_deleted"]), (&json!(6), &json!([])), "{report}");
    only_the_kept_image_is_there(&world);
}

#[test]
fn shorter_grace_period_is_heeded() {
    let world = World::new();
    let dropped = two_images(&world);
    world.run(&["registry", "rm", &format!("app@{dropped}")]).ends(0);
    // The shortest that there is, so that a push that takes long is not disturbed.
    world.emulator.clock().advance(Duration::from_secs(601));
    let dry = |more: &[&str]| world.run(&[&["registry", "gc", "--dry-run"], more].concat()).ends(0).out;
    assert!(dry(&[]).contains("garbage  1 ("), "the manifest that was deleted");
    assert!(dry(&["--grace", "10m"]).contains("garbage  3 ("));
    let told = collect(&world, &["--grace", "10m"]).ends(0).out;
    assert!(
        told.contains("garbage  3 (") && told.contains("deleted  3 (") && told.contains("left     0 (0 B)"),
        "{told}"
    );
    assert!(told.contains("rescued  0 (0 B)"), "{told}");
    only_the_kept_image_is_there(&world);
}

#[test]
fn untagged_manifests_are_deleted_only_where_that_is_asked_for() {
    let world = World::new();
    let dropped = two_images(&world);
    assert_eq!(world.run(&["registry", "rm", "app:dropped"]).ends(0).out, "removed dropped of app\n");
    world.emulator.clock().advance(DAY);
    assert_eq!(document(&world.run(&["registry", "gc", "--json"]).ends(0))["garbage"]["count"], 0);
    let report = document(&collect(&world, &["--delete-untagged", "--json"]).ends(0));
    assert_eq!(report["untagged"], json!([{ "repository": "app", "digest": dropped }]));
    assert_eq!(report["deleted"]["count"], 3, "{report}");
    only_the_kept_image_is_there(&world);
}

#[test]
fn what_could_not_be_deleted_is_named_and_left_to_the_next_collection() {
    let world = World::new();
    let dropped = two_images(&world);
    world.run(&["registry", "rm", &format!("app@{dropped}")]).ends(0);
    world.emulator.clock().advance(DAY);
    let left = blob_object(&digest_of(DROPPED));
    let skip = FaultRule::new(FaultAction::SkipKeys { keys: Glob::new(left.clone()) });
    let skipping = world.emulator.faults().add(skip.on(Operation::DeleteMultipleObjects));
    let said = collect(&world, &[]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("deleted  2 (") && said.out.contains("left     1 ("), "{said:?}");
    said.complains(&["not deleted", &left]);
    assert!(world.stored(&left).is_some());
    world.emulator.faults().remove(skipping.id());

    // Its epoch is not over.
    let early = world.run(&["registry", "gc", "--json"]).ends(1);
    early.complains(&["another collection runs until", "conflict"]);
    world.emulator.clock().advance(EPOCH);
    assert!(collect(&world, &[]).ends(0).out.contains("deleted  1 ("));
    only_the_kept_image_is_there(&world);
}

#[test]
fn interrupted_collection_deletes_nothing_more_and_the_next_one_goes_on() {
    let world = World::new();
    let dropped = two_images(&world);
    world.run(&["registry", "rm", &format!("app@{dropped}")]).ends(0);
    world.emulator.clock().advance(DAY);
    for (signal, code) in [(Signal::INT, 130), (Signal::KILL, -1)] {
        let child = announced(&world, &[]);
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(said(child).code, code);
        world.emulator.clock().advance(EPOCH);
        assert_eq!(blobs(&world), 6);
    }
    assert!(collect(&world, &[]).ends(0).out.contains("deleted  3 ("));
    only_the_kept_image_is_there(&world);
}

#[test]
fn purge_removes_folders_and_uploads_of_some_age_and_nothing_else() {
    let world = World::new();
    let dropped = two_images(&world);
    let bucket = world.emulator.bucket(BUCKET);
    let uploads = "docker/registry/v2/repositories/app/_uploads";
    bucket.upload_raw(&format!("{uploads}/old/data"), "part", 2);
    bucket.upload_raw(&blob_object(&digest_of(b"never finished")), "part", 1);
    for file in ["old/startedat", "old/hashstates/sha256/0"] {
        world.put(&format!("{uploads}/{file}"), "x");
    }
    world.emulator.clock().advance(Duration::from_secs(3 * 3600));
    world.put(&format!("{uploads}/young/startedat"), "x");
    bucket.upload_raw(&format!("{uploads}/young/data"), "part", 1);
    let before = bucket.keys().len();
    assert!(world.run(&["registry", "purge"]).ends(0).out.contains("removed: 0 folders, 0 uploads"));

    let skip = FaultRule::new(FaultAction::SkipKeys { keys: Glob::new("*/startedat") });
    let skipping = world.emulator.faults().add(skip.on(Operation::DeleteMultipleObjects));
    let purge = ["registry", "purge", "--older-than", "2h"];
    let said = world.run(&purge);
    assert_eq!(said.code, 1, "{said:?}");
    said.complains(&["not removed", "_uploads/old/startedat"]);
    assert_eq!((bucket.keys().len(), bucket.uploads().len()), (before - 1, 1));
    world.emulator.faults().remove(skipping.id());

    let report = document(&world.run(&[&purge[..], &["--json"]].concat()).ends(0));
    let folder = format!("/{uploads}/old");
    assert_eq!(report, json!({ "dry_run": false, "folders": [folder], "uploads": [], "not_deleted": [] }));
    let left: Vec<String> = bucket.keys().into_iter().filter(|key| key.contains("_uploads")).collect();
    assert_eq!(left, [format!("{uploads}/young/startedat")]);
    assert_eq!(
        bucket.uploads().iter().map(|upload| upload.key.clone()).collect::<Vec<_>>(),
        [format!("{uploads}/young/data")]
    );
    assert!(world.run(&["registry", "tags", "app", "--json"]).ends(0).out.contains("\"dropped\""), "{dropped}");
}

/// A registry that is served collects by itself when told. (How it does is the service's tests' matter.)
#[test]
fn collecting_by_itself_is_refused_where_it_can_not_be() {
    let world = World::new();
    let every = |span: &'static str| [&["registry"], &PORT[..], &["--gc-every", span]].concat();
    world.run(&every("9m")).ends(2).complains(&["--gc-every", "600 s"]);
    world.run(&every("often")).ends(2).complains(&["24h"]);
    world.run(&[&every("1h")[..], &["--read-only"]].concat()).ends(2).complains(&["--read-only"]);
    world.run(&[&every("1h")[..], &["tags"]].concat()).ends(2).complains(&["for serving"]);
    let served = Served::start(&world, &["--listen", "127.0.0.1:0", "--gc-every", "10m"]);
    let counted = String::from_utf8(served.send("GET", "/metrics", "", b"").body).unwrap();
    assert!(counted.contains("ossicle_gc_runs_total{tenant=\"default\",outcome=\"collected\"} 0"), "{counted}");
    served.end(Signal::TERM);
    let mut replaced = World::bare();
    let endpoint = replaced.emulator.endpoint();
    for (name, value) in [
        ("REGISTRY_STORAGE_OSS_BUCKET", BUCKET),
        ("REGISTRY_STORAGE_OSS_REGION", "oss-cn-hangzhou"),
        ("REGISTRY_STORAGE_OSS_ENDPOINT", endpoint.as_str()),
        ("REGISTRY_STORAGE_OSS_ACCESSKEYID", "an-access-key"),
        ("REGISTRY_STORAGE_OSS_ACCESSKEYSECRET", crate::world::SECRET),
        ("REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED", "true"),
    ] {
        replaced.set(name, value);
    }
    replaced.run(&every("1h")).ends(2).complains(&["--gc-every", "read-only"]);
}
