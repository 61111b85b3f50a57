//! Faults at every request of a push, the last one of its clean-up included.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{PART, World, blob_path, content, options, sha256, with_digest};
use ossicle_registry::Options;
use ossicle_registry::gc::ABANDONED;
use ossicle_registry::memory::{Fault, Operation, run};

const FAULTS: [Fault; 3] = [Fault::RequestLost, Fault::ResponseLost, Fault::Refused];

/// A client that does what the specification says: it asks where the upload stands and goes on from there, at whichever
/// process it comes to, and begins again only where there is no such upload.
fn insist(processes: &[World], name: &str, content: &[u8]) {
    let digest = sha256(content);
    let mut location = processes[0].begin(name);
    for process in processes.iter().cycle().take(30) {
        let asked = process.get(&location);
        match asked.status.as_u16() {
            204 => location = asked.location(),
            404 => location = process.begin(name),
            503 => continue,
            _ => panic!("{asked:?}"),
        }
        let range = asked.header("range").to_owned();
        let last = range.strip_prefix("0-").unwrap_or("0").parse::<usize>().unwrap();
        let next = if last == 0 { 0 } else { last + 1 };
        if next < content.len() {
            // Half of what is missing, so that there are several.
            let end = if content.len() - next > PART { next + (content.len() - next) / 2 } else { content.len() };
            let patched = process.send("PATCH", &location, &[], content[next..end].to_vec());
            match patched.status.as_u16() {
                // The other process has more of it in memory.
                202 | 416 => location = patched.location(),
                503 | 404 => {}
                _ => panic!("{patched:?}"),
            }
            continue;
        }
        let put = process.send("PUT", &with_digest(&location, &digest), &[], "");
        match put.status.as_u16() {
            201 => return,
            503 | 404 | 416 => {}
            _ => panic!("{put:?}"),
        }
    }
    panic!("the client gives up");
}

/// Pushes with each request failing in turn, until there is none left to fail. How many there were.
fn fail_each(processes: impl Fn() -> Vec<World>, length: usize) -> usize {
    let content = content(length);
    let digest = sha256(&content);
    let mut most = 0;
    for fault in FAULTS {
        for failing in 0.. {
            let processes = processes();
            let driver = processes[0].driver.clone();
            let place = Arc::new(AtomicUsize::new(0));
            let counted = place.clone();
            driver.set_faults(move |_| (counted.fetch_add(1, Ordering::Relaxed) == failing).then_some(fault));
            insist(&processes, "a", &content);
            let what = format!("{fault:?} at {failing}");
            assert_eq!(driver.content(&blob_path(&digest)).unwrap(), content, "{what}");
            for process in &processes {
                // What could not be removed at once is, here.
                let _ = run(process.registry.suspend_idle(Duration::ZERO));
            }
            let was_sent = place.load(Ordering::Relaxed) > failing;
            driver.clear_faults();
            for process in &processes {
                run(process.registry.suspend_idle(Duration::ZERO)).unwrap();
                assert_eq!(process.get(&format!("/v2/a/blobs/{digest}")).expect(200).bytes(), &content, "{what}");
            }
            // Only what a lost response has left waits for the purge, and what one process had in memory when the client ended
            // the upload at another.
            let left = |path: &String| path.contains("_uploads");
            if fault == Fault::Refused && processes.len() == 1 {
                assert!(!driver.paths().iter().any(left), "{what}: {:?}", driver.paths());
                assert_eq!(driver.open_uploads(), 0, "{what}");
            }
            driver.advance(Duration::from_secs(ABANDONED + 1));
            run(processes[0].registry.purge_uploads(Duration::from_secs(ABANDONED), false)).unwrap();
            assert!(!driver.paths().iter().any(left), "{what}: {:?}", driver.paths());
            assert_eq!(driver.open_uploads(), 0, "{what}");
            assert_eq!(driver.paths().len(), 2, "the blob and its link, {what}: {:?}", driver.paths());
            if !was_sent {
                most = most.max(failing);
                break;
            }
        }
    }
    most
}

#[test]
fn fault_at_every_request_of_a_push_ends_with_the_right_blob() {
    let one = || vec![World::new()];
    // What there is of the upload (2), the epoch log, the blob and its link.
    assert_eq!(fail_each(one, PART / 2), 5);
    // The epoch log, an upload in five parts that is completed, copied (2), linked, and removed.
    assert!(fail_each(one, 4 * PART + 5) >= 11);
}

