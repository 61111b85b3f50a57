//! No secret, signature or value in any output, however much is asked for. [`World::run`] looks for the secrets.

use crate::world::World;

#[test]
fn the_log_shows_requests_and_no_secrets() {
    let mut world = World::new();
    world.emulator.add_key(ossicle_emulator::AccessKey::new("temporary", "CANARY0sts").token("CANARY0token"));
    world
        .set("OSS_ACCESS_KEY_ID", "temporary")
        .set("OSS_ACCESS_KEY_SECRET", "CANARY0sts")
        .set("OSS_SESSION_TOKEN", "CANARY0token");
    for (log, signature) in [("", "v4"), ("", "v1"), ("trace", "v4"), ("trace", "v1")] {
        world.set("RUST_LOG", log);
        world.set("OSSICLE_SIGNATURE", signature);
        let store = world.run_with(&["cert", "-vv", "store", "k"], b"CANARY0value");
        assert_eq!(store.code, 0);
        let said = world.run(&["cert", "-vv", "stat", "k"]);
        assert_eq!(said.code, 0);
        let said = said.complains(&["request answered", "request_id"]);
        for word in ["Authorization", "authorization", "Signature=", "OSS4-HMAC"] {
            assert!(!said.err.contains(word) && !store.err.contains(word), "{word} shows at {log}:\n{}", said.err);
        }
    }
    world.set("RUST_LOG", "").set("OSS_SESSION_TOKEN", "CANARY0other");
    assert_eq!(world.run(&["cert", "-vv", "load", "k"]).code, 1);
}

#[test]
fn nothing_is_logged_unless_asked_for() {
    let world = World::new();
    assert_eq!(world.run(&["cert", "ls"]).ends(0).err, "");
    let said = world.run(&["cert", "-v", "ls"]);
    assert!(said.err.contains("request answered"));
}
