//! Symlinks, archived objects, and the ACL of appends.

mod support;

use std::time::{Duration, UNIX_EPOCH};

use support::{ask, emulator, get, put};

#[tokio::test]
async fn a_symlink_is_read_as_its_target() {
    let emulator = emulator().await;
    let link = |target: &str| ask("PUT", "plain", "link").query("symlink").header("x-oss-symlink-target", target);
    let made = link("dir%2F%C3%BC").header("x-oss-meta-a", "1").send(&emulator).await;
    assert!(made.status == 200 && !made.header("etag").is_empty());
    assert_eq!(get(&emulator, "plain", "link").await.error().1, "SymlinkTargetNotExist");
    put(&emulator, "plain", "dir/ü", "value").await;
    let told = get(&emulator, "plain", "link").await;
    assert_eq!((told.text().as_str(), told.header("x-oss-object-type")), ("value", "Symlink"));
    assert_eq!((told.header("x-oss-meta-a"), told.header("content-length")), ("1", "5"));
    let head = ask("HEAD", "plain", "link").send(&emulator).await;
    assert_eq!((head.header("content-length"), head.header("etag")), ("5", told.header("etag")));
    let of = |key: &'static str| ask("GET", "plain", key).query("symlink");
    assert_eq!(of("link").send(&emulator).await.header("x-oss-symlink-target"), "dir/%C3%BC");
    assert_eq!(of("dir/ü").send(&emulator).await.error().1, "NotSymlink");
    assert_eq!(of("absent").send(&emulator).await.error().1, "NoSuchKey");
    assert!(ask("GET", "plain", "").send(&emulator).await.all("Type").contains(&"Symlink".to_owned()));
    // A copy of a symlink is one, and a chain leads nowhere.
    ask("PUT", "plain", "copy").header("x-oss-copy-source", "/plain/link").send(&emulator).await;
    assert_eq!(of("copy").send(&emulator).await.header("x-oss-symlink-target"), "dir/%C3%BC");
    assert_eq!(link("copy").send(&emulator).await.status, 200);
    assert_eq!(get(&emulator, "plain", "link").await.error().1, "InvalidTargetType");
    assert_eq!(link("").send(&emulator).await.error().1, "InvalidArgument");
    let kept = link("dir%2F%C3%BC").header("x-oss-forbid-overwrite", "true").send(&emulator).await;
    assert_eq!(kept.error().1, "FileAlreadyExists");
    put(&emulator, "plain", "link", "normal").await;
    assert_eq!(get(&emulator, "plain", "link").await.text(), "normal");
}

#[tokio::test]
async fn an_archived_object_is_restored_for_some_days() {
    let emulator = emulator().await;
    emulator.clock().freeze(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    for (key, class) in [("archive", "Archive"), ("cold", "ColdArchive"), ("warm", "Standard")] {
        ask("PUT", "plain", key).header("x-oss-storage-class", class).body("value").send(&emulator).await;
    }
    let restore = |key: &'static str, body: &'static str| ask("POST", "plain", key).query("restore").body(body);
    let clean = |key: &'static str| ask("POST", "plain", key).query("cleanRestoredObject");
    let state = |key: &'static str| {
        let asked = ask("HEAD", "plain", key);
        let emulator = emulator.clone();
        async move { asked.send(&emulator).await.header("x-oss-restore").to_owned() }
    };
    assert_eq!(restore("warm", "").send(&emulator).await.error().1, "OperationNotSupported");
    assert_eq!(restore("absent", "").send(&emulator).await.error().1, "NoSuchKey");
    let many = "<RestoreRequest><Days>8</Days></RestoreRequest>";
    assert_eq!(restore("archive", many).send(&emulator).await.error().1, "InvalidArgument");
    assert_eq!(state("archive").await, "");
    assert_eq!(get(&emulator, "plain", "archive").await.error().1, "InvalidObjectState");
    assert_eq!(clean("archive").send(&emulator).await.error().1, "ArchiveRestoreFileStale");
    assert_eq!(restore("archive", "").send(&emulator).await.status, 202);
    assert_eq!(state("archive").await, "ongoing-request=\"true\"");
    assert_eq!(restore("archive", "").send(&emulator).await.error().1, "RestoreAlreadyInProgress");
    assert_eq!(clean("archive").send(&emulator).await.error().1, "ArchiveRestoreNotFinished");
    let listed = ask("GET", "plain", "").query("prefix=archive").send(&emulator).await;
    assert_eq!(listed.xml("RestoreInfo"), "ongoing-request=&quot;true&quot;");
    emulator.clock().advance(Duration::from_secs(10));
    assert!(state("archive").await.starts_with("ongoing-request=\"false\", expiry-date=\"Wed, 15 Nov 2023"));
    assert_eq!(get(&emulator, "plain", "archive").await.text(), "value");
    // A restored object is restored for longer.
    let longer = "<RestoreRequest><Days>3</Days></RestoreRequest>";
    assert_eq!(restore("archive", longer).send(&emulator).await.status, 200);
    assert!(state("archive").await.contains("Fri, 17 Nov 2023"));
    assert_eq!(clean("archive").send(&emulator).await.status, 200);
    assert_eq!(clean("archive").send(&emulator).await.error().1, "ArchiveRestoreFileStale");
    assert_eq!(get(&emulator, "plain", "archive").await.error().1, "InvalidObjectState");
    let bulk = "<RestoreRequest><Days>1</Days><JobParameters><Tier>Bulk</Tier></JobParameters></RestoreRequest>";
    let told = restore("cold", bulk).send(&emulator).await;
    assert_eq!((told.status, told.header("x-oss-object-restore-priority")), (202, "Bulk"));
    emulator.clock().advance(Duration::from_secs(2 * 24 * 3600));
    assert_eq!((state("cold").await.as_str(), get(&emulator, "plain", "cold").await.status), ("", 403));
}

