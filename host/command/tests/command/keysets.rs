//! `ossicle keyset`, and what the command does with key sets.

use crate::world::World;
use serde_json::Value;

fn mode(world: &World, name: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(world.path(name)).unwrap().permissions().mode() & 0o777
}

fn info(world: &World, name: &str) -> Value {
    serde_json::from_str(&world.run(&["keyset", "info", name, "--json"]).ends(0).out).unwrap()
}

#[test]
fn a_key_set_through_its_life() {
    let world = World::new();
    let said = world.run(&["keyset", "create", "keys.json"]).ends(0);
    assert!(said.out.starts_with("keys.json made, with the key "), "{said:?}");
    assert_eq!(mode(&world, "keys.json"), 0o600);
    let text = std::fs::read_to_string(world.path("keys.json")).unwrap();
    let value =
        serde_json::from_str::<Value>(&text).unwrap()["key"][0]["keyData"]["value"].as_str().unwrap().to_owned();
    let old = info(&world, "keys.json")["primary"].clone();

    world.run(&["keyset", "create", "keys.json"]).ends(1).complains(&["keys.json"]);
    assert_eq!(std::fs::read_to_string(world.path("keys.json")).unwrap(), text, "it is not overwritten");

    std::fs::set_permissions(world.path("keys.json"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    world.run(&["keyset", "rotate", "keys.json", "-t", "XCHACHA20_POLY1305_RAW"]).ends(0);
    assert_eq!(mode(&world, "keys.json"), 0o600);
    let rotated = info(&world, "keys.json");
    assert_eq!(rotated["keys"].as_array().unwrap().len(), 2);
    assert_ne!(rotated["primary"], old);
    let new = rotated["keys"].as_array().unwrap().iter().find(|key| key["primary"] == true).unwrap();
    assert_eq!((new["type"].as_str(), new["prefix"].as_str()), (Some("XChaCha20Poly1305Key"), Some("RAW")));

    world.run(&["keyset", "add", "keys.json"]).ends(0);
    let id = old.to_string();
    world.run(&["keyset", "promote", "keys.json", &id]).ends(0);
    assert_eq!(info(&world, "keys.json")["primary"], old);
    world.run(&["keyset", "disable", "keys.json", &id]).ends(2).complains(&["keys.json", "promote another first"]);
    world.run(&["keyset", "promote", "keys.json", "4711"]).ends(2);

    for said in [world.run(&["keyset", "info", "keys.json"]), world.run(&["-vv", "keyset", "info", "keys.json"])] {
        assert!(!said.out.contains(&value) && !said.err.contains(&value));
        assert!(said.out.contains("AesGcmKey") && said.out.contains("primary"), "{said:?}");
    }
    let left: Vec<_> = std::fs::read_dir(world.home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 1, "nothing is left beside: {left:?}");
}

#[test]
fn changes_at_once_wait_for_each_other_1_4() {
    let world = World::new();
    world.run(&["keyset", "create", "keys.json"]).ends(0);
    let first = info(&world, "keys.json")["primary"].to_string();
    let changes: [&[&str]; 10] = [
        &["add", "keys.json"],
        &["add", "keys.json"],
        &["add", "keys.json"],
        &["add", "keys.json"],
        &["rotate", "keys.json"],
        &["add", "keys.json"],
        &["add", "keys.json"],
        &["add", "keys.json"],
        &["rotate", "keys.json"],
        &["enable", "keys.json", &first],
    ];
    let running: Vec<_> = changes.iter().map(|change| world.spawn(&[&["keyset"], *change].concat())).collect();
    for change in running {
        crate::world::said(change).ends(0);
    }
    let told = info(&world, "keys.json");
    assert_eq!(told["keys"].as_array().unwrap().len(), 10, "{told}");
    assert_ne!(told["primary"].to_string(), first);
}

/// As root alone: nobody else has files of two users.
#[test]
fn another_users_file_stays_his_3_3() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;
    let world = World::new();
    world.run(&["keyset", "create", "keys.json"]).ends(0);
    if std::fs::metadata(world.path("keys.json")).unwrap().uid() != 0 {
        return;
    }
    world.put("k", "value");
    world.file("value", "old");
    for name in ["keys.json", "value"] {
        chown(world.path(name), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    world.run(&["keyset", "rotate", "keys.json"]).ends(0);
    world.run(&["cert", "load", "k", "-o", "value"]).ends(0);
    for name in ["keys.json", "value"] {
        let found = std::fs::metadata(world.path(name)).unwrap();
        assert_eq!((found.uid(), found.gid(), found.mode() & 0o777), (NOBODY, NOBODY, 0o600), "{name}");
    }
    // Who can't give files away does not take one either.
    chown(world.path("keys.json"), Some(0), Some(NOBODY)).unwrap();
    std::fs::set_permissions(world.path("keys.json"), std::fs::Permissions::from_mode(0o640)).unwrap();
    std::fs::set_permissions(world.home.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let before = std::fs::read(world.path("keys.json")).unwrap();
    let rotated = world.command(&["keyset", "rotate", "keys.json"]).uid(NOBODY).gid(NOBODY).spawn().unwrap();
    crate::world::said(rotated).ends(1).complains(&["keys.json", "belongs to the user 0"]);
    assert_eq!(std::fs::read(world.path("keys.json")).unwrap(), before);
}

#[test]
fn a_key_set_that_everybody_can_read_is_worth_a_warning_3_3() {
    let world = World::new();
    world.put("k", "value");
    world.run(&["keyset", "create", "keys.json"]).ends(0);
    let outer = ["--key-encryption-key-set", "keys.json"];
    world.run(&[&["keyset", "create", "sealed.json"], &outer[..]].concat()).ends(0);
    for name in ["keys.json", "sealed.json"] {
        std::fs::set_permissions(world.path(name), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    }
    for arguments in [
        &["keyset", "info", "keys.json"][..],
        &["cert", "ls", "--key-set", "keys.json"],
        &["cert", "ls", "--key-set", "sealed.json", "--key-encryption-key-set", "keys.json"],
        &["keyset", "create", "another.json", "--key-encryption-key-set", "keys.json"],
    ] {
        let said = world.run(arguments);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(!said.err.contains("sealed.json"), "what is encrypted is no secret: {said:?}");
        said.complains(&["warning: keys.json holds a secret", "chmod 600 keys.json"]);
    }
    world.run(&["keyset", "info", "sealed.json"]).ends(0);
    // A change makes it its owner's only.
    world.run(&["keyset", "rotate", "keys.json"]).ends(0);
    world.run(&["keyset", "info", "keys.json"]).ends(0);
}

#[test]
fn encrypted_and_binary_key_sets() {
    let world = World::new();
    world.run(&["keyset", "create", "outer.json"]).ends(0);
    let encrypted = ["--key-encryption-key-set", "outer.json", "--key-encryption-associated-data", "data"];
    let run = |words: &[&str]| world.run(&[words, &encrypted].concat());
    for (name, more) in [("json", &[][..]), ("binary", &["--binary"])] {
        run(&[&["keyset", "create", name], more].concat()).ends(0);
        run(&["keyset", "rotate", name]).ends(0);
        run(&["keyset", "create", name]).ends(1);
        world.run(&["keyset", "rotate", name]).ends(2).complains(&[name]);
        run(&["cert", "store", "k", "outer.json", "--key-set", name]).ends(0);
        run(&["cert", "load", "k", "--key-set", name]).ends(0);
        world.run(&["cert", "load", "k", "--key-set", name]).ends(2).complains(&["encryption.key-set", "--key-set"]);
    }
    assert_eq!(info(&world, "json")["keys"].as_array().unwrap().len(), 2, "without the outer key set");
    // Either side of the operation is as good as the other; 6.5 has more of the kind.
    let [outer, outer_file, data, text] = encrypted;
    world.run(&["keyset", outer, outer_file, "rotate", "json", data, text]).ends(0);
    world.run(&["keyset", data, text, "rotate", "json", outer, outer_file]).ends(0);
    world
        .run(&["keyset", "rotate", "json", data, text])
        .ends(2)
        .complains(&["of use with --key-encryption-key-set alone"]);
}

#[test]
fn what_is_wrong_is_told_by_field_and_file() {
    let mut world = World::new();
    world.run(&["cert", "ls", "--key-set", "none.json"]).ends(2).complains(&["none.json", "the flag --key-set"]);
    world.file("broken.json", "{\"primaryKeyId\": 1, \"keys\": \"CANARY\"}");
    let said = world.run(&["cert", "ls", "--key-set", "broken.json"]).ends(2);
    said.complains(&["encryption.key-set", "broken.json", "--key-set"]);
    world.run(&["keyset", "info", "broken.json"]).ends(2).complains(&["broken.json"]);
    world.run(&["keyset", "create", "k", "-t", "AES256_EAX"]).ends(2).complains(&["AES256_GCM"]);
    world.run(&["cert", "ls", "--clear-values", "all"]).ends(2).complains(&["encryption.clear-values", "no key set"]);
    world.set("OSSICLE_KEY_ENCRYPTION_KEY_SET_FILE", "x");
    world.run(&["cert", "ls"]).ends(2).complains(&["OSSICLE_KEY_ENCRYPTION_KEY_SET_FILE"]);
    assert_eq!(world.emulator.stats().total, 0);
}

#[test]
fn a_storage_moves_from_clear_to_one_key_and_to_another() {
    let mut world = World::new();
    for number in 0..30 {
        world.put(&format!("sites/{number}.crt"), "-----BEGIN CERTIFICATE-----\n");
    }
    world.run(&["cert", "reencrypt"]).ends(2).complains(&["no key set", "ossicle keyset create"]);
    world.run(&["keyset", "create", "keys.json"]).ends(0);
    world.set("OSSICLE_KEY_SET_FILE", "keys.json");
    let said = world.run(&["cert", "load", "sites/1.crt"]).ends(1);
    said.complains(&["corrupt"]);

    world.set("OSSICLE_CLEAR_VALUES", "recognised");
    let said = world.run(&["cert", "load", "sites/1.crt"]);
    assert!(said.code == 0 && said.err.contains("in clear"), "{said:?}");
    assert!(world.run(&["cert", "stat", "sites/1.crt"]).ends(0).out.contains("in clear"));
    let stat: Value = serde_json::from_str(&world.run(&["cert", "stat", "sites/1.crt", "--json"]).ends(0).out).unwrap();
    assert_eq!(stat["protection"], serde_json::json!({"sealed": false}));

    // One that can't be opened is told, counted, and in nobody's way.
    world.emulator.bucket(crate::world::BUCKET).put_raw("sites/broken", vec![0xff; 60]);
    let said = world.run(&["cert", "reencrypt", "--at-once", "4", "--json"]);
    assert_eq!(said.code, 1, "{said:?}");
    let told: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(told["reencrypted"]["from_clear"], 30);
    assert_eq!(told["failed"][0]["key"], "sites/broken");
    assert!(said.err.contains("some-failed"), "{}", said.err);
    world.run(&["cert", "reencrypt", "sites/broken"]).ends(1).complains(&["sites/broken"]);
    world.run(&["cert", "rm", "sites/broken"]).ends(0);
    world.unset("OSSICLE_CLEAR_VALUES");

    let said = world.run(&["cert", "reencrypt"]).ends(0);
    assert_eq!(said.out, "sealed with the primary key: 0 that were in clear, 0 of another key; 30 were already\n");
    world.run(&["keyset", "rotate", "keys.json"]).ends(0);
    let said = world.run(&["cert", "reencrypt", "sites/7.crt"]).ends(0);
    assert!(said.out.contains("1 of another key; 0 were already"), "{said:?}");
    let said = world.run(&["cert", "reencrypt", "sites"]).ends(0);
    assert!(said.out.contains("29 of another key; 1 were already"), "{said:?}");
    assert_eq!(world.run(&["cert", "load", "sites/7.crt"]).ends(0).out, "-----BEGIN CERTIFICATE-----\n");
    assert!(!String::from_utf8_lossy(&world.stored("sites/7.crt").unwrap()).contains("BEGIN"));
}
