//! One upload at several processes: what each of them takes is a session of its own, and no session's hash is taken for the
//! content of another.

mod common;

use std::time::Duration;

use common::{PART, World, blob_path, content, options, sha256, with_digest};
use ossicle_registry::Options;
use ossicle_registry::memory::run;
use ossicle_registry::ports::Storage;

/// Processes of one registry that keep nothing in OSS before they are told to.
fn processes<const N: usize>() -> [World; N] {
    let first = World::new();
    std::array::from_fn(|_| World::with(&first.driver, options()))
}

fn suspend(process: &World) {
    run(process.registry.suspend_idle(Duration::ZERO)).unwrap();
}

/// Each blob that can be read is that of its name.
#[track_caller]
fn check_blobs(world: &World) {
    for path in world.driver.paths().iter().filter(|path| path.contains("/v2/blobs/sha256/")) {
        let stored = world.driver.content(path).unwrap();
        assert_eq!(blob_path(&sha256(&stored)), *path, "the content is another's");
    }
}

/// Two contents of one length.
fn pair(length: usize) -> [Vec<u8>; 2] {
    let one = content(length);
    let other = one.iter().map(|byte| !byte).collect();
    [one, other]
}

/// The end of an upload: its `PUT`, which succeeds with the right content or fails and leaves nothing at the blob's place.
#[track_caller]
fn finish(process: &World, location: &str, digest: &str, last: &[u8]) -> u16 {
    let status = process.send("PUT", &with_digest(location, digest), &[], last.to_vec()).status.as_u16();
    assert!(matches!(status, 201 | 400 | 404 | 409 | 416 | 503), "{status}");
    check_blobs(process);
    assert_eq!(process.driver.content(&blob_path(digest)).is_some(), status == 201, "{status}");
    status
}

/// The sizes at which an upload is in memory, in one part and what fills none, or in whole parts.
const LENGTHS: [usize; 4] = [300, PART, 2 * PART + 500, 4 * PART];

#[test]
fn two_processes_that_begin_one_upload_do_not_exchange_their_contents() {
    for length in LENGTHS {
        let contents = pair(length);
        for (token, name) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            for first_suspended in [0, 1] {
                let [one, other, third] = processes::<3>();
                let begun = one.begin("a");
                let patched = [&one, &other].map(|process| {
                    let own = contents[usize::from(!std::ptr::eq(process, &one))].clone();
                    process.send("PATCH", &begun, &[], own).expect(202).location()
                });
                let order = [&one, &other];
                suspend(order[first_suspended]);
                third.driver.advance(Duration::from_secs(5));
                suspend(order[1 - first_suspended]);
                let status = finish(&third, &patched[token], &sha256(&contents[name]), b"");
                assert_eq!(status == 201, token == name, "{length} bytes, the Location of {token}: {status}");
            }
        }
    }
}

#[test]
fn two_that_go_on_from_one_location_do_not_exchange_their_contents() {
    for length in LENGTHS {
        let (start, ends) = (content(700), pair(length));
        let whole = ends.each_ref().map(|end| [&start[..], end].concat());
        for (token, name) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let [one, other, third] = processes::<3>();
            let common = one.send("PATCH", &one.begin("a"), &[], start.clone()).expect(202).location();
            suspend(&one);
            let mut locations = Vec::new();
            for (process, end) in [(&one, &ends[0]), (&other, &ends[1])] {
                let patched = process.send("PATCH", &common, &[], end.clone());
                // The second finds what the first has left, and is told how much that is.
                assert!(matches!(patched.status.as_u16(), 202 | 416), "{patched:?}");
                locations.push(patched.location());
                suspend(process);
            }
            let status = finish(&third, &locations[token], &sha256(&whole[name]), b"");
            if token == 0 {
                assert_eq!(status == 201, name == 0, "{length} bytes: {status}");
            }
        }
    }
}

