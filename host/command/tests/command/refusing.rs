//! What goes wrong is told: what failed, on which key, what OSS said, whether a retry can help.

use crate::world::World;
use ossicle_emulator::{FaultAction, FaultRule, Operation};

#[test]
fn not_found() {
    let world = World::new();
    let said = world.run(&["cert", "load", "sites/a.crt"]).ends(3);
    let said = said
        .complains(&["error: can't load \"sites/a.crt\": not found", "404 NoSuchKey, EC 0026-00000001, request id "]);
    assert!(said.out.is_empty());
    said.complains(&["ossicle cert ls sites"]);
}

#[test]
fn a_wrong_secret() {
    let mut world = World::new();
    world.set("OSS_ACCESS_KEY_SECRET", "CANARY0wrong");
    world.run(&["cert", "load", "k"]).ends(1).complains(&[
        "can't load \"k\": access denied",
        "403 SignatureDoesNotMatch, EC 0002-00000201, request id ",
        "retry: will fail again",
        "the environment variable OSS_ACCESS_KEY_ID",
    ]);
    world.set("OSS_ACCESS_KEY_ID", "unknown");
    world.run(&["cert", "load", "k"]).ends(1).complains(&["InvalidAccessKeyId"]);
}

#[test]
fn no_such_bucket_is_not_the_same_as_not_found() {
    let world = World::new();
    for arguments in [&["load", "k"][..], &["exists", "k"], &["stat", "k"], &["ls"], &["rm", "k"]] {
        let said = world.run(&[&["cert", "--bucket", "nobodys"], arguments].concat()).ends(1);
        let said = said.complains(&["no such bucket", "404 NoSuchBucket", "\"nobodys\" came from the flag --bucket"]);
        assert_eq!(said.out, "");
    }
}

#[test]
fn nobody_answers() {
    let mut world = World::new();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}");
    world.set("OSS_ENDPOINT", &endpoint);
    world.run(&["cert", "load", "k", "--attempts", "1"]).ends(1).complains(&[
        "can't load \"k\": unavailable",
        "retry: may succeed later",
        &format!("at {endpoint}, by the environment variable OSS_ENDPOINT"),
    ]);
    // 2.5: a change that was never sent has not happened.
    let said = world.run_with(&["cert", "store", "k", "--attempts", "1"], b"v").ends(1);
    assert!(!said.complains(&["can't store \"k\": unavailable"]).err.contains("may have taken effect"));
}

#[test]
fn a_change_whose_answer_is_lost_may_have_happened() {
    let world = World::new();
    world.emulator.faults().add(FaultRule::new(FaultAction::LoseResponse).on(Operation::PutObject));
    let said = world.run_with(&["cert", "store", "k", "--attempts", "1"], b"v").ends(1);
    said.complains(&["may have taken effect"]);
}

#[test]
fn nobody_answers_in_time() {
    let world = World::new();
    world.emulator.set_latency(std::time::Duration::from_secs(20));
    let said = world.run(&["cert", "load", "k", "--attempts", "1", "--timeout-first-byte", "100ms"]);
    said.ends(1).complains(&["can't load \"k\": timed out"]);
}

#[test]
fn damage_is_never_given_out() {
    let world = World::new();
    world.put("k", "a value");
    world.emulator.faults().add(FaultRule::new(FaultAction::CorruptResponse { at: 2 }).on(Operation::GetObject));
    let said = world.run(&["cert", "load", "k", "-o", "out"]).ends(1).complains(&["corrupt"]);
    assert_eq!(said.out, "");
    assert!(!world.path("out").exists());
}

#[test]
fn what_passes_is_tried_again() {
    let world = World::new();
    world.emulator.faults().add(FaultRule::new(FaultAction::LoseResponse).on(Operation::PutObject).once());
    world.run_with(&["cert", "store", "k"], b"v").ends(0);
    assert_eq!(world.emulator.stats().count(Operation::PutObject), 2);
}

#[test]
fn keys_that_cannot_be() {
    let world = World::new();
    for (key, why) in [("", "empty"), ("../k", "\"..\""), ("a\nb", "control character"), ("\\k", "backslash")] {
        world.run(&["cert", "load", key]).ends(2).complains(&["invalid key", why]);
    }
    let long = "k".repeat(1024);
    world.run(&["cert", "load", &long]).ends(2).complains(&["too long"]);
    assert_eq!(world.emulator.stats().total, 0);
    // What would steer a terminal is spelled out.
    let said = world.run(&["cert", "load", "a\u{1b}[2J\u{202e}"]).ends(2).complains(&["\"a\\u{1b}[2J\\u{202e}\""]);
    assert!(!said.err.contains('\u{1b}'));
}