/// Of what a later append says of the object only the ACL counts. (Go v1's `TestAppendObject` against the service.)
#[tokio::test]
async fn a_later_append_changes_the_acl_and_nothing_else() {
    let emulator = emulator().await;
    let append = |position: u64, acl: &str, owner: &str| {
        let asked = ask("POST", "plain", "log").query(&format!("append&position={position}")).body("x");
        asked.header("x-oss-object-acl", acl).header("x-oss-meta-a", owner)
    };
    for (position, acl) in [(0, "private"), (1, "public-read"), (2, "nonsense")] {
        assert_eq!(append(position, acl, acl).send(&emulator).await.status, 200, "{acl}");
    }
    assert_eq!(ask("GET", "plain", "log").query("acl").send(&emulator).await.xml("Grant"), "public-read");
    assert_eq!(get(&emulator, "plain", "log").await.header("x-oss-meta-a"), "private");
}

/// (ossutil's `TestSetObjectMetaBasic`, `TestSetObjectMetaSetMetaURLEncoding` and `TestRangeGet` against the service.)
#[tokio::test]
async fn a_copy_onto_itself_keeps_the_acl_and_a_plus_in_its_source_is_a_space() {
    let emulator = emulator().await;
    ask("PUT", "plain", "a b").header("x-oss-object-acl", "private").body("value").send(&emulator).await;
    let copy = |to: &'static str, source: &'static str| {
        let asked = ask("PUT", "plain", to).header("x-oss-copy-source", source);
        let asked = asked.header("x-oss-metadata-directive", "REPLACE");
        let emulator = emulator.clone();
        async move { asked.send(&emulator).await }
    };
    let acl = |key: &'static str| {
        let emulator = emulator.clone();
        async move { ask("GET", "plain", key).query("acl").send(&emulator).await.xml("Grant") }
    };
    assert_eq!(copy("a b", "/plain/a+b").await.status, 200);
    assert_eq!(acl("a b").await, "private");
    let encrypted = ask("PUT", "plain", "a b").header("x-oss-copy-source", "/plain/a%20b");
    let encrypted = encrypted.header("x-oss-server-side-encryption", "AES256").send(&emulator).await;
    assert_eq!((encrypted.status, acl("a b").await.as_str()), (200, "default"));
    assert_eq!(copy("other", "/plain/a%20b").await.status, 200);
    assert_eq!(acl("other").await, "default");
    assert_eq!(copy("other", "/plain/a%2Bb").await.error().1, "NoSuchKey");
    let told = ask("GET", "plain", "a b").header("range", "bytes=1-2,3-4").send(&emulator).await;
    assert_eq!((told.status, told.text(), told.header("content-range")), (206, "al".into(), "bytes 1-2/5"));
}
