//! `ossicle component push`, into folders and to servers that are none. Registries judge the rest (`tests/judges`).

use crate::world::World;
use std::fs;
use std::net::TcpListener;
use std::process::Command;

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
    assert_eq!(index["manifests"].as_array().unwrap().len(), kinds.len());
    // Without a tag it is the version.
    let printed = world.run(&["component", "push", "wit", "oci:artifacts"]).ends(0).out;
    assert!(printed.starts_with(concat!("oci:artifacts:", env!("CARGO_PKG_VERSION"), "@sha256:")), "{printed}");
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
