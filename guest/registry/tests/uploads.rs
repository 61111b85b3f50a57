//! Uploads of blobs: by every way, by several processes, broken off and refused.

mod common;

use bytes::Bytes;
use common::{PART, World, blob_path, content, options, sha256, sha512, whole, with_digest};
use futures_util::future::join;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use ossicle_registry::Options;
use ossicle_registry::gc::ABANDONED;
use ossicle_registry::memory::{Driver, Fault, Operation, run};
use std::time::Duration;

/// A body that breaks off behind this content.
fn broken(content: Vec<u8>) -> common::TestBody {
    let pieces = [Ok(Frame::data(Bytes::from(content))), Err(std::io::Error::other("the client went away"))];
    StreamBody::new(futures_util::stream::iter(pieces)).boxed()
}

fn only_blob_and_link(world: &World, name: &str, digest: &str) {
    let encoded = digest.split_once(':').unwrap().1;
    let link = format!("/docker/registry/v2/repositories/{name}/_layers/sha256/{encoded}/link");
    assert_eq!(world.driver.paths(), [blob_path(digest), link.clone()]);
    assert_eq!(world.driver.content(&link).unwrap(), digest, "no newline");
    assert_eq!(world.driver.open_uploads(), 0);
}

#[test]
fn every_way_of_pushing_stores_the_same_at_every_size() {
    for length in [0, 1, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 7] {
        let content = content(length);
        let digest = sha256(&content);
        let check = |world: &World, way: &str| {
            only_blob_and_link(world, "a", &digest);
            assert_eq!(world.driver.content(&blob_path(&digest)).unwrap(), content, "{way}, {length} bytes");
            assert_eq!(world.get(&format!("/v2/a/blobs/{digest}")).expect(200).bytes(), &content);
        };

        let world = World::new();
        world.push("a", &content);
        check(&world, "POST, PUT");

        let world = World::new();
        world.push_streamed("a", &content);
        check(&world, "POST, PATCH, PUT");

        let world = World::new();
        let uri = format!("/v2/a/blobs/uploads/?digest={digest}");
        let created = world.send("POST", &uri, &[], content.clone()).expect(201);
        assert_eq!(created.header("docker-content-digest"), digest);
        assert_eq!(created.location(), format!("/v2/a/blobs/{digest}"));
        check(&world, "POST");

        let world = World::new();
        let mut location = world.begin("a");
        for (place, chunk) in content.chunks(700).enumerate() {
            let first = place * 700;
            let range = format!("{first}-{}", first + chunk.len() - 1);
            let headers = [("content-range", range.as_str())];
            let reply = world.send("PATCH", &location, &headers, chunk.to_vec()).expect(202);
            assert_eq!(reply.header("range"), format!("0-{}", first + chunk.len() - 1));
            location = reply.location();
        }
        world.send("PUT", &with_digest(&location, &digest), &[], "").expect(201);
        check(&world, "chunks");
    }
}

#[test]
fn content_with_another_digest_is_never_visible() {
    for length in [10, PART, 3 * PART] {
        let (content, other) = (content(length), sha256(b"something else"));
        let world = World::new();
        let uri = format!("/v2/a/blobs/uploads/?digest={other}");
        world.send("POST", &uri, &[], content.clone()).expect_code(400, "DIGEST_INVALID");
        let location = with_digest(&world.begin("a"), &other);
        world.send("PUT", &location, &[], content.clone()).expect_code(400, "DIGEST_INVALID");
        let location = world.send("PATCH", &world.begin("a"), &[], content.clone()).expect(202).location();
        world.send("PUT", &with_digest(&location, &other), &[], "").expect_code(400, "DIGEST_INVALID");
        world.get(&location).expect_code(404, "BLOB_UPLOAD_UNKNOWN");
        assert_eq!(world.driver.paths(), [""; 0], "{length} bytes");
        assert_eq!(world.driver.open_uploads(), 0, "{length} bytes");
    }
}

