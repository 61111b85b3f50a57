//! What a late copy of a request can do: a proxy or an HTTP library may send any request a second time, minutes later.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::{CONFIG, Change, IMAGE, PART, World, blob_path, content, descriptor, image, options, sha256};
use futures_util::future::join;
use http::Request;
use ossicle_registry::Options;
use ossicle_registry::gc::{ABANDONED, Extent};
use ossicle_registry::memory::{Operation, run};

const REPOSITORY: &str = "/docker/registry/v2/repositories/a";
const WEEK: Duration = Duration::from_secs(ABANDONED + 3600);

fn signature(world: &World, name: &str, subject: &str) -> String {
    let config = descriptor(CONFIG, b"signature", &world.push(name, b"signature"));
    let mut manifest: serde_json::Value = serde_json::from_str(&image(&config, &[])).unwrap();
    manifest["subject"] = descriptor(IMAGE, b"", subject);
    manifest.to_string()
}

/// Everything that a registry does to a bucket.
fn live(world: &World) {
    for round in 0..2 {
        let digest = world.push_image("a", "v1", b"layer");
        world.push_streamed("a", &content(3 * PART));
        let signed = signature(world, "a", &digest);
        world.put_manifest("a", &sha256(signed.as_bytes()), &signed, IMAGE).expect(201);
        world.push_image("a", "v1", b"another layer");
        world.push_image("a", "v2", b"layer");
        world.push("b", b"garbage");
        world.send("POST", &format!("/v2/c/blobs/uploads/?from=a&mount={}", sha256(b"layer")), &[], "").expect(201);
        world.delete("/v2/a/manifests/v2").expect(202);
        world.delete(&format!("/v2/a/manifests/{}", sha256(signed.as_bytes()))).expect(202);
        world.delete(&format!("/v2/a/manifests/{digest}")).expect(202);
        world.delete(&format!("/v2/a/blobs/{}", sha256(&content(3 * PART)))).expect(202);
        let abandoned = world.begin("a");
        world.send_body("PATCH", &abandoned, &[], common::whole(content(PART + 1))).expect(202);
        run(world.registry.suspend_idle(Duration::ZERO)).unwrap();
        world.driver.advance(WEEK);
        run(world.registry.purge_uploads(Duration::from_secs(ABANDONED), false)).unwrap();
        let report = run(world.registry.collector().collect(Extent::Delete)).unwrap();
        assert!(report.deleted.digests > 0, "round {round}");
        let maintenance = World::with(&world.driver, Options { read_only: true, ..options() });
        run(maintenance.registry.delete_untagged(false)).unwrap();
        // Beyond the end of the epoch.
        world.driver.advance(Duration::from_secs(1000));
    }
}

/// Why a change without a window does no harm, however late a copy of it arrives.
fn needs_no_window(change: &Change) -> bool {
    let is_content = |path: &str| path.starts_with("/docker/registry/v2/blobs/");
    match change {
        // Content whose digest was verified, at its own place, and only where nothing is: at worst garbage again.
        Change::Put { path, guard, .. } | Change::Commit { path, guard } if is_content(path) => guard.create_only,
        Change::Copy { destination, guard, .. } => is_content(destination) && guard.create_only,
        // The list of an epoch: its name is random and its content never changes.
        Change::Put { path, .. } if path.starts_with("/_ossicle/gc/lists/") => true,
        // The folder of an upload has a random name, which no other upload ever has. At worst there is an upload to purge.
        Change::Put { path, .. } | Change::Commit { path, .. } => path.contains("/_uploads/"),
        Change::Delete { paths, .. } => paths.iter().all(|path| path.contains("/_uploads/")),
        Change::Append { .. } => false,
    }
}

#[test]
fn every_change_has_a_window_or_needs_none() {
    let world = World::new();
    live(&world);
    let changes = world.storage().changes();
    assert!(changes.iter().any(|change| matches!(change, Change::Copy { .. })), "all kinds of changes");
    for change in changes {
        assert!(change.window().is_some() || needs_no_window(&change), "{change:?}");
        if let Some(window) = change.window() {
            assert!(window.start < window.end && window.end.0 - window.start.0 <= 900, "{change:?}");
        }
    }
}