#[test]
fn fault_at_every_request_of_a_push_to_two_processes_ends_with_the_right_blob() {
    let two = || {
        let first = World::with(&World::new().driver, Options { durable_uploads: true, ..options() });
        let second = World::with(&first.driver, Options { durable_uploads: true, ..options() });
        vec![first, second]
    };
    assert!(fail_each(two, PART / 2) > 10);
    assert!(fail_each(two, 3 * PART + 5) > 30);
}

#[test]
fn upload_whose_end_failed_halfway_is_not_taken_for_an_empty_one() {
    for length in [300, 2 * PART + 10] {
        let world = World::with(&World::new().driver, Options { durable_uploads: true, ..options() });
        let content = content(length);
        let digest = sha256(&content);
        let location = world.send("PATCH", &world.begin("a"), &[], content.clone()).expect(202).location();
        // The digest is wrong: what this process has of it is dropped, and what was kept before is not.
        let mut was_deleted = false;
        world.driver.set_faults(move |request| {
            was_deleted |= request.operation == Operation::DeleteObject;
            (was_deleted && request.operation == Operation::ListObjects).then_some(Fault::RequestLost)
        });
        world.send("PUT", &with_digest(&location, &sha256(b"another")), &[], "").expect(503);
        world.driver.clear_faults();
        let status = world.send("PUT", &with_digest(&location, &digest), &[], "").status;
        let stored = world.driver.content(&blob_path(&digest));
        assert_eq!((status.as_u16(), stored.as_deref()), (201, Some(&content[..])), "{length} bytes");
    }
}

#[test]
fn files_that_are_left_of_an_upload_are_removed_later() {
    let world = World::with(&World::new().driver, Options { durable_uploads: true, ..options() });
    let content = content(2 * PART + 10);
    let location = world.send("PATCH", &world.begin("a"), &[], content.clone()).expect(202).location();
    world.driver.set_undeletable(|path| path.ends_with("startedat"));
    world.send("PUT", &with_digest(&location, &sha256(&content)), &[], "").expect(201);
    let left = || world.driver.paths().into_iter().filter(|path| path.contains("_uploads")).count();
    assert_eq!(left(), 1, "{:?}", world.driver.paths());
    world.driver.clear_faults();
    run(world.registry.suspend_idle(Duration::ZERO)).unwrap();
    assert_eq!(left(), 0);
}

#[test]
fn files_of_a_session_that_another_goes_on_with_are_removed_later() {
    let world = World::with(&World::new().driver, Options { durable_uploads: true, ..options() });
    let content = content(400);
    let location = world.send("PATCH", &world.begin("a"), &[], content[..100].to_vec()).expect(202).location();
    let sessions = || {
        let paths = world.driver.paths().into_iter();
        paths.filter(|path| path.contains("_uploads") && !path.ends_with("startedat")).count()
    };
    assert_eq!(sessions(), 2, "its content and its hash state");
    world.driver.set_undeletable(|_| true);
    let location = world.send("PATCH", &location, &[], content[100..].to_vec()).expect(202).location();
    assert!(sessions() > 2);
    world.driver.clear_faults();
    run(world.registry.suspend_idle(Duration::ZERO)).unwrap();
    assert!(sessions() <= 2, "{:?}", world.driver.paths());
    world.send("PUT", &with_digest(&location, &sha256(&content)), &[], "").expect(201);
    assert_eq!((world.driver.paths().len(), world.driver.open_uploads()), (2, 0));
}

#[test]
fn purge_tells_which_files_are_left_and_removes_them_when_called_again() {
    let world = World::with(&World::new().driver, Options { durable_uploads: true, ..options() });
    world.send("PATCH", &world.begin("a"), &[], content(2 * PART + 10)).expect(202);
    world.driver.advance(Duration::from_secs(ABANDONED + 1));
    world.driver.set_undeletable(|path| path.contains("hashstates"));
    let purge = || run(world.registry.purge_uploads(Duration::from_secs(ABANDONED), false)).unwrap();
    let left = purge().left;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(world.driver.paths(), [left[0].0.clone()]);
    world.driver.clear_faults();
    assert_eq!(purge().left, []);
    assert_eq!((world.driver.paths().len(), world.driver.open_uploads()), (0, 0));
}
