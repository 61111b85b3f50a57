//! `ossicle component push`, into folders and to servers that are none. Registries judge the rest (`tests/judges`).

#[cfg(unix)]
use crate::served::{PORT, Reply, Served};
use crate::world::World;
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::process::Command;

const CYCLONEDX: &str = "application/vnd.cyclonedx+json";

#[test]
fn everything_goes_into_one_layout_and_again_with_the_same_digests() {
    let world = World::bare();
    let push = |what| world.run(&["component", "push", what, &format!("oci:artifacts:{what}")]).ends(0).out;
    let kinds = ["certificates", "blobs", "command", "registry", "service", "wit"];
    let first: Vec<_> = kinds.into_iter().map(push).collect();
    assert_eq!(kinds.into_iter().map(push).collect::<Vec<_>>(), first);
    for (kind, printed) in kinds.into_iter().zip(&first) {
        let digest = printed.strip_prefix(&format!("oci:artifacts:{kind}@sha256:")).unwrap().trim();
        assert!(world.path(&format!("artifacts/blobs/sha256/{digest}")).is_file(), "{printed}");
    }
    let index = fs::read_to_string(world.path("artifacts/index.json")).unwrap();
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    // Each component has its SBOM beside it, and the contract has none.
    let manifests = index["manifests"].as_array().unwrap();
    let sboms = manifests.iter().filter(|manifest| manifest["artifactType"] == CYCLONEDX).count();
    assert_eq!((manifests.len(), sboms), (2 * kinds.len() - 1, kinds.len() - 1));
    // Without a tag it is the version.
    let printed = world.run(&["component", "push", "wit", "oci:artifacts"]).ends(0).out;
    assert!(printed.starts_with(concat!("oci:artifacts:", env!("CARGO_PKG_VERSION"), "@sha256:")), "{printed}");
}

/// Beside one another in a repository: the tag is the version of the contract, which a host of 0.2 finds in the exports.
#[test]
fn components_for_hosts_of_0_2_have_the_version_of_their_contract() {
    let world = World::bare();
    let json = |path: &str| -> Value { serde_json::from_slice(&fs::read(world.path(path)).unwrap()).unwrap() };
    let blob = |digest: &Value| format!("artifacts/blobs/sha256/{}", &digest.as_str().unwrap()["sha256:".len()..]);
    for (what, bytes, sbom, export) in [
        (
            "certificates",
            ossicle_component::CERTIFICATES_P2,
            Some(ossicle_component::CERTIFICATES_P2_SBOM),
            "ossicle:storage/cert-storage@0.2.0",
        ),
        (
            "blobs",
            ossicle_component::BLOBS_P2,
            Some(ossicle_component::BLOBS_P2_SBOM),
            "ossicle:storage/blob-driver@0.2.0",
        ),
        ("wit", ossicle_component::WIT_P2, None, "ossicle:storage/lock@0.2.0"),
    ] {
        let printed = world.run(&["component", "push", what, "oci:artifacts", "--wasi", "0.2"]).ends(0).out;
        let digest = Value::from(printed.trim().strip_prefix("oci:artifacts:0.2.0@").unwrap());
        let manifest = json(&blob(&digest));
        assert!(fs::read(world.path(&blob(&manifest["layers"][0]["digest"]))).unwrap() == bytes, "{what}");
        let config = json(&blob(&manifest["config"]["digest"]));
        let exports = config["component"]["exports"].as_array().unwrap();
        assert!(exports.contains(&export.into()), "{what}: {exports:?}");
        let index = json("artifacts/index.json");
        let referrers = index["manifests"].as_array().unwrap().iter().map(|entry| json(&blob(&entry["digest"])));
        let mut referrers = referrers.filter(|referrer| referrer["subject"]["digest"] == digest);
        let document = |referrer: Value| fs::read(world.path(&blob(&referrer["layers"][0]["digest"]))).unwrap();
        assert_eq!(referrers.next().map(document).as_deref(), sbom.map(str::as_bytes), "{what}");
        // The one for hosts of 0.3 is another, and has another tag.
        let printed = world.run(&["component", "push", what, "oci:artifacts"]).ends(0).out;
        let (place, other) = printed.trim().rsplit_once('@').unwrap();
        assert_eq!(place, concat!("oci:artifacts:", env!("CARGO_PKG_VERSION")));
        assert_ne!(digest, other);
    }
    for face in ["command", "registry", "service"] {
        let said = world.run(&["component", "push", face, "oci:artifacts", "--wasi", "0.2"]).ends(2);
        said.complains(&[&format!("there is no component {face} for hosts of WASI 0.2")]);
    }
}