#[test]
fn sha512_is_stored_under_its_own_algorithm() {
    for length in [10, 3 * PART] {
        let content = content(length);
        let digest = sha512(&content);
        for (query, streamed) in [("?digest-algorithm=sha512", true), ("", true), ("", false)] {
            let world = World::new();
            let begun = world.send("POST", &format!("/v2/a/blobs/uploads/{query}"), &[], "").expect(202);
            let (mut location, mut last) = (begun.location(), content.clone());
            if streamed {
                location = world.send("PATCH", &location, &[], std::mem::take(&mut last)).expect(202).location();
            }
            world.send("PUT", &with_digest(&location, &digest), &[], last).expect(201);
            assert_eq!(world.driver.content(&blob_path(&digest)).unwrap(), content);
            assert_eq!(world.driver.paths().len(), 2, "the blob and its link: {:?}", world.driver.paths());
            let wrong = sha512(b"something else");
            let location = world.send("PATCH", &world.begin("a"), &[], content.clone()).expect(202).location();
            world.send("PUT", &with_digest(&location, &wrong), &[], "").expect_code(400, "DIGEST_INVALID");
            assert_eq!((world.driver.paths().len(), world.driver.open_uploads()), (2, 0));
        }
    }
}

#[test]
fn chunk_at_another_place_is_refused_and_recovered_from() {
    let world = World::new();
    let content = content(3000);
    let send = |method, location: &str, range: &str, bytes: &[u8]| {
        world.send(method, location, &[("content-range", range)], bytes.to_vec())
    };
    let begun = world.begin("a");
    send("PATCH", &begun, "1000-1999", &content[1000..2000]).expect_code(416, "RANGE_INVALID");
    let at_start = world.get(&begun).expect(204);
    assert_eq!(at_start.header("range"), "0-0");
    let first = send("PATCH", &at_start.location(), "0-999", &content[..1000]).expect(202).location();
    let refused = send("PATCH", &first, "2000-2999", &content[2000..]).expect_code(416, "RANGE_INVALID");
    assert_eq!(refused.header("range"), "0-999");
    let digest = sha256(&content);
    send("PUT", &with_digest(&first, &digest), "2000-2999", &content[2000..]).expect_code(416, "RANGE_INVALID");
    let recovered = world.get(&first).expect(204);
    assert_eq!(recovered.header("range"), "0-999");
    // An old `Location` without a range, and a chunk whose length is not the range's.
    world.send("PATCH", &begun, &[], content[1000..].to_vec()).expect_code(416, "RANGE_INVALID");
    send("PATCH", &first, "1000-1999", b"short").expect_code(400, "SIZE_INVALID");
    let second = send("PATCH", &recovered.location(), "1000-1999", &content[1000..2000]).expect(202).location();
    send("PUT", &with_digest(&second, &digest), "2000-2999", &content[2000..]).expect(201);
    only_blob_and_link(&world, "a", &digest);
}

#[test]
fn upload_goes_on_in_another_process() {
    for length in [300, PART, 2500, 5 * PART] {
        let content = content(length + 600);
        let digest = sha256(&content);
        for durable in [true, false] {
            let first = World::with(&World::new().driver, Options { durable_uploads: durable, ..options() });
            let location = first.begin("a");
            let location = first.send("PATCH", &location, &[], content[..length].to_vec()).expect(202).location();
            if !durable {
                assert_eq!(run(first.registry.suspend_idle(Duration::from_secs(2))).unwrap(), 0, "it was just used");
                first.driver.advance(Duration::from_secs(2));
                assert_eq!(run(first.registry.suspend_idle(Duration::from_secs(2))).unwrap(), 1);
            }
            let folder: Vec<_> = first.driver.paths();
            let uuid = location.split(['/', '?']).find(|part| part.len() == 36).unwrap();
            let beside = format!("/docker/registry/v2/repositories/a/_uploads/{uuid}");
            let started = format!("{beside}/startedat");
            assert_eq!(first.driver.content(&started).unwrap(), "2026-11-26T18:10:50Z");
            let own: Vec<_> = folder.iter().filter(|path| **path != started).collect();
            let session = own[0][beside.len() + 1..].split('/').next().unwrap();
            assert!(session.len() == 24, "no UUID, which distribution's purge would take it for: {session}");
            let (data, state) =
                (format!("{beside}/{session}/data"), format!("{beside}/{session}/hashstates/sha256/{length}"));
            assert_eq!(first.driver.content(&state).unwrap().len(), 108);
            if length <= PART {
                assert_eq!(own, [&data, &state]);
                assert_eq!(first.driver.content(&data).unwrap(), content[..length]);
            } else {
                assert_eq!((own, first.driver.open_uploads()), (vec![&state], 1), "its content is in parts");
            }

            let second = World::with(&first.driver, options());
            assert_eq!(second.get(&location).expect(204).header("range"), format!("0-{}", length - 1));
            let location = second.send("PATCH", &location, &[], content[length..].to_vec()).expect(202).location();
            second.send("PUT", &with_digest(&location, &digest), &[], "").expect(201);
            assert_eq!(second.driver.content(&blob_path(&digest)).unwrap(), content);
            only_blob_and_link(&second, "a", &digest);
        }
    }
}

