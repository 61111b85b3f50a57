//! `ossicle blob`: what goes in comes out, and what was interrupted is gone on with.

#[cfg(unix)]
mod interrupted;

use crate::world::{SECRET, Said, World, said, until};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use std::fs;

/// Bytes that are no text, and differ from place to place.
fn bytes(length: usize) -> Vec<u8> {
    (0..length as u64).map(|place| (place.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

fn blob(world: &World, arguments: &[&str]) -> Said {
    world.run(&[&["blob"], arguments].concat())
}

#[test]
fn by_files_and_by_standard_streams() {
    let world = World::new();
    let content = bytes(3_000_000);
    world.file("in.tar", &content);
    let said = blob(&world, &["put", "/images/a.tar", "in.tar", "--part-size", "100KiB"]).ends(0);
    assert_eq!(said.out, "stored /images/a.tar (2.9 MiB)\n");
    assert!(world.stored("images/a.tar").unwrap() == content);
    blob(&world, &["get", "/images/a.tar"]).ends(0);
    assert!(fs::read(world.path("a.tar")).unwrap() == content);
    let said = blob(&world, &["get", "/images/a.tar", "tail", "--offset", "2999999"]).ends(0);
    assert_eq!(said.out, "got /images/a.tar (1 B) into tail\n");
    assert_eq!(fs::read(world.path("tail")).unwrap(), content[2_999_999..]);

    world.run_with(&["blob", "put", "-q", "/b"], &content).ends(0);
    assert!(blob(&world, &["cat", "/b"]).ends(0).bytes == content);
    assert!(blob(&world, &["cat", "/b", "--offset", "1000000"]).ends(0).bytes == content[1_000_000..]);
    assert_eq!(blob(&world, &["cat", "/b", "--offset", "3000000"]).ends(0).bytes, b"");
    // An empty file is a file.
    world.run_with(&["blob", "put", "/empty", "-"], b"").ends(0);
    assert_eq!(world.stored("empty").unwrap(), b"");
    assert!(world.emulator.bucket("certificates").uploads().is_empty());
}

/// 4.12: a hyphen is standard output, as elsewhere.
#[test]
fn a_hyphen_is_no_file() {
    let world = World::new();
    world.put("f", "content");
    assert_eq!(blob(&world, &["get", "/f", "-"]).ends(0).out, "content");
    assert_eq!(blob(&world, &["get", "/f", "-", "--offset", "3"]).ends(0).out, "tent");
    blob(&world, &["get", "/f", "-", "--json"]).ends(2).complains(&["--json"]);
    assert!(!world.path("-").exists());
    assert_eq!(world.run(&["cert", "load", "f", "-o", "-"]).ends(0).out, "content");
}

/// 4.12: what can't be an offset is a mistake in the arguments.
#[test]
fn a_negative_offset_is_a_mistake() {
    let world = World::new();
    for arguments in
        [&["cat", "/f", "--offset", "-5"][..], &["get", "/f", "--offset", "-5"], &["put", "/f", "--offset=-5"]]
    {
        blob(&world, arguments).ends(2).complains(&["must be a number of bytes, 0 or more"]);
    }
    assert_eq!(world.emulator.stats().total, 0);
}

#[test]
fn at_an_offset_and_at_the_end() {
    let world = World::new();
    world.put("f", "0123456789");
    world.run_with(&["blob", "put", "/f", "--offset", "4"], b"XY").ends(0);
    assert_eq!(world.stored("f").unwrap(), b"0123XY");
    world.run_with(&["blob", "put", "/f", "--append"], b"Z").ends(0);
    assert_eq!(world.stored("f").unwrap(), b"0123XYZ");
    let said = world.run_with(&["blob", "--json", "put", "/f", "--append"], b"!").ends(0);
    assert_eq!(said.out, "{\"path\":\"/f\",\"size\":8,\"written\":1}\n");
    world.run_with(&["blob", "put", "/new", "--append"], b"x").ends(3);
    world
        .run_with(&["blob", "put", "/f", "--offset", "-1"], b"x")
        .ends(2)
        .complains(&["must be a number of bytes, 0 or more"]);
    world.run_with(&["blob", "put", "/f", "--resume"], b"x").ends(3).complains(&["no upload for \"/f\" waits"]);
}

#[test]
fn looking_moving_and_removing() {
    let world = World::new();
    for key in ["d/a", "d/b/c", "d-/x", "e"] {
        world.put(key, key);
    }
    assert_eq!(blob(&world, &["ls"]).ends(0).out, "/d\n/d-\n/e\n");
    assert_eq!(blob(&world, &["ls", "/d"]).ends(0).out, "/d/a\n/d/b\n");
    assert_eq!(blob(&world, &["ls", "/e"]).ends(0).out, "/e\n");
    assert_eq!(blob(&world, &["walk"]).ends(0).out, "/d\n/d/a\n/d/b\n/d/b/c\n/d-\n/d-/x\n/e\n");
    assert_eq!(blob(&world, &["walk", "--start-after", "/d/b/c"]).ends(0).out, "/d-\n/d-/x\n/e\n");
    assert_eq!(blob(&world, &["walk", "--start-after", "/d~"]).ends(0).out, "/e\n");
    let before = world.emulator.requests().len();
    let long = blob(&world, &["ls", "-l", "/d"]).ends(0).out;
    // Sizes and times come with the listing, however many entries there are.
    assert_eq!(world.emulator.requests().len() - before, 2);
    let lines: Vec<Vec<&str>> = long.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!((lines[0][0], lines[0][4]), ("3", "/d/a"), "{long}");
    assert_eq!(lines[1], ["-", "-", "/d/b/"], "{long}");
    let walked = blob(&world, &["walk", "/d", "--json"]).ends(0).out;
    assert!(walked.starts_with("{\"kind\":\"file\",\"modified\":\""), "{walked}");

    assert!(blob(&world, &["stat", "/d/a"]).ends(0).out.contains("size     3 B\n"));
    assert_eq!(blob(&world, &["stat", "/d"]).ends(0).out, "path     /d\nkind     directory\n");
    blob(&world, &["stat", "/no"]).ends(3).complains(&["can't look at \"/no\": not found", "ossicle blob ls /"]);

    assert_eq!(blob(&world, &["mv", "/e", "/d/e"]).ends(0).out, "moved /e to /d/e\n");
    blob(&world, &["rm", "/d"]).ends(2).complains(&["is a directory", "-r"]);
    assert_eq!(blob(&world, &["rm", "/d/e"]).ends(0).out, "removed /d/e\n");
    blob(&world, &["rm", "-r", "/d"]).ends(0);
    blob(&world, &["rm", "/d"]).ends(3);
    assert_eq!(blob(&world, &["rm", "-f", "/d"]).ends(0).out, "nothing to remove: /d\n");
    assert_eq!(blob(&world, &["walk"]).ends(0).out, "/d-\n/d-/x\n");
}

/// What contract 0.4 brought: copies, pages, several files at once, parts of files, and nothing replaced that is there.
#[test]
fn copies_pages_parts_and_what_is_not_replaced() {
    let world = World::new();
    world.file("in", "0123456789");
    blob(&world, &["put", "/d/a", "in", "--content-type", "text/plain"]).ends(0);
    assert_eq!(blob(&world, &["cp", "/d/a", "/d/b"]).ends(0).out, "copied /d/a to /d/b\n");
    assert_eq!(world.stored("d/b").unwrap(), b"0123456789");
    let info = world.emulator.bucket(crate::world::BUCKET).info("d/b").unwrap();
    assert_eq!(info.content_type.as_deref(), Some("text/plain"));

    world.file("other", "other");
    blob(&world, &["put", "-n", "/d/a", "other"]).ends(1).complains(&["\"/d/a\""]);
    assert_eq!(blob(&world, &["uploads", "/"]).ends(0).out, "", "nothing of it is kept");
    blob(&world, &["put", "-n", "--offset", "0", "/d/a", "other"]).ends(1);
    blob(&world, &["cp", "--no-clobber", "/d/b", "/d/a"]).ends(1);
    blob(&world, &["mv", "-n", "/d/b", "/d/a"]).ends(1);
    assert_eq!(world.stored("d/a").unwrap(), b"0123456789");
    blob(&world, &["put", "-n", "/d/c", "other"]).ends(0);
    let copied = blob(&world, &["--json", "cp", "-n", "/d/c", "/d/e/f"]).ends(0).out;
    assert_eq!(copied.trim_end(), r#"{"destination":"/d/e/f","source":"/d/c"}"#);
    blob(&world, &["cp", "/no", "/d/x"]).ends(3).complains(&["can't copy \"/no\""]);

    assert_eq!(blob(&world, &["cat", "/d/a", "--offset", "3", "--length", "4"]).ends(0).out, "3456");
    blob(&world, &["get", "/d/a", "part", "--length", "2"]).ends(0);
    assert_eq!(fs::read(world.path("part")).unwrap(), b"01");

    let page = blob(&world, &["ls", "/d", "--limit", "2"]);
    assert_eq!((page.code, page.out.as_str()), (0, "/d/a\n/d/b\n"));
    assert!(page.err.contains("--start-after \"/d/b\""), "{}", page.err);
    assert_eq!(blob(&world, &["ls", "/d", "--start-after", "/d/b"]).ends(0).out, "/d/c\n/d/e\n");
    let page = blob(&world, &["--json", "ls", "/d", "--limit", "1"]).ends(0).out;
    assert_eq!(page.trim_end(), r#"{"entries":[{"path":"/d/a"}],"next":"/d/a"}"#);
    blob(&world, &["ls", "/d", "--limit", "1001"]).ends(2);

    blob(&world, &["rm", "-r", "/d/a", "/d/b"]).ends(2).complains(&["single path"]);
    let removed = blob(&world, &["rm", "/d/a", "/d/b", "/d/e"]).ends(0);
    assert_eq!(removed.out, "removed /d/a\nremoved /d/b\nremoved /d/e\n");
    assert_eq!(blob(&world, &["walk"]).ends(0).out, "/d\n/d/c\n/d/e\n/d/e/f\n", "what is below /d/e is not touched");
    blob(&world, &["--json", "rm", "/d/c", "/d/e/f"]).ends(0);
    assert_eq!(blob(&world, &["walk"]).ends(0).out, "");
}

#[test]
fn a_url_is_printed_and_shown_nowhere_else() {
    let world = World::new();
    world.put("f", "content");
    let said = world.run(&["blob", "url", "/f", "--expires", "90s", "-vv"]);
    assert_eq!(said.code, 0, "{said:?}");
    let url = said.out.trim_end();
    assert!(url.starts_with(&world.emulator.endpoint()) && url.contains("x-oss-expires=90"), "{url}");
    assert!(!said.err.contains("x-oss-signature") && !said.err.contains(SECRET), "{}", said.err);
    for span in ["8d", "0s"] {
        blob(&world, &["url", "/f", "--expires", span]).ends(2).complains(&["unsupported"]);
    }
    blob(&world, &["url", "/f", "--expires", "soon"]).ends(2);
}

/// Signed URLs may lead to another host than the command's requests, by a flag, the environment and a file.
#[test]
fn a_url_leads_to_the_endpoint_for_urls() {
    let mut world = World::new();
    let leads = |said: Said, to: &str| assert!(said.ends(0).out.starts_with(to));
    let flags = ["url", "/f", "--url-endpoint", "https://cdn.example.com/", "--url-addressing", "custom-domain"];
    leads(blob(&world, &flags), "https://cdn.example.com/f?");
    blob(&world, &["url", "/f", "--url-addressing", "path"]).ends(2).complains(&["--url-addressing", "url-endpoint"]);
    blob(&world, &["url", "/f", "--url-endpoint", "a.example.com/b"]).ends(2).complains(&["--url-endpoint", "path"]);
    world.set("OSSICLE_URL_ENDPOINT", "accelerate");
    leads(blob(&world, &["url", "/f"]), "https://certificates.oss-accelerate.aliyuncs.com/f?");
}

#[test]
fn what_can_not_work_is_said_before_anything_is_sent() {
    let world = World::new();
    for (arguments, code, complaint) in [
        (&["stat", "no-slash"][..], 2, "invalid key"),
        (&["cat", "/f", "--json"], 2, "--json"),
        (&["put", "/f", "no-such-file"], 1, "can't read \"no-such-file\""),
        (&["put", "/f", "."], 1, "can't read \".\""),
        (&["ls", "--part-size", "big"], 2, "blobs.part-size"),
        (&["ls", "--part-size", "1"], 2, "part-size"),
        (&["ls", "--parts-in-flight", "65"], 2, "blobs.parts-in-flight"),
        (&["uploads", "--remove"], 2, "--older-than"),
        (&["put", "/f", "--resume", "--append"], 2, "--append"),
        (&["ls", "--registry", "--bucket", "b"], 2, "--bucket"),
        (&["ls", "--registry"], 2, "bucket: must be given"),
        (&["ls", "--registry", "--parameter", "accesskeysecret=x"], 2, "accesskeysecret"),
    ] {
        blob(&world, arguments).ends(code).complains(&[complaint]);
    }
    assert_eq!(world.emulator.stats().total, 0);
}

#[test]
fn options_come_from_the_file_as_well() {
    let world = World::new();
    world.config("[blobs]\npart-size = \"100KiB\"\nencryption = \"aes256\"\nstorage-class = \"infrequent-access\"\n");
    world.run_with(&["blob", "put", "/f"], &bytes(350_000)).ends(0);
    let parts = world.emulator.requests().iter().filter(|request| request.operation.name() == "UploadPart").count();
    assert_eq!(parts, 4);
    let info = world.emulator.bucket("certificates").info("f").unwrap();
    assert_eq!((info.encryption.unwrap().0.as_str(), info.storage_class.as_deref()), ("AES256", Some("IA")));
    world.config("[blobs]\npart-sise = 1\n");
    blob(&world, &["ls"]).ends(2).complains(&["ossicle.toml, line 2", "\"part-size\" in the table [blobs]"]);
}

/// 1.5: in a shared bucket there are other programs' uploads, for names that are no paths.
#[test]
fn uploads_that_are_not_shown_are_not_removed() {
    let world = World::new();
    let bucket = world.emulator.bucket("certificates");
    for key in ["images/a.tar", "images/b", "backup 2026+x.tar"] {
        bucket.upload_raw(key, "part", 1);
    }
    let shown = blob(&world, &["uploads"]).ends(0).out;
    assert_eq!(shown.lines().count(), 2, "{shown}");
    let as_json = blob(&world, &["uploads", "--json"]).ends(0).out;
    assert!(as_json.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "{as_json}");
    let said = blob(&world, &["uploads", "/images/b", "--older-than", "0s", "--remove", "--json"]).ends(0).out;
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("\"path\":\"/images/b\",\"removed\":true"), "{said}");
    let said = blob(&world, &["uploads", "--older-than", "0s", "--remove"]).ends(0).out;
    assert!(said.contains("/images/a.tar\nremoved 1\n") && !said.contains("backup"), "{said}");
    assert_eq!(bucket.uploads().iter().map(|upload| upload.key.as_str()).collect::<Vec<_>>(), ["backup 2026+x.tar"]);
}

/// 1.10: by every name that the ACL has.
#[test]
fn what_is_written_is_private_unless_told_otherwise() {
    let mut world = World::new();
    let acl = |world: &World, path: &str| world.emulator.bucket("certificates").info(path).unwrap().acl;
    world.run_with(&["blob", "put", "/f"], b"x").ends(0);
    world.run_with(&["cert", "store", "k"], b"x").ends(0);
    for path in ["f", "k"] {
        assert_eq!(acl(&world, path).as_deref(), Some("private"), "{path}");
    }
    world.run_with(&["blob", "put", "/f", "--acl", "default"], b"x").ends(0);
    assert_eq!(acl(&world, "f"), None);
    world.set("OSSICLE_ACL", "default").run_with(&["cert", "store", "k"], b"x").ends(0);
    assert_eq!(acl(&world, "k"), None);
    world.run_with(&["cert", "store", "k", "--acl", "private"], b"x").ends(0);
    assert_eq!(acl(&world, "k").as_deref(), Some("private"));
    world.set("OSSICLE_ACL", "public-read").run(&["cert", "ls"]).ends(2).complains(&["acl: ", "OSSICLE_ACL"]);
    world.unset("OSSICLE_ACL").file("acl.toml", "acl = \"default\"\n");
    world.run_with(&["blob", "put", "/g", "--config", "acl.toml"], b"x").ends(0);
    assert_eq!(acl(&world, "g"), None);
}

/// 1.3: a file that is cut while it is read is never taken for the whole, whichever way it is stored; one that grows is.
#[test]
fn a_file_that_changes_its_length_while_it_is_read() {
    for way in [&[][..], &["--offset", "0"], &["--offset", "3"], &["--append"]] {
        for (grows, expected) in [(true, 0), (false, 1)] {
            let world = World::new();
            world.put("f", "before");
            world.file("in", bytes(2_000_000));
            // Long enough for the file to change after its length was seen, and before its end is read.
            world.emulator.set_latency(std::time::Duration::from_millis(300));
            let child = world.spawn(&[&["blob", "put", "/f", "in", "--part-size", "100KiB"], way].concat());
            until("a request", || world.emulator.stats().in_flight > 0);
            let file = fs::OpenOptions::new().write(true).open(world.path("in")).unwrap();
            file.set_len(if grows { 2_100_000 } else { 1_900_000 }).unwrap();
            let told = said(child);
            assert_eq!(told.code, expected, "{way:?} {told:?}");
            if grows {
                assert!(world.stored("f").unwrap().len() >= 2_100_000, "{way:?}");
            } else {
                told.complains(&["can't read \"in\"", "became shorter", "100000 of its 2000000 bytes are missing"]);
                assert_eq!(world.stored("f").unwrap(), b"before", "{way:?}");
            }
        }
    }
}

/// 1.3: a length of 0 says nothing of what the kernel makes as it is read.
#[cfg(target_os = "linux")]
#[test]
fn a_file_whose_length_is_unknown_is_stored_whole() {
    let world = World::new();
    blob(&world, &["put", "/f", "/proc/version"]).ends(0);
    assert_eq!(world.stored("f").unwrap(), fs::read("/proc/version").unwrap());
}

/// 6.4: what ended an upload is told in full, and a way on only where there is one.
#[test]
fn an_upload_that_can_not_be_gone_on_with() {
    let world = World::new();
    let content = bytes(300_000);
    world.file("in", &content);
    let bucket = world.emulator.bucket("certificates");
    bucket.upload_raw("f", content[..50_000].to_vec(), 1);
    let said = blob(&world, &["put", "/f", "in", "--resume"]).ends(1).complains(&[
        "unsupported; 48.8 KiB of \"/f\" are stored",
        "ends in a part of less than 100 KiB",
        "will fail again unless something changes",
        "it can't be gone on with: without --resume it is begun anew",
        "ossicle blob uploads --older-than 0s --remove /f",
    ]);
    assert!(!said.err.contains("go on with it:"), "{}", said.err);
    let said = blob(&world, &["--json", "put", "/f", "in", "--resume"]).ends(1);
    let document: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!((&document["error"]["kind"], &document["error"]["retryable"]), (&"suspended".into(), &false.into()));
    assert!(document["error"]["message"].as_str().unwrap().contains("less than 100 KiB"), "{document}");
    // An end that is the file's end can be committed.
    world.file("half", &content[..50_000]);
    blob(&world, &["put", "/f", "half", "--resume"]).ends(0);
    assert!(world.stored("f").unwrap() == content[..50_000]);

    // What OSS said is told as well, and then there is a way on.
    world.file("more", bytes(250_000));
    let action = FaultAction::Error {
        status: 403,
        code: "AccessDenied".into(),
        message: "not this part".into(),
        ec: "0003-00000001".into(),
    };
    world.emulator.faults().add(FaultRule::new(action).on(Operation::UploadPart).once());
    blob(&world, &["put", "/g", "more", "--part-size", "100KiB"]).ends(1).complains(&[
        "access denied; ",
        "403 AccessDenied, EC 0003-00000001, request id ",
        "not this part",
        "go on with it: ossicle blob put --resume /g more",
    ]);
}
