//! A registry's process that is killed in the middle of a push, at each of its requests to OSS in turn. The client goes on at
//! another process, which serves the same bucket.

#![cfg(unix)]

use crate::served::{IMAGE, PORT, Reply, Served, digest_of, image};
use crate::world::{BUCKET, World, until};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use serde_json::Value;
use std::cell::Cell;
use std::time::Duration;

/// The smallest part of an upload that OSS takes, so that a layer has several.
const PART: &str = "102400";
/// A layer of three parts and what fills none, of which a client brings some half with each request.
const LAYER: usize = 330_000;
const PIECE: usize = 170_000;
/// How long OSS leaves the request alone in whose middle its sender is killed. It may take effect after the client went on
/// elsewhere.
const LATE: u64 = 100;

/// How a client brings a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As docker: `PATCH` without a length, then an empty `PUT` that tells the digest.
    Pieces,
    /// As containerd: one `PUT` with everything, which tells the digest at its begin.
    Whole,
}

/// A client that goes on at the next process when one is gone, as the specification says.
struct Client<'a> {
    processes: [&'a Served; 2],
    at: Cell<usize>,
    name: String,
}

fn content(seed: usize, length: usize) -> Vec<u8> {
    let words = (0..=length / 8).map(|place| (place ^ seed << 40).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    words.flatten().take(length).collect()
}

/// A body in the chunked coding, whose length nobody tells before its end.
fn chunked(content: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for piece in content.chunks(50_000) {
        body.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        body.extend([piece, b"\r\n"].concat());
    }
    body.extend(b"0\r\n\r\n");
    body
}

impl Client<'_> {
    /// Sends a request. `None` where the process is gone, and with it whether the request had an effect.
    fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Option<Reply> {
        let reply = self.processes[self.at.get()].try_send(method, path, headers, body);
        if reply.is_err() {
            assert_eq!(self.at.get(), 0, "the process is gone that nobody killed");
            self.at.set(1);
        }
        reply.ok()
    }

    /// Sends a request that can be sent again.
    fn insist(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
        let headers = format!("content-length: {}\r\n{headers}", body.len());
        let sent = self.send(method, path, &headers, body);
        sent.or_else(|| self.send(method, path, &headers, body)).unwrap()
    }

    fn begin(&self) -> String {
        let begun = self.insist("POST", &format!("/v2/{}/blobs/uploads/", self.name), "", b"");
        assert_eq!(begun.status, 202, "{}", begun.head);
        begun.header("location").to_owned()
    }

    /// Where an upload stands, and how to go on with it; a new one where there is no such upload.
    fn ask(&self, location: &str) -> (String, usize) {
        let asked = self.insist("GET", location, "", b"");
        match asked.status {
            204 => {
                let last: usize = asked.header("range").strip_prefix("0-").unwrap().parse().unwrap();
                (asked.header("location").to_owned(), if last == 0 { 0 } else { last + 1 })
            }
            404 => (self.begin(), 0),
            _ => panic!("{}: {}", asked.head, String::from_utf8_lossy(&asked.body)),
        }
    }

    /// Pushes a blob.
    fn push(&self, way: Way, content: &[u8]) {
        let digest = digest_of(content);
        let (mut location, mut taken) = (self.begin(), 0);
        for _ in 0..20 {
            let reply = if way == Way::Pieces && taken < content.len() {
                let piece = &content[taken..content.len().min(taken + PIECE)];
                self.send("PATCH", &location, "transfer-encoding: chunked\r\n", &chunked(piece))
            } else {
                let last = if way == Way::Whole { &content[taken..] } else { b"" };
                let separator = if location.contains('?') { '&' } else { '?' };
                let length = format!("content-length: {}\r\n", last.len());
                self.send("PUT", &format!("{location}{separator}digest={digest}"), &length, last)
            };
            match reply.as_ref().map(|reply| reply.status) {
                Some(201) => return,
                Some(202 | 404 | 416) | None => {}
                Some(_) => panic!("{}", reply.unwrap().head),
            }
            let blob = self.insist("HEAD", &format!("/v2/{}/blobs/{digest}", self.name), "", b"");
            if reply.is_none() && blob.status == 200 {
                return;
            }
            (location, taken) = self.ask(&location);
        }
        panic!("the client gives up");
    }

    /// Pushes an image, and tells its manifest.
    fn push_image(&self, way: Way, layer: &[u8]) -> String {
        let config = format!("{{\"name\":\"{}\"}}", self.name);
        self.push(way, layer);
        self.push(way, config.as_bytes());
        let manifest = image(&digest_of(config.as_bytes()), config.len(), &digest_of(layer), layer.len());
        let put = self.insist("PUT", &format!("/v2/{}/manifests/v1", self.name), IMAGE, manifest.as_bytes());
        assert_eq!(put.status, 201, "{}: {}", put.head, String::from_utf8_lossy(&put.body));
        manifest
    }
}