#[test]
fn process_with_another_secret_refuses_the_location() {
    let first = World::new();
    let location = first.begin("a");
    let other = World::with(&first.driver, Options { secret: b"another".to_vec(), ..options() });
    other.send("PATCH", &location, &[], "x").expect_code(400, "BLOB_UPLOAD_INVALID");
    let elsewhere = location.replace("/v2/a/", "/v2/b/");
    first.send("PATCH", &elsewhere, &[], "x").expect_code(400, "BLOB_UPLOAD_INVALID");
    first.get("/v2/a/blobs/uploads/4f1f0f0e-0000-4000-8000-000000000000").expect_code(404, "BLOB_UPLOAD_UNKNOWN");
    first.driver.advance(Duration::from_secs(168 * 3600 + 1));
    first.send("PATCH", &location, &[], "x").expect_code(404, "BLOB_UPLOAD_UNKNOWN");
}

#[test]
fn upload_broken_off_goes_on_where_it_was() {
    let content = content(4 * PART);
    let digest = sha256(&content);
    let cut = 2 * PART + 10;
    let world = World::new();
    let location = world.begin("a");
    world.send_body("PATCH", &location, &[], broken(content[..cut].to_vec())).expect(400);
    let recovered = world.get(&location).expect(204);
    assert_eq!(recovered.header("range"), format!("0-{}", cut - 1));
    let location = world.send("PATCH", &recovered.location(), &[], content[cut..].to_vec()).expect(202).location();
    world.send("PUT", &with_digest(&location, &digest), &[], "").expect(201);
    only_blob_and_link(&world, "a", &digest);
}

#[test]
fn process_that_died_in_a_patch_is_followed_by_one_that_reads_back() {
    let content = content(5 * PART);
    let digest = sha256(&content);
    let first = World::new();
    let begun = first.begin("a");
    // It dies before it could say what it took: only whole parts are in OSS.
    first.send_body("PATCH", &begun, &[], broken(content[..3700].to_vec())).expect(400);
    drop(first.registry);

    let second = World::with(&first.driver, options());
    second.requests();
    let recovered = second.get(&begun).expect(204);
    assert_eq!(recovered.header("range"), "0-2999");
    let operations = second.operations();
    assert!(operations.contains(&Operation::CompleteMultipartUpload), "it is completed and read back: {operations:?}");
    let location = second.send("PATCH", &recovered.location(), &[], content[3000..].to_vec()).expect(202).location();
    second.send("PUT", &with_digest(&location, &digest), &[], "").expect(201);
    assert_eq!(second.driver.content(&blob_path(&digest)).unwrap(), content);
    only_blob_and_link(&second, "a", &digest);
}

#[test]
fn process_that_died_after_it_had_kept_an_upload_is_followed_from_there() {
    let content = content(5 * PART);
    let digest = sha256(&content);
    let first = World::with(&World::new().driver, Options { durable_uploads: true, ..options() });
    let kept = first.send("PATCH", &first.begin("a"), &[], content[..1500].to_vec()).expect(202).location();
    let second = World::with(&first.driver, options());
    second.send_body("PATCH", &kept, &[], broken(content[1500..3700].to_vec())).expect(400);
    drop(second.registry);

    let third = World::with(&first.driver, options());
    let location = third.send("PATCH", &kept, &[], content[1500..].to_vec()).expect(202).location();
    third.send("PUT", &with_digest(&location, &digest), &[], "").expect(201);
    only_blob_and_link(&third, "a", &digest);
}

