//! What goes in comes out: by files, by standard input and output.

use crate::world::World;
use std::fs;

const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

#[test]
fn by_files() {
    let world = World::new();
    world.file("in.crt", PEM);
    let said = world.run(&["cert", "store", "sites/a.crt", "in.crt"]).ends(0);
    assert_eq!(said.out, "stored sites/a.crt (59 B)\n");
    assert_eq!(world.stored("sites/a.crt").unwrap(), PEM.as_bytes());

    world.run(&["cert", "load", "sites/a.crt", "-o", "out.crt"]).ends(0);
    assert_eq!(fs::read_to_string(world.path("out.crt")).unwrap(), PEM);
    // Over what is there, and with nothing left beside.
    world.run_with(&["cert", "store", "-q", "sites/a.crt"], b"another").ends(0);
    world.run(&["cert", "load", "sites/a.crt", "--output", "out.crt"]).ends(0);
    assert_eq!(fs::read_to_string(world.path("out.crt")).unwrap(), "another");
    let names: Vec<_> = fs::read_dir(world.home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn by_standard_input_and_output() {
    let world = World::new();
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    for dash in [&["cert", "store", "k"][..], &["cert", "store", "k", "-"]] {
        world.run_with(dash, &bytes).ends(0);
        assert_eq!(world.run(&["cert", "load", "k"]).ends(0).bytes, bytes);
        assert_eq!(world.run(&["cert", "load", "k", "-o", "-"]).ends(0).bytes, bytes);
        world.run(&["cert", "rm", "k"]).ends(0);
    }
}

#[test]
fn what_must_not_be_stored_is_not() {
    let world = World::new();
    world.put("k", "before");
    let empty = world.run(&["cert", "store", "k"]).ends(2);
    empty.complains(&["standard input is empty", "--allow-empty"]);
    let large = vec![0; (16 << 20) + 1];
    world.run_with(&["cert", "store", "k"], &large).ends(2).complains(&["larger than a value may be (16.0 MiB)"]);
    world.run(&["cert", "store", "k", "no-such-file"]).ends(1).complains(&["can't read \"no-such-file\""]);
    assert_eq!(world.emulator.stats().total, 0);

    world.run(&["cert", "store", "k", "--allow-empty"]).ends(0);
    assert_eq!(world.stored("k").unwrap(), b"");
}

#[test]
fn listing() {
    let world = World::new();
    assert_eq!(world.run(&["cert", "ls"]).ends(0).out, "");
    for key in ["sites/a.crt", "sites/a.key", "sites/b/b.crt", "top"] {
        world.put(key, key);
    }
    assert_eq!(world.run(&["cert", "ls"]).ends(0).out, "sites\ntop\n");
    assert_eq!(world.run(&["cert", "ls", "sites/"]).ends(0).out, "sites/a.crt\nsites/a.key\nsites/b\n");
    let all = world.run(&["cert", "ls", "-r"]).ends(0);
    assert_eq!(all.out, "sites\nsites/a.crt\nsites/a.key\nsites/b\nsites/b/b.crt\ntop\n");
    // As `ls` does, a file is told as itself.
    assert_eq!(world.run(&["cert", "ls", "top"]).ends(0).out, "top\n");

    let long = world.run(&["cert", "ls", "-l"]).ends(0).out;
    let lines: Vec<Vec<&str>> = long.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["-", "-", "sites/"]);
    assert_eq!((lines[1][0], lines[1][1], lines[1][4]), ("3", "B", "top"));
    assert!(lines[1][3].ends_with('Z'), "{long}");
    world.run(&["cert", "ls", "nowhere"]).ends(3).complains(&["can't list \"nowhere\": not found"]);
}

#[test]
fn class_and_encryption_come_from_flags_the_environment_and_the_file() {
    let mut world = World::new();
    let kept = |world: &World, key: &str| {
        let info = world.emulator.bucket("certificates").info(key).unwrap();
        (info.storage_class, info.encryption.map(|(way, _)| way))
    };
    let told = |class: &str, way: &str| (Some(class.to_owned()), Some(way.to_owned()));
    world.config("[certificates]\nstorage-class = \"infrequent-access\"\nserver-side-encryption = \"aes256\"\n");
    world.run_with(&["cert", "store", "file"], b"v").ends(0);
    assert_eq!(kept(&world, "file"), told("IA", "AES256"));
    world.set("OSSICLE_CERT_SERVER_SIDE_ENCRYPTION", "sm4");
    world.run_with(&["cert", "store", "-n", "environment"], b"v").ends(0);
    assert_eq!(kept(&world, "environment"), told("IA", "SM4"));
    let flags = ["--storage-class", "standard", "--server-side-encryption", "kms-sm4"];
    world.run_with(&[&["cert", "store", "flags"], &flags[..]].concat(), b"v").ends(0);
    assert_eq!(kept(&world, "flags").1.as_deref(), Some("KMS"));
    world.run(&["cert", "ls", "--kms-key-id", "key"]).ends(2).complains(&["certificates.kms-key-id", "--kms-key-id"]);
    world.config("[certificates]\nstorage-clas = 1\n");
    world.run(&["cert", "ls"]).ends(2).complains(&["line 2", "\"storage-class\" in the table [certificates]"]);
}

#[test]
fn no_clobber_keeps_what_is_there() {
    let world = World::new();
    world.run_with(&["cert", "store", "-n", "k"], b"first").ends(0);
    let said = world.run_with(&["cert", "store", "--no-clobber", "k"], b"second");
    said.ends(1).complains(&["can't store \"k\""]);
    assert_eq!(world.stored("k").unwrap(), b"first");
}

/// 4.11: `exists` said yes, `ls` was empty and silent, and `rm` without -r removed what it had not shown.
#[test]
fn what_no_key_can_name_is_counted() {
    let world = World::new();
    world.put("q//x", "1");
    world.put("q/a\u{1}b", "2");
    world.run(&["cert", "exists", "q"]).ends(0);
    let said = world.run(&["cert", "ls", "q"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{said:?}");
    said.complains(&["2 left out: no key can name them"]);
    assert_eq!(world.run(&["cert", "ls", "q", "--json"]).ends(0).out, "{\"entries\":[],\"left_out\":2}\n");
    world.run(&["cert", "ls", "q", "-q"]).ends(0);
    world.run(&["cert", "rm", "q"]).ends(2).complains(&["is a directory", "-r"]);
    assert_eq!(world.stored("q//x").unwrap(), b"1");
    world.put("d/a b", "3");
    let said = world.run(&["blob", "ls", "/d"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{said:?}");
    said.complains(&["1 left out: their names are no paths"]);
    world.run(&["cert", "rm", "-r", "q"]).ends(0);
    world.run(&["cert", "exists", "q"]).ends(3);
}

#[test]
fn a_long_listing_asks_no_more_than_a_short_one() {
    let world = World::new();
    for number in 0..200 {
        world.put(&format!("k{number:03}"), "v");
    }
    let before = world.emulator.stats().total;
    assert_eq!(world.run(&["cert", "ls", "-l"]).ends(0).out.lines().count(), 200);
    assert_eq!(world.emulator.stats().total - before, 1);
}

#[test]
fn looking() {
    let world = World::new();
    world.put("sites/a.crt", &"x".repeat(2000));
    let file = world.run(&["cert", "stat", "sites/a.crt"]).ends(0).out;
    assert!(file.contains("kind     file\nsize     2.0 KiB (2000 bytes)\nmodified 2"), "{file}");
    let directory = world.run(&["cert", "stat", "sites"]).ends(0).out;
    assert!(directory.contains("kind     directory\nmodified 2"), "{directory}");
    world.run(&["cert", "stat", "no"]).ends(3).complains(&["can't look at \"no\": not found"]);

    assert_eq!(world.run(&["cert", "exists", "sites"]).ends(0).out, "yes\n");
    let absent = world.run(&["cert", "exists", "no"]).ends(3);
    assert_eq!((absent.out.as_str(), absent.err.as_str()), ("no\n", ""));
    assert_eq!(world.run(&["cert", "exists", "no", "-q"]).ends(3).out, "");
}

#[test]
fn removing() {
    let world = World::new();
    world.put("sites/a.crt", "a");
    world.put("sites/b.crt", "b");
    world.put("other", "o");
    assert_eq!(world.run(&["cert", "rm", "sites/a.crt"]).ends(0).out, "removed sites/a.crt\n");
    // A directory goes only when that was said.
    world.run(&["cert", "rm", "sites"]).ends(2).complains(&["\"sites\" is a directory", "-r"]);
    assert!(world.stored("sites/b.crt").is_some());
    world.run(&["cert", "rm", "-r", "sites"]).ends(0);
    assert!(world.stored("sites/b.crt").is_none() && world.stored("other").is_some());

    world.run(&["cert", "rm", "sites"]).ends(3);
    world.run(&["cert", "rm", "-f", "sites"]).ends(0);
    for nothing in ["", "/", "."] {
        world.run(&["cert", "rm", "-rf", nothing]).ends(2).complains(&["invalid key"]);
    }
    assert!(world.stored("other").is_some());
}

#[test]
fn a_root_stands_before_every_key() {
    let mut world = World::new();
    world.run_with(&["cert", "--root", "production", "store", "k"], b"v").ends(0);
    assert!(world.stored("production/k").is_some());
    world.set("OSSICLE_ROOT", "production");
    assert_eq!(world.run(&["cert", "ls"]).ends(0).out, "k\n");
    assert_eq!(world.run(&["cert", "ls", "--root", "elsewhere"]).ends(0).out, "");
}

#[test]
fn both_signatures_are_verified() {
    let mut world = World::new();
    world.put("k", "v");
    world.run(&["cert", "load", "k"]).ends(0);
    world.run(&["cert", "load", "k", "--signature", "v1"]).ends(0);
    world.set("OSSICLE_SIGNATURE", "v1").run(&["cert", "load", "k"]).ends(0);
    let kinds: Vec<_> =
        world.emulator.requests().iter().map(|request| format!("{:?}", request.signature.unwrap())).collect();
    assert_eq!(kinds, ["V4Header", "V1Header", "V1Header"]);
}

#[cfg(unix)]
#[test]
fn what_is_loaded_is_its_owners_only() {
    use std::os::unix::fs::MetadataExt;
    let world = World::new();
    world.put("a.key", "private");
    world.run(&["cert", "load", "a.key", "-o", "a.key"]).ends(0);
    assert_eq!(fs::metadata(world.path("a.key")).unwrap().mode() & 0o777, 0o600);
    let said = world.run(&["cert", "load", "a.key", "-o", "no/such/folder"]).ends(1);
    assert!(!said.err.contains(".ossicle-"), "the name of a temporary file: {said:?}");
    said.complains(&["can't write \"no/such/folder\": No such file or directory"]);
    world.run(&["cert", "load", "a.key", "-o", "/dev/null"]).ends(0);
    assert_eq!(world.run(&["cert", "load", "a.key", "-qo", "/dev/stdout"]).ends(0).out, "private");
}