#[test]
fn old_location_is_told_where_the_upload_stands() {
    for length in LENGTHS {
        let (start, end) = (content(700), content(length));
        let whole = [&start[..], &end].concat();
        let [one, other, third] = processes::<3>();
        let begun = one.begin("a");
        let old = one.send("PATCH", &begun, &[], start).expect(202).location();
        suspend(&one);
        other.send("PATCH", &old, &[], end).expect(202);
        suspend(&other);
        for stale in [&begun, &old] {
            let asked = third.get(stale).expect(204);
            assert_eq!(asked.header("range"), format!("0-{}", whole.len() - 1));
            suspend(&third);
        }
        let refused = one.send("PATCH", &old, &[], b"more".to_vec()).expect_code(416, "RANGE_INVALID");
        assert_eq!(refused.header("range"), format!("0-{}", whole.len() - 1));
        assert_eq!(finish(&one, &refused.location(), &sha256(&whole), b""), 201);
        assert_eq!((one.driver.paths().len(), one.driver.open_uploads()), (2, 0), "{:?}", one.driver.paths());
    }
}

#[test]
fn location_of_other_content_of_the_same_length_is_refused() {
    for length in LENGTHS {
        let contents = pair(length);
        let [one, other] = processes::<2>();
        let begun = one.begin("a");
        one.send("PATCH", &begun, &[], contents[0].clone()).expect(202);
        let others = other.send("PATCH", &begun, &[], contents[1].clone()).expect(202).location();
        let refused = one.send("PATCH", &others, &[], b"more".to_vec()).expect_code(416, "RANGE_INVALID");
        assert_eq!(refused.header("range"), format!("0-{}", length - 1));
        assert_eq!(finish(&one, &refused.location(), &sha256(&contents[0]), b""), 201);
    }
}

#[test]
fn upload_that_another_process_goes_on_with_is_lost_to_the_first() {
    for length in LENGTHS {
        let (start, ends) = (content(2 * PART + 100), pair(length));
        let whole = ends.each_ref().map(|end| [&start[..], end].concat());
        for durable in [false, true] {
            let [one, _] = processes::<2>();
            let other = World::with(&one.driver, Options { durable_uploads: durable, ..options() });
            let common = one.send("PATCH", &one.begin("a"), &[], start.clone()).expect(202).location();
            // The first process still has it in memory, with parts in OSS.
            let taken = other.send("PATCH", &common, &[], ends[1].clone());
            let late = one.send("PATCH", &common, &[], ends[0].clone());
            assert!(matches!(late.status.as_u16(), 202 | 416 | 503), "{late:?}");
            for (reply, which) in [(&taken, 1), (&late, 0)] {
                if reply.status == 202 {
                    finish(&one, &reply.location(), &sha256(&whole[1 - which]), b"");
                    finish(&other, &reply.location(), &sha256(&whole[which]), b"");
                }
            }
            check_blobs(&one);
        }
    }
}

#[test]
fn hash_state_of_another_session_is_not_taken() {
    for length in LENGTHS {
        for name in [0, 1] {
            let [one, other, third] = processes::<3>();
            let contents = pair(length);
            let begun = one.begin("a");
            one.send("PATCH", &begun, &[], contents[0].clone()).expect(202);
            suspend(&one);
            let of_one = one.driver.paths();
            other.send("PATCH", &begun, &[], contents[1].clone()).expect(202);
            suspend(&other);
            // What is left is the content of the one and the hash state of the other.
            for path in one.driver.paths() {
                if path.contains("hashstates") == of_one.contains(&path) {
                    one.driver.uproot(&path);
                }
            }
            let uploads = run(one.driver.uploads("/docker/registry/v2/repositories/a", None)).unwrap().uploads;
            let session = of_one[0].split('/').nth(8).unwrap();
            let of_other: Vec<_> = uploads.into_iter().filter(|upload| !upload.path.contains(session)).collect();
            run(one.driver.abort(&of_other)).unwrap();
            let found = third.get(&begun).expect(204);
            assert_eq!(found.header("range"), format!("0-{}", length - 1));
            let status = finish(&third, &found.location(), &sha256(&contents[name]), b"");
            assert_eq!(status == 201, name == 0, "{length} bytes: {status}");
        }
    }
}