#[test]
fn put_that_broke_off_lets_the_upload_begin_again() {
    let (named, whole_content) = (sha256(b"another blob"), content(4 * PART));
    let digest = sha256(&whole_content);
    for cut in [10, 2 * PART + 10] {
        for patched in [false, true] {
            let world = World::new();
            let location = world.begin("a");
            let put = with_digest(&location, &named);
            world.send_body("PUT", &put, &[], broken(whole_content[..cut].to_vec())).expect(400);
            assert_eq!(world.driver.open_uploads(), 0, "nobody would look at a blob's place for it");
            let recovered = world.get(&location).expect(204);
            assert_eq!(recovered.header("range"), "0-0");
            if patched {
                // What is answered 202 is kept, here and for other processes.
                let patch = world.send("PATCH", &location, &[], whole_content.clone()).expect(202);
                run(world.registry.suspend_idle(Duration::ZERO)).unwrap();
                let other = World::with(&world.driver, options());
                other.send("PUT", &with_digest(&patch.location(), &digest), &[], "").expect(201);
            } else {
                world.send("PUT", &with_digest(&location, &digest), &[], whole_content.clone()).expect(201);
            }
            assert_eq!(world.driver.content(&blob_path(&digest)).unwrap(), whole_content);
            only_blob_and_link(&world, "a", &digest);
        }
    }
}

#[test]
fn put_whose_client_went_away_lets_the_upload_begin_again() {
    let (world, content) = (World::new(), content(4 * PART));
    let digest = sha256(&content);
    let location = world.begin("a");
    let put = with_digest(&location, &digest);
    world.driver.interleave();
    let request = http::Request::builder().method("PUT").uri(&put).body(whole(content.clone())).unwrap();
    let mut given_up = Box::pin(world.registry.handle(request));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..4 {
        assert!(given_up.as_mut().poll(&mut context).is_pending());
    }
    drop(given_up);
    assert_eq!(world.driver.open_uploads(), 1);
    assert_eq!(world.get(&location).expect(204).header("range"), "0-0");
    assert_eq!(world.driver.open_uploads(), 0);
    world.send("PUT", &put, &[], content).expect(201);
    only_blob_and_link(&world, "a", &digest);
}

#[test]
fn part_of_a_body_that_the_storage_lost_is_not_counted() {
    let content = content(6 * PART);
    let digest = sha256(&content);
    let world = World::new();
    let location = world.begin("a");
    let mut sent = 0;
    world.driver.set_faults(move |request| {
        sent += usize::from(request.operation == Operation::UploadPart);
        (sent == 3).then_some(Fault::RequestLost)
    });
    let pieces = content.chunks(PART).map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece))));
    let body = StreamBody::new(futures_util::stream::iter(pieces.collect::<Vec<_>>())).boxed();
    world.send_body("PATCH", &location, &[], body).expect(503);
    world.driver.clear_faults();
    // The piece that was on its way when the part failed was hashed and is lost.
    let asked = world.get(&location).expect(204);
    let next = asked.header("range").strip_prefix("0-").unwrap().parse::<usize>().unwrap() + 1;
    assert!(next < 5 * PART, "{next}");
    let location = world.send("PATCH", &asked.location(), &[], content[next..].to_vec()).expect(202).location();
    world.send("PUT", &with_digest(&location, &digest), &[], "").expect(201);
    assert_eq!(world.driver.content(&blob_path(&digest)).unwrap(), content);
}

#[test]
fn durable_upload_is_in_no_process_alone_after_any_request() {
    let content = content(4 * PART + 50);
    let digest = sha256(&content);
    for cut in [300, 2 * PART + 10] {
        let first = World::with(&World::new().driver, Options { durable_uploads: true, ..options() });
        let [second, third] =
            [0; 2].map(|_| World::with(&first.driver, Options { durable_uploads: true, ..options() }));
        let begun = first.begin("a");
        // A PATCH that fails.
        first.send_body("PATCH", &begun, &[], broken(content[..cut].to_vec())).expect(400);
        let asked = second.get(&begun).expect(204);
        assert_eq!(asked.header("range"), format!("0-{}", cut - 1));
        // A GET, and a PATCH that is refused.
        let asked = third.get(&asked.location()).expect(204);
        let ahead = [("content-range", "4000-4049")];
        let refused = first.send("PATCH", &asked.location(), &ahead, vec![0; 50]).expect(416);
        let location =
            second.send("PATCH", &refused.location(), &[], content[cut..3000].to_vec()).expect(202).location();
        // A PUT that fails with the last of it.
        third.send_body("PUT", &with_digest(&location, &digest), &[], broken(content[3000..4000].to_vec())).expect(400);
        let asked = first.get(&location).expect(204);
        assert_eq!(asked.header("range"), "0-3999");
        second.send("PUT", &with_digest(&asked.location(), &digest), &[], content[4000..].to_vec()).expect(201);
        only_blob_and_link(&first, "a", &digest);
    }
}