#[test]
fn late_copies_of_everything_change_no_repository() {
    let world = World::new();
    live(&world);
    let changes = world.storage().changes();
    // Later all of it is pushed anew, under the same names.
    let digest = world.push_image("a", "v1", b"layer");
    world.push_image("a", "v2", b"layer");
    let signed = signature(&world, "a", &digest);
    world.put_manifest("a", &sha256(signed.as_bytes()), &signed, IMAGE).expect(201);
    world.driver.advance(Duration::from_secs(1000));
    let in_repositories = || {
        let paths = world.driver.paths().into_iter();
        let paths = paths.filter(|path| path.contains("/repositories/") && !path.contains("/_uploads/"));
        paths.map(|path| (world.driver.content(&path), path)).collect::<Vec<_>>()
    };
    let before = in_repositories();
    for change in &changes {
        // Refused or not: what counts is what is there.
        let _: Result<(), _> = run(world.storage().repeat(change));
    }
    assert_eq!(in_repositories(), before);
    for reference in ["v1", "v2", &digest, &sha256(signed.as_bytes())] {
        World::with(&world.driver, options()).get(&format!("/v2/a/manifests/{reference}")).expect(200);
    }
    let referrers = world.get(&format!("/v2/a/referrers/{digest}")).expect(200).json();
    assert_eq!(referrers["manifests"].as_array().unwrap().len(), 1);
}

/// Lets the first request that matches arrive only after somebody has pushed again.
fn delay(world: &World, operation: Operation, path: &'static str, tag: &'static str) {
    let (driver, is_first) = (world.driver.clone(), AtomicBool::new(true));
    let target = world.driver.content(&format!("{REPOSITORY}/_manifests/tags/{tag}/current/link")).unwrap();
    world.driver.set_faults(move |request| {
        let is_meant = request.operation == operation && request.path.contains(path);
        if is_meant && is_first.swap(false, Ordering::Relaxed) {
            driver.advance(Duration::from_secs(61));
            driver.plant(&format!("{REPOSITORY}/_manifests/tags/{tag}/current/link"), target.clone());
        }
        None
    });
}

#[test]
fn deletion_that_arrives_late_does_not_hit_a_tag_that_was_pushed_again() {
    let world = World::new();
    let digest = world.push_image("a", "v1", b"layer");
    for reference in ["v1", &digest] {
        delay(&world, Operation::DeleteObject, "/tags/", "v1");
        world.delete(&format!("/v2/a/manifests/{reference}")).expect_code(503, "UNAVAILABLE");
        world.driver.clear_faults();
        world.get("/v2/a/manifests/v1").expect(200);
    }
    world.delete(&format!("/v2/a/manifests/{digest}")).expect(202);
    world.get("/v2/a/manifests/v1").expect(404);
}

#[test]
fn tag_and_referrer_that_arrive_late_are_refused() {
    let world = World::new();
    let digest = world.push_image("a", "v1", b"layer");
    let signed = signature(&world, "a", &digest);
    for path in ["/tags/v2/index/", "/tags/v2/current/", "/_referrers/"] {
        delay(&world, Operation::PutObject, path, "v1");
        world.put_manifest("a", "v2", &signed, IMAGE).expect_code(503, "UNAVAILABLE");
        world.driver.clear_faults();
        assert!(!world.driver.paths().iter().any(|there| there.contains(path)), "{path}");
        world.put_manifest("a", "v2", &signed, IMAGE).expect(201);
        world.delete(&format!("/v2/a/manifests/{}", sha256(signed.as_bytes()))).expect(202);
    }
}

/// Plants a tag as another process sets it, when a request matches.
fn set_tag_at(world: &World, digest: &str, meant: impl Fn(Operation, &str) -> bool + Send + 'static) {
    let (driver, digest, is_first) = (world.driver.clone(), digest.to_owned(), AtomicBool::new(true));
    world.driver.set_faults(move |request| {
        if meant(request.operation, &request.path) && is_first.swap(false, Ordering::Relaxed) {
            let tag = format!("{REPOSITORY}/_manifests/tags/v9");
            driver.plant(&format!("{tag}/index/{}/link", digest.replace(':', "/")), digest.clone());
            driver.plant(&format!("{tag}/current/link"), digest.clone());
        }
        None
    });
}