/// Nothing is visible whose hash is wrong, and no tag is there without all that it leads to.
fn check_bucket(world: &World) {
    let keys = world.emulator.bucket(BUCKET).keys();
    let blob = |digest: &str| {
        let hex = digest.strip_prefix("sha256:").unwrap();
        format!("docker/registry/v2/blobs/sha256/{}/{hex}/data", &hex[..2])
    };
    for key in keys.iter().filter(|key| key.contains("/v2/blobs/")) {
        let stored = world.stored(key).unwrap();
        assert_eq!(blob(&digest_of(&stored)), *key, "its content is another's");
    }
    for key in keys.iter().filter(|key| key.ends_with("/current/link")) {
        let target = String::from_utf8(world.stored(key).unwrap()).unwrap();
        let (repository, _) = key.split_once("/_manifests/").unwrap();
        let has_link = |folder: &str, digest: &str| {
            world.stored(&format!("{repository}/{folder}/{}/link", digest.replace(':', "/"))).is_some()
        };
        assert!(has_link("_manifests/revisions", &target), "{key} leads to no revision");
        let manifest = world.stored(&blob(&target)).unwrap_or_else(|| panic!("{key} leads to no manifest"));
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        for named in [&manifest["config"], &manifest["layers"][0]] {
            let digest = named["digest"].as_str().unwrap();
            assert!(world.stored(&blob(digest)).is_some() && has_link("_layers", digest), "{key} lacks {digest}");
        }
    }
}

/// Starts a process, and waits until it has looked for uploads that nobody finished, as it does at its start.
fn start(world: &World) -> Served {
    let searches = || world.emulator.stats().count(Operation::ListMultipartUploads);
    let before = searches();
    let flags = ["--durable-uploads", "--secret-file", "secret", "--no-redirect", "--part-size", PART];
    let served = Served::start(world, &[&PORT[..], &flags].concat());
    until("it has looked for uploads", || searches() == before + 2 && world.emulator.stats().in_flight == 0);
    served
}

/// Kills a process at its request of this number to OSS, while a client pushes to it. Whether there was such a request.
fn kill_at(world: &World, other: &Served, number: u64, way: Way) -> bool {
    let doomed = start(world);
    let layer = content(number as usize + 1, LAYER);
    let faults = world.emulator.faults();
    let fault = faults.add(FaultRule::new(FaultAction::Delay { ms: LATE }).skip(number).once());
    let killing = rustix::process::Pid::from_raw(doomed.id()).unwrap();
    let manifest = std::thread::scope(|scope| {
        let name = format!("{}-{number}", if way == Way::Whole { "whole" } else { "pieces" });
        let client = Client { processes: [&doomed, other], at: Cell::new(0), name };
        let pushing = scope.spawn(move || (client.push_image(way, &layer), client.name, layer));
        until("the request comes, or the push ends", || fault.hits() > 0 || pushing.is_finished());
        if fault.hits() > 0 {
            rustix::process::kill_process(killing, rustix::process::Signal::KILL).unwrap();
        }
        pushing.join().unwrap()
    });
    faults.remove(fault.id());
    let was_hit = fault.hits() > 0;
    doomed.kill();
    let (manifest, name, layer) = manifest;
    check_bucket(world);
    let read = other.send("GET", &format!("/v2/{name}/manifests/v1"), "", b"");
    assert_eq!((read.status, read.body), (200, manifest.into_bytes()));
    let read = other.send("GET", &format!("/v2/{name}/blobs/{}", digest_of(&layer)), "", b"");
    assert!(read.status == 200 && read.body == layer, "{}", read.head);
    was_hit
}