#[test]
fn cancelled_upload_leaves_nothing() {
    for length in [10, 3 * PART] {
        let world = World::with(&World::new().driver, Options { durable_uploads: true, ..options() });
        let location = world.send("PATCH", &world.begin("a"), &[], content(length)).expect(202).location();
        let other = World::with(&world.driver, options());
        other.delete(&location).expect(204);
        other.get(&location).expect_code(404, "BLOB_UPLOAD_UNKNOWN");
        world.get(&location).expect_code(404, "BLOB_UPLOAD_UNKNOWN");
        assert_eq!((world.driver.paths().len(), world.driver.open_uploads()), (0, 0));
    }
    let world = World::new();
    let location = world.begin("a");
    world.delete(&location).expect(204);
    world.get(&location).expect_code(404, "BLOB_UPLOAD_UNKNOWN");
}

/// Also for who has the `Location` of its begin alone, and with it the state of an upload that nothing came for.
#[test]
fn cancelled_upload_is_ended_at_processes_that_were_not_told() {
    let process = |driver: &Driver| World::with(driver, Options { durable_uploads: true, ..options() });
    for length in [0, 10, 3 * PART] {
        let driver = Driver::new(PART);
        let begun = process(&driver).begin("a");
        let location = match length {
            0 => begun.clone(),
            _ => process(&driver).send("PATCH", &begun, &[], content(length)).expect(202).location(),
        };
        process(&driver).delete(&location).expect(204);
        for place in [&begun, &location] {
            let content = content(length + 1);
            let finished = with_digest(place, &sha256(&content));
            process(&driver).get(place).expect_code(404, "BLOB_UPLOAD_UNKNOWN");
            process(&driver).send("PATCH", place, &[], content.clone()).expect_code(404, "BLOB_UPLOAD_UNKNOWN");
            process(&driver).send("PUT", &finished, &[], content).expect_code(404, "BLOB_UPLOAD_UNKNOWN");
            process(&driver).delete(place).expect_code(404, "BLOB_UPLOAD_UNKNOWN");
        }
        let left: Vec<_> = driver.paths().iter().map(|path| path.rsplit('/').next().unwrap().to_owned()).collect();
        assert_eq!((left, driver.open_uploads()), (vec!["cancelled".to_owned(), "startedat".to_owned()], 0));
        // When the mark is gone, no `Location` leads to the upload any more.
        driver.advance(Duration::from_secs(ABANDONED + 1));
        let purged = run(process(&driver).registry.purge_uploads(Duration::from_secs(ABANDONED), false)).unwrap();
        assert_eq!((purged.folders.len(), driver.paths().len()), (1, 0));
        process(&driver).get(&begun).expect_code(404, "BLOB_UPLOAD_UNKNOWN");
    }
}

/// Cancelling again removes what the first time left.
#[test]
fn upload_that_was_not_cancelled_whole_is_ended_and_can_be_cancelled_again() {
    let world = World::with(&World::new().driver, Options { durable_uploads: true, ..options() });
    let location = world.send("PATCH", &world.begin("a"), &[], content(300)).expect(202).location();
    world.driver.set_undeletable(|path| path.ends_with("data"));
    world.delete(&location).expect(503);
    world.driver.clear_faults();
    world.get(&location).expect_code(404, "BLOB_UPLOAD_UNKNOWN");
    let data = || world.driver.paths().iter().filter(|path| path.ends_with("data")).count();
    assert_eq!(data(), 1);
    world.delete(&location).expect(204);
    assert_eq!(data(), 0);
    world.delete(&location).expect_code(404, "BLOB_UPLOAD_UNKNOWN");
}