#[test]
fn tag_that_is_set_while_its_manifest_is_deleted_does_not_stay() {
    let revisions = "/_manifests/revisions/";
    // After the list of tags; after the tags were deleted; before the revision goes.
    let moments: [fn(Operation, &str) -> bool; 3] = [
        |operation, path| operation == Operation::GetObject && path.ends_with("/v1/current/link"),
        |operation, path| operation == Operation::DeleteObject && path.contains("/tags/v1"),
        |operation, path| operation == Operation::DeleteObject && path.contains("/_manifests/revisions/"),
    ];
    for moment in moments {
        let world = World::new();
        let digest = world.push_image("a", "v1", b"layer");
        set_tag_at(&world, &digest, moment);
        world.delete(&format!("/v2/a/manifests/{digest}")).expect(202);
        world.driver.clear_faults();
        let left: Vec<_> = world.driver.paths().into_iter().filter(|path| path.contains("/_manifests/")).collect();
        assert_eq!(left, Vec::<String>::new());
    }
    // One of which only the history was there when it was listed.
    let world = World::new();
    let digest = world.push_image("a", "v1", b"layer");
    let tag = format!("{REPOSITORY}/_manifests/tags/v9");
    world.driver.plant(&format!("{tag}/index/{}/link", digest.replace(':', "/")), digest.clone());
    set_tag_at(&world, &digest, |operation, path| {
        operation == Operation::GetObject && path.ends_with("/v9/current/link")
    });
    world.delete(&format!("/v2/a/manifests/{digest}")).expect(202);
    assert!(!world.driver.paths().iter().any(|path| path.contains("/_manifests/")));

    // A manifest that another process pushes anew meanwhile keeps its tag.
    let world = World::new();
    let digest = world.push_image("a", "v1", b"layer");
    let (driver, again, deleted) = (world.driver.clone(), digest.clone(), AtomicBool::new(false));
    world.driver.set_faults(move |request| {
        if deleted.load(Ordering::Relaxed) && request.operation == Operation::ListObjects {
            for file in [
                format!("{revisions}{}/link", again.replace(':', "/")),
                format!("/_manifests/tags/v1/index/{}/link", again.replace(':', "/")),
                "/_manifests/tags/v1/current/link".to_owned(),
            ] {
                driver.plant(&format!("{REPOSITORY}{file}"), again.clone());
            }
        }
        deleted.fetch_or(
            request.path.contains(revisions) && request.operation == Operation::DeleteObject,
            Ordering::Relaxed,
        );
        None
    });
    world.delete(&format!("/v2/a/manifests/{digest}")).expect(202);
    World::with(&world.driver, options()).get("/v2/a/manifests/v1").expect(200);
}

#[test]
fn what_a_broken_deletion_left_of_a_tag_goes_with_its_manifest() {
    let world = World::new();
    let digest = world.push_image("a", "v1", b"layer");
    world.driver.uproot(&format!("{REPOSITORY}/_manifests/tags/v1/current/link"));
    world.driver.advance(Duration::from_secs(61));
    world.delete(&format!("/v2/a/manifests/{digest}")).expect(202);
    assert!(!world.driver.paths().iter().any(|path| path.contains("/_manifests/")));
}

#[test]
fn file_that_oss_does_not_delete_is_named() {
    let world = World::new();
    let digest = world.push_image("a", "v1", b"layer");
    let current = format!("{REPOSITORY}/_manifests/tags/v1/current/link");
    world.storage().refuse_to_delete(&current);
    for reference in ["v1", &digest] {
        let reply = world.delete(&format!("/v2/a/manifests/{reference}")).expect(500);
        let message = reply.json()["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(&current) && message.contains("retention"), "{message}");
        world.get("/v2/a/manifests/v1").expect(200);
    }
    world.storage().delete_all_again();
    world.delete(&format!("/v2/a/manifests/{digest}")).expect(202);
    assert!(world.driver.content(&blob_path(&digest)).is_some());
}

#[test]
fn pushes_and_deletions_of_one_manifest_in_one_process_take_turns() {
    let mut outcomes = Vec::new();
    // The deletion begins before the push and at each step of it.
    for begin in 0..20 {
        let world = World::new();
        let digest = world.push_image("a", "v1", b"layer");
        let manifest = world.driver.content(&blob_path(&digest)).unwrap();
        let push = Request::put("/v2/a/manifests/v2").header("content-type", IMAGE).body(common::whole(manifest));
        let delete = Request::delete(format!("/v2/a/manifests/{digest}")).body(common::whole(""));
        let delete = async {
            for _ in 0..begin {
                common::pause().await;
            }
            world.registry.handle(delete.unwrap()).await
        };
        let push = async {
            for _ in 0..5 {
                common::pause().await;
            }
            world.registry.handle(push.unwrap()).await
        };
        let (pushed, deleted) = run(join(push, delete));
        assert_eq!((pushed.status().as_u16(), deleted.status().as_u16()), (201, 202));
        let tags = world.driver.paths().into_iter().filter(|path| path.ends_with("/current/link")).count();
        let manifest = world.get(&format!("/v2/a/manifests/{digest}")).status.as_u16();
        assert!([(0, 404), (1, 200)].contains(&(tags, manifest)), "{begin}: {tags} tags, {manifest}");
        outcomes.push(tags);
    }
    assert!(outcomes.contains(&0) && outcomes.contains(&1), "{outcomes:?}");
}