#[cfg(unix)]
#[test]
fn sbom_is_found_by_the_digest_of_its_component() {
    let world = World::new();
    let registry = Served::start(&world, &PORT);
    let place = |repository: &str| format!("{}/{repository}", registry.address);
    let push = |what: &str, repository: &str, flags: &[&str]| {
        let place = place(repository);
        let words = [&["component", "push", what, &place, "--plain-http"][..], flags].concat();
        let printed = world.run(&words).ends(0).out;
        let (told, digest) = printed.trim().rsplit_once('@').unwrap();
        assert_eq!(told, format!("{place}:{}", env!("CARGO_PKG_VERSION")));
        digest.to_owned()
    };
    let get = |path: &str| {
        let reply = registry.send("GET", &format!("/v2/{path}"), "", b"");
        assert_eq!(reply.status, 200, "{}", reply.head);
        reply
    };
    let json = |reply: &Reply| serde_json::from_slice::<Value>(&reply.body).unwrap();
    // Twice, which changes nothing.
    let digest = push("blobs", "a/blobs", &[]);
    assert_eq!(push("blobs", "a/blobs", &[]), digest);
    let referrers = get(&format!("a/blobs/referrers/{digest}"));
    let listed = json(&referrers)["manifests"].clone();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["artifactType"]), (1, &Value::from(CYCLONEDX)));
    for (kind, count) in [("application/vnd.cyclonedx%2Bjson", 1), ("application/spdx%2Bjson", 0)] {
        let filtered = get(&format!("a/blobs/referrers/{digest}?artifactType={kind}"));
        assert_eq!(filtered.header("oci-filters-applied"), "artifactType");
        assert_eq!(json(&filtered)["manifests"].as_array().unwrap().len(), count, "{kind}");
    }
    let manifest = json(&get(&format!("a/blobs/manifests/{}", listed[0]["digest"].as_str().unwrap())));
    assert_eq!(manifest["subject"]["digest"], digest);
    let document = get(&format!("a/blobs/blobs/{}", manifest["layers"][0]["digest"].as_str().unwrap()));
    assert_eq!(document.body, ossicle_component::BLOBS_SBOM.as_bytes());
    // The registry keeps the list itself.
    assert_eq!(json(&get("a/blobs/tags/list"))["tags"], serde_json::json!([env!("CARGO_PKG_VERSION")]));
    for (what, flags) in [("blobs", &["--no-sbom"][..]), ("wit", &[])] {
        let digest = push(what, "b/without", flags);
        let referrers = get(&format!("b/without/referrers/{digest}"));
        assert_eq!(json(&referrers)["manifests"], serde_json::json!([]), "{what}");
    }
    registry.end(rustix::process::Signal::TERM);
}

#[test]
fn arguments_that_name_no_place_are_refused() {
    let world = World::bare();
    for place in ["certificates", "ossicle/certificates", "user:secret@r.example/a", "r.example/a@sha256:0", "oci:"] {
        world.run(&["component", "push", "certificates", place]).ends(2);
    }
    world.run(&["component", "push", "nothing", "r.example/a"]).ends(2).complains(&["wit"]);
    world.run(&["component", "push"]).ends(2);
    world.run(&["component"]).ends(2);
    world.run(&["component", "certificates", "push", "blobs", "oci:x"]).ends(2);
}

#[test]
fn a_registry_that_is_none_is_named_with_the_reason() {
    let world = World::bare();
    // A port at which nobody listens, because it was just given back.
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let place = format!("127.0.0.1:{port}/a");
    let said = world.run(&["component", "push", "wit", &place, "--plain-http"]).ends(1);
    said.complains(&["can't publish wit", &format!("127.0.0.1:{port}"), "can't be reached"]);
    // The emulator answers, but speaks another protocol.
    let place = format!("{}/a", world.emulator.endpoint().trim_start_matches("http://"));
    world.run(&["component", "push", "wit", &place, "--plain-http"]).ends(3).complains(&["answered 404"]);
    // It speaks no TLS.
    world.run(&["component", "push", "wit", &place]).ends(1).complains(&["can't be reached"]);
}

#[cfg(unix)]
#[test]
fn a_program_that_keeps_credentials_is_asked_and_what_it_says_is_not_told() {
    let mut world = World::bare();
    // It reads the question, as such programs do: one that does not may have ended before it is asked, which is another
    // error.
    let helper = world.file("bin/docker-credential-test.sh", "#!/bin/sh\ncat >/dev/null\necho CANARY0helper\nexit 1\n");
    // By another process: while one of these tests has a file open for writing, a program that another starts may have it
    // open as well, and what is open for writing can't be run.
    let mut copy = Command::new("sh");
    copy.args(["-c", "cp \"$1\" \"$2\" && chmod 755 \"$2\"", "sh"]).arg(&helper).arg(helper.with_extension(""));
    assert!(copy.status().unwrap().success());
    world.file(".docker/config.json", r#"{"credsStore": "test"}"#);
    let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", &path);
    let said = world.run(&["-vv", "component", "push", "wit", "127.0.0.1:1/a", "--plain-http"]).ends(1);
    let said = said.complains(&["config.json", "docker-credential-test failed"]);
    assert!(!said.err.contains("CANARY"), "{}", said.err);
}