#[test]
fn layer_that_is_there_is_linked_and_not_written_again() {
    for length in [10, 3 * PART] {
        let (world, content) = (World::new(), content(length));
        let digest = world.push("a", &content);
        let stat =
            |world: &World| run(ossicle_registry::ports::Storage::stat(&world.driver, &blob_path(&digest))).unwrap();
        let before = stat(&world);
        world.driver.advance(Duration::from_secs(100));
        world.push_streamed("b", &content);
        world.push("c", &content);
        assert_eq!(stat(&world), before);
        for name in ["a", "b", "c"] {
            world.get(&format!("/v2/{name}/blobs/{digest}")).expect(200);
        }
        assert_eq!((world.driver.paths().len(), world.driver.open_uploads()), (4, 0));
    }
}

#[test]
fn mount_needs_the_blob_in_the_source() {
    let world = World::new();
    let digest = world.push("a/b", b"layer");
    let mount = |name: &str, from: &str, digest: &str| {
        world.send("POST", &format!("/v2/{name}/blobs/uploads/?mount={digest}{from}"), &[], "")
    };
    let created = mount("c", "&from=a%2Fb", &digest).expect(201);
    assert_eq!(created.location(), format!("/v2/c/blobs/{digest}"));
    world.get(&created.location()).expect(200);
    mount("d", "&from=nowhere", &digest).expect(202);
    mount("d", "&from=NO", &digest).expect(202);
    mount("d", "", &digest).expect(202);
    mount("d", "&from=a%2Fb", &sha256(b"other")).expect(202);
    mount("d", "&from=a%2Fb", "sha256:zz").expect_code(400, "DIGEST_INVALID");
    world.get(&format!("/v2/d/blobs/{digest}")).expect_code(404, "BLOB_UNKNOWN");
    let open = World::with(&world.driver, Options { mount_from_anywhere: true, ..options() });
    open.send("POST", &format!("/v2/d/blobs/uploads/?mount={digest}"), &[], "").expect(201);
    open.get(&format!("/v2/d/blobs/{digest}")).expect(200);
}

#[test]
fn blob_that_breaks_off_while_it_is_read_is_an_error() {
    let world = World::with(&World::new().driver, Options { redirects: None, ..options() });
    let content = content(200_000);
    let digest = world.push("a", &content);
    world.driver.break_reads_after(Some(70_000));
    let reply = world.get(&format!("/v2/a/blobs/{digest}")).expect(200);
    assert_eq!(reply.header("content-length"), "200000");
    reply.body.expect_err("it ends with an error and not early");
}

#[test]
fn range_that_does_not_exist_is_refused_and_not_redirected() {
    let world = World::new();
    let content = content(2 << 20);
    let digest = world.push("a", &content);
    let uri = format!("/v2/a/blobs/{digest}");
    world.get(&uri).expect(307);
    world.send("GET", &uri, &[("range", "bytes=0-99")], "").expect(307);
    for range in ["bytes=2097152-", "bytes=5000000-6000000", "bytes=500-0", "bytes=-0"] {
        let refused = world.send("GET", &uri, &[("range", range)], "").expect_code(416, "RANGE_INVALID");
        assert_eq!(refused.header("content-range"), "bytes */2097152", "{range}");
    }
}

#[test]
fn body_of_an_unknown_length_is_taken_whole() {
    let world = World::new();
    let content = content(2 * PART);
    let uri = format!("/v2/a/blobs/uploads/?digest={}", sha256(&content));
    world.send_body("POST", &uri, &[], whole(content)).expect(201);
}

/// That an upload is kept in OSS begins by itself, when it was not used for a while: a request that comes just then is not told
/// that another one is in its way.
#[test]
fn request_that_comes_while_its_upload_is_being_kept_waits_for_that() {
    for length in [300, PART, 2 * PART + 500] {
        for (method, last, status) in [("PUT", "", 201), ("PATCH", "more", 202), ("GET", "", 204), ("DELETE", "", 204)]
        {
            let world = World::new();
            let content = content(length);
            let location = world.begin("a");
            let location = world.send("PATCH", &location, &[], content.clone()).expect(202).location();
            let uri = if method == "PUT" { with_digest(&location, &sha256(&content)) } else { location };
            let request = http::Request::builder().method(method).uri(uri).body(whole(last)).unwrap();
            world.driver.interleave();
            let keeping = world.registry.suspend_idle(Duration::ZERO);
            let (kept, response) = run(join(keeping, world.registry.handle(request)));
            assert_eq!((kept.unwrap(), response.status().as_u16()), (1, status), "{method} after {length} bytes");
        }
    }
}
