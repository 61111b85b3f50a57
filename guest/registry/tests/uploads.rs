//! Uploads of blobs: by every way, by several processes, broken off and refused.

mod common;

use bytes::Bytes;
use common::{PART, World, blob_path, content, options, sha256, sha512, whole, with_digest};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use ossicle_registry::Options;
use ossicle_registry::memory::{Fault, Operation, run};
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
            assert_eq!(folder, [format!("{beside}/hashstates/sha256/{length}"), format!("{beside}/startedat")]);
            assert_eq!(first.driver.content(&folder[1]).unwrap(), "2026-11-26T18:10:50Z");
            assert_eq!(first.driver.content(&folder[0]).unwrap().len(), 108);

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
    let first = World::with(&World::new().driver, Options { durable_uploads: true, ..options() });
    let begun = first.begin("a");
    let kept = first.send("PATCH", &begun, &[], content[..1500].to_vec()).expect(202).location();
    // It takes more, and dies before it could say so: only whole parts are in OSS.
    first.send_body("PATCH", &kept, &[], broken(content[1500..3700].to_vec())).expect(400);
    drop(first.registry);

    let second = World::with(&first.driver, options());
    second.requests();
    let recovered = second.get(&kept).expect(204);
    assert_eq!(recovered.header("range"), "0-2999");
    assert!(second.operations().contains(&Operation::CompleteMultipartUpload), "it is completed and read back");
    let location = second.send("PATCH", &recovered.location(), &[], content[3000..].to_vec()).expect(202).location();
    second.send("PUT", &with_digest(&location, &digest), &[], "").expect(201);
    assert_eq!(second.driver.content(&blob_path(&digest)).unwrap(), content);
    only_blob_and_link(&second, "a", &digest);
}

#[test]
fn upload_that_began_as_one_blob_can_not_become_another() {
    let (begun, whole_content) = (sha256(b"another blob"), content(4 * PART));
    let digest = sha256(&whole_content);
    for cut in [10, 2 * PART + 10] {
        let world = World::new();
        let location = world.begin("a");
        world.send_body("PUT", &with_digest(&location, &begun), &[], broken(whole_content[..cut].to_vec())).expect(400);
        let recovered = world.get(&location).expect(204);
        assert_eq!(recovered.header("range"), format!("0-{}", cut - 1));
        let rest = whole_content[cut..].to_vec();
        let place = with_digest(&recovered.location(), &digest);
        world.send("PUT", &place, &[], rest).expect_code(400, "DIGEST_INVALID");
        assert_eq!((world.driver.paths().len(), world.driver.open_uploads()), (0, 0), "cut at {cut}");
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

/// Lets each request of a push fail in turn, in each of the ways, and brings the push to its end.
#[test]
fn fault_at_every_request_of_a_push_ends_with_the_right_blob() {
    let content = content(3 * PART + 5);
    let digest = sha256(&content);
    for fault in [Fault::RequestLost, Fault::ResponseLost, Fault::Refused] {
        for failing in 0..10 {
            let world = World::new();
            let location = world.begin("a");
            let mut place = 0;
            world.driver.set_faults(move |_| {
                place += 1;
                (place == failing + 1).then_some(fault)
            });
            let patched = world.send("PATCH", &location, &[], content.clone());
            let location = match patched.status.as_u16() {
                202 => patched.location(),
                503 => {
                    let recovered = world.get(&location).expect(204);
                    let range = recovered.header("range").to_owned();
                    let next = match range.as_str() {
                        "0-0" => 0,
                        range => range[2..].parse::<usize>().unwrap() + 1,
                    };
                    world.send("PATCH", &recovered.location(), &[], content[next..].to_vec()).expect(202).location()
                }
                _ => panic!("{fault:?} at {failing}: {patched:?}"),
            };
            let put = || world.send("PUT", &with_digest(&location, &digest), &[], "");
            let reply = put();
            if reply.status == 503 {
                assert!(world.get(&format!("/v2/a/blobs/{digest}")).status != 200 || fault == Fault::ResponseLost);
                put().expect(201);
            } else {
                reply.expect(201);
            }
            world.driver.clear_faults();
            run(world.registry.suspend_idle(Duration::ZERO)).unwrap();
            assert_eq!(world.driver.content(&blob_path(&digest)).unwrap(), content, "{fault:?} at {failing}");
            assert_eq!(world.get(&format!("/v2/a/blobs/{digest}")).expect(200).bytes(), &content);
            let left: Vec<_> = world.driver.paths().into_iter().filter(|path| path.contains("_uploads")).collect();
            assert_eq!(left, [""; 0], "{fault:?} at {failing}");
        }
    }
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
fn body_of_an_unknown_length_is_taken_whole() {
    let world = World::new();
    let content = content(2 * PART);
    let uri = format!("/v2/a/blobs/uploads/?digest={}", sha256(&content));
    world.send_body("POST", &uri, &[], whole(content)).expect(201);
}