/// The requests of a push at which its process is killed: each third, beginning at another one in each run; or all.
fn push_survives(way: Way) {
    let every = if std::env::var_os("OSSICLE_LONG_TESTS").is_some_and(|wanted| wanted == "1") { 1 } else { 3 };
    let first = u64::from(std::process::id()) % every;
    eprintln!("killed at each request of {every}, beginning at {first}");
    let world = World::new();
    world.file("secret", "the secret of two processes of one registry");
    let other = start(&world);
    let mut number = first;
    while kill_at(&world, &other, number, way) {
        number += every;
    }
    // A push with parts, a config and a manifest takes more than that.
    assert!(number > 12, "there were only {number} requests");
    // What was late has taken effect.
    std::thread::sleep(Duration::from_millis(2 * LATE));
    check_bucket(&world);
    other.end(rustix::process::Signal::TERM);

    world.emulator.clock().advance(Duration::from_secs(8 * 24 * 3600));
    world.run(&["registry", "purge"]).ends(0);
    let bucket = world.emulator.bucket(BUCKET);
    let left: Vec<String> = bucket.keys().into_iter().filter(|key| key.contains("/_uploads/")).collect();
    assert!(left.is_empty() && bucket.uploads().is_empty(), "{left:?} {:?}", bucket.uploads());
    let checked = world.run(&["registry", "check", "--hashes"]).ends(0);
    assert!(checked.out.contains("0 broken, 0 in danger"), "{}", checked.out);
}

#[test]
fn push_in_pieces_goes_on_elsewhere_when_its_process_is_killed() {
    push_survives(Way::Pieces);
}

#[test]
fn push_of_whole_blobs_goes_on_elsewhere_when_its_process_is_killed() {
    push_survives(Way::Whole);
}

/// The processes of one registry, each of which is killed when it has answered: what a client was told is nowhere in one of
/// them alone.
struct Killed<'a>(&'a World);

impl Killed<'_> {
    fn send(&self, method: &str, path: &str, body: &[u8], status: u16) -> Reply {
        let process = start(self.0);
        let reply = process.send(method, path, "", body);
        process.kill();
        let told = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, status, "{method} of {} bytes: {}\n{told}", body.len(), reply.head);
        reply
    }

    fn begin(&self) -> String {
        self.send("POST", "/v2/a/blobs/uploads/", b"", 202).header("location").to_owned()
    }
}

#[test]
fn upload_goes_on_with_each_byte_that_was_taken_when_its_process_is_killed_after_each_request() {
    let world = World::new();
    world.file("secret", "the secret of the processes of one registry");
    let (registry, content) = (Killed(&world), content(1, LAYER));
    let mut location = registry.begin();
    // The first is less than a part, and so is what the others leave beside their parts.
    let mut from = 0;
    for end in [60_000, 210_000, LAYER] {
        let reply = registry.send("PATCH", &location, &content[from..end], 202);
        let asked = registry.send("GET", reply.header("location"), b"", 204);
        for told in [&reply, &asked] {
            assert_eq!(told.header("range"), format!("0-{}", end - 1));
        }
        location = asked.header("location").to_owned();
        from = end;
    }
    let digest = digest_of(&content);
    registry.send("PUT", &format!("{location}&digest={digest}"), b"", 201);
    let read = registry.send("GET", &format!("/v2/a/blobs/{digest}"), b"", 200);
    assert!(read.body == content, "the blob is another one");
    check_bucket(&world);
}

#[test]
fn upload_that_was_cancelled_is_ended_when_its_process_is_killed() {
    let world = World::new();
    world.file("secret", "the secret of the processes of one registry");
    let registry = Killed(&world);
    let begun = registry.begin();
    registry.send("DELETE", &begun, b"", 204);
    for (method, body) in [("GET", &b""[..]), ("PATCH", b"content"), ("DELETE", b"")] {
        registry.send(method, &begun, body, 404);
    }
}
