//! A data folder: what damages it, who else uses it, what it costs.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ossicle_emulator::{BucketSpec, DataError, Emulator, StartError, Versioning, crc64};
use support::{Program, ask, get, put};

async fn try_start(folder: &Path) -> Result<Emulator, StartError> {
    Emulator::builder()
        .bucket(BucketSpec::new("plain"))
        .bucket(BucketSpec::new("versioned").versioning(Versioning::Enabled))
        .access_key(support::ID, support::SECRET)
        .data_dir(folder)
        .start()
        .await
}

async fn start(folder: &Path) -> Emulator {
    try_start(folder).await.expect("starts")
}

/// The files in a folder, without those that hold nothing of a client's.
fn files(folder: PathBuf) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder).expect("lists").map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

fn error_text(error: &StartError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

/// A folder with three objects, and the record of the second.
async fn three_objects(folder: &Path) -> PathBuf {
    let emulator = start(folder).await;
    for (key, body) in [("a", "one"), ("b", "two"), ("c", "three")] {
        assert_eq!(put(&emulator, "plain", key, body).await.status, 200);
    }
    emulator.shutdown().await;
    let records = files(folder.join("plain/objects"));
    assert_eq!(records.len(), 3);
    records[1].clone()
}

/// 1.12: one bad record costs neither the start nor anything else.
#[tokio::test]
async fn a_bad_record_is_set_aside_and_costs_nothing_else() {
    let later_kind = |record: &Path| {
        let text = fs::read_to_string(record).expect("a record");
        fs::write(record, text.replace("\"Normal\"", "\"Holographic\"")).expect("writes");
    };
    let cut_body = |record: &Path| {
        let text = fs::read_to_string(record).expect("a record");
        let name = text.split("\"blob\":\"").nth(1).expect("a body").split('"').next().expect("a name");
        let body = record.parent().expect("objects").parent().expect("bucket").join("bodies").join(name);
        fs::write(body, "").expect("writes");
    };
    type Damage<'a> = (&'a dyn Fn(&Path), &'a str);
    let damages: [Damage<'_>; 4] = [
        (&|record| fs::write(record, "").expect("writes"), "it is empty"),
        (&|record| fs::write(record, "{\"key\":\"b\"}\n").expect("writes"), "missing field"),
        (&later_kind, "Holographic"),
        (&cut_body, "has 0 bytes, and 3 are needed"),
    ];
    for (damage, reason) in damages {
        let folder = tempfile::tempdir().expect("folder");
        let record = three_objects(folder.path()).await;
        let bodies = files(folder.path().join("plain/bodies"));
        damage(&record);
        let emulator = start(folder.path()).await;
        let aside = emulator.set_aside();
        assert_eq!(aside.len(), 1, "{reason}");
        assert!(aside[0].reason.contains(reason), "{}", aside[0].reason);
        assert_eq!(aside[0].path, PathBuf::from(format!("{}.unreadable", record.display())));
        assert!(aside[0].path.is_file() && !record.exists());
        assert_eq!(emulator.bucket("plain").keys(), ["a", "c"]);
        assert_eq!(get(&emulator, "plain", "c").await.text(), "three");
        // Its body may be all that is left of it.
        assert_eq!(files(folder.path().join("plain/bodies")), bodies, "{reason}");
        // What was set aside keeps the bucket from being deleted, and its bodies at the next start too.
        for key in ["a", "c"] {
            emulator.bucket("plain").remove_raw(key);
        }
        assert_eq!(ask("DELETE", "plain", "").send(&emulator).await.error().1, "BucketNotEmpty");
        emulator.shutdown().await;
        let emulator = start(folder.path()).await;
        assert_eq!((emulator.set_aside().len(), files(folder.path().join("plain/bodies")).len()), (0, 1));
    }
}

/// 1.12, siblings: what is none of ours in the folder, and an upload's record.
#[tokio::test]
async fn strays_stay_and_a_bad_upload_is_set_aside() {
    let folder = tempfile::tempdir().expect("folder");
    three_objects(folder.path()).await;
    let emulator = start(folder.path()).await;
    let id = ask("POST", "plain", "parts").query("uploads").send(&emulator).await.xml("UploadId");
    let query = format!("partNumber=1&uploadId={id}");
    assert_eq!(ask("PUT", "plain", "parts").query(&query).body("part").send(&emulator).await.status, 200);
    emulator.shutdown().await;
    let plain = folder.path().join("plain");
    fs::write(plain.join(format!("uploads/{id}.json")), "{").expect("writes");
    fs::create_dir_all(plain.join("objects/folder.json/deep")).expect("makes");
    fs::create_dir(plain.join("bodies/folder")).expect("makes");
    fs::write(plain.join("bodies/notes.txt"), "mine").expect("writes");
    std::os::unix::fs::symlink("/nowhere", plain.join("objects/link.json")).expect("links");
    std::os::unix::fs::symlink("/nowhere", plain.join("uploads/link")).expect("links");
    fs::write(folder.path().join("README"), "mine").expect("writes");
    // A copy of a bucket's folder is not the bucket.
    fs::create_dir(folder.path().join("copied")).expect("makes");
    fs::copy(plain.join("bucket.json"), folder.path().join("copied/bucket.json")).expect("copies");
    let bodies = files(plain.join("bodies"));
    let emulator = start(folder.path()).await;
    assert_eq!((emulator.set_aside().len(), emulator.bucket("plain").uploads().len()), (1, 0));
    assert_eq!(emulator.bucket("plain").keys(), ["a", "b", "c"]);
    assert_eq!(emulator.buckets(), ["plain", "versioned"]);
    assert_eq!(files(plain.join("bodies")), bodies);
    assert!(plain.join("objects/folder.json/deep").is_dir() && plain.join("uploads/link").is_symlink());
    assert!(folder.path().join("README").is_file() && folder.path().join("copied/bucket.json").is_file());
}

/// 1.12: a start that fails has changed nothing.
#[tokio::test]
async fn without_a_buckets_record_the_start_fails_and_names_it() {
    let folder = tempfile::tempdir().expect("folder");
    three_objects(folder.path()).await;
    let versioned = folder.path().join("versioned");
    fs::write(versioned.join("bucket.json"), "").expect("writes");
    fs::write(folder.path().join("plain/bodies/00000000000000ff"), "an orphan").expect("writes");
    let before = (files(folder.path().join("plain/bodies")), files(folder.path().join("plain/objects")));
    let error = try_start(folder.path()).await.expect_err("a bad record");
    assert!(matches!(&error, StartError::Data(DataError::BucketRecord { .. })), "{error:?}");
    assert!(error_text(&error).contains("versioned/bucket.json"), "{}", error_text(&error));
    assert_eq!((files(folder.path().join("plain/bodies")), files(folder.path().join("plain/objects"))), before);
    // Without its record the folder is no bucket, and no new one is made on top of it.
    fs::remove_file(versioned.join("bucket.json")).expect("removes");
    let error = try_start(folder.path()).await.expect_err("a folder in the way");
    assert!(error_text(&error).contains("move it away"), "{}", error_text(&error));
    fs::remove_dir_all(&versioned).expect("removes");
    let emulator = start(folder.path()).await;
    assert_eq!(emulator.bucket("plain").keys(), ["a", "b", "c"]);
    assert!(!folder.path().join("plain/bodies/00000000000000ff").exists());
}

/// 1.13: two emulators on one folder overwrote each other's bodies.
#[tokio::test]
async fn a_folder_has_one_emulator() {
    let folder = tempfile::tempdir().expect("folder");
    let first = start(folder.path()).await;
    let error = try_start(folder.path()).await.expect_err("in use");
    assert!(matches!(error, StartError::Data(DataError::InUse(_))), "{error:?}");
    put(&first, "plain", "k", "first").await;
    // A handle can write as long as it lives.
    let handle = first.bucket("plain");
    first.shutdown().await;
    assert!(try_start(folder.path()).await.is_err());
    drop(handle);
    let second = start(folder.path()).await;
    assert_eq!(get(&second, "plain", "k").await.text(), "first");
}

/// 1.13, a sibling: a folder of a later format is not touched.
#[tokio::test]
async fn a_folder_of_a_later_emulator_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    three_objects(folder.path()).await;
    fs::write(folder.path().join("format.json"), "{\"format\":99}").expect("writes");
    let error = try_start(folder.path()).await.expect_err("a later format");
    assert!(matches!(error, StartError::Data(DataError::Later { format: 99, .. })), "{error:?}");
}

/// A record of the first format has no line feed; its emulator said nothing of a format.
#[tokio::test]
async fn a_folder_of_the_first_format_is_read() {
    let folder = tempfile::tempdir().expect("folder");
    let record = three_objects(folder.path()).await;
    let text = fs::read_to_string(&record).expect("a record");
    fs::write(&record, text.trim_end()).expect("writes");
    fs::remove_file(folder.path().join("format.json")).expect("removes");
    let emulator = start(folder.path()).await;
    assert_eq!((emulator.bucket("plain").keys().len(), emulator.set_aside().len()), (3, 0));
    assert_eq!(fs::read_to_string(&record).expect("a record"), text);
}

/// Section 5: an append costs the same, however many there were before. So does a part.
#[tokio::test]
async fn appends_and_parts_are_not_quadratic() {
    let folder = tempfile::tempdir().expect("folder");
    let emulator = Emulator::builder()
        .bucket(BucketSpec::new("plain"))
        .access_key(support::ID, support::SECRET)
        .data_dir(folder.path())
        .sync(false)
        .start()
        .await
        .expect("starts");
    let mut log = Vec::new();
    for number in 0..2000 {
        let line = format!("line {number}\n");
        let query = format!("append&position={}", log.len());
        assert_eq!(ask("POST", "plain", "log").query(&query).body(line.clone()).send(&emulator).await.status, 200);
        log.extend_from_slice(line.as_bytes());
    }
    // One line each, and one file for all: what was written is in proportion to their number.
    let record = files(folder.path().join("plain/objects")).remove(0);
    let size = fs::metadata(record).expect("a record").len();
    assert!(size < 2000 * 250, "{size}");
    assert_eq!(files(folder.path().join("plain/bodies")).len(), 1);
    let id = ask("POST", "plain", "k").query("uploads").send(&emulator).await.xml("UploadId");
    for number in 1..=1500 {
        let query = format!("partNumber={number}&uploadId={id}");
        assert_eq!(ask("PUT", "plain", "k").query(&query).body("x").send(&emulator).await.status, 200);
    }
    let record = folder.path().join(format!("plain/uploads/{id}.json"));
    let size = fs::metadata(record).expect("a record").len();
    assert!(size < 1500 * 300, "{size}");
    emulator.shutdown().await;
    let emulator = start(folder.path()).await;
    assert!(emulator.bucket("plain").get_raw("log").expect("the log") == log);
    assert_eq!(emulator.bucket("plain").uploads()[0].parts.len(), 1500);
    let query = format!("append&position={}", log.len());
    let told = ask("POST", "plain", "log").query(&query).body("end").send(&emulator).await;
    log.extend_from_slice(b"end");
    assert_eq!(told.header("x-oss-hash-crc64ecma"), crc64(&log).to_string());
}

/// Two objects share a file; what is appended to one must not show in the other.
#[tokio::test]
async fn appends_to_objects_that_share_a_file_stay_apart() {
    let folder = tempfile::tempdir().expect("folder");
    let emulator = start(folder.path()).await;
    let append = |key: &'static str, position: u64, body: &'static str| {
        ask("POST", "versioned", key).query(&format!("append&position={position}")).body(body)
    };
    append("log", 0, "one").send(&emulator).await;
    let copy = || ask("PUT", "versioned", "log").header("x-oss-copy-source", "/versioned/log");
    assert_eq!(copy().send(&emulator).await.status, 200);
    append("log", 3, "two").send(&emulator).await;
    let kept = ask("PUT", "versioned", "kept").header("x-oss-copy-source", "/versioned/log");
    assert_eq!(kept.send(&emulator).await.status, 200);
    let current = ask("HEAD", "versioned", "log").send(&emulator).await.header("x-oss-version-id").to_owned();
    let query = format!("versionId={current}");
    assert_eq!(ask("DELETE", "versioned", "log").query(&query).send(&emulator).await.status, 204);
    append("log", 3, "six").send(&emulator).await;
    for _ in 0..2 {
        assert_eq!(get(&emulator, "versioned", "log").await.text(), "onesix");
        assert_eq!(get(&emulator, "versioned", "kept").await.text(), "onetwo");
    }
}

/// Section 5: a body goes to disk as it comes.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_large_body_is_not_held_in_memory() {
    let folder = tempfile::tempdir().expect("folder");
    let mut program = Program::start(&["--data", &folder.path().display().to_string(), "--no-sync"]);
    let size = 300 << 20;
    let told = put_zeros(&program, "k", size).await;
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    let status = fs::read_to_string(format!("/proc/{}/status", program.child.id())).expect("its status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak < 64 << 10, "{peak} kB");
    let bodies = files(folder.path().join("ossicle/bodies"));
    assert_eq!(fs::metadata(&bodies[0]).expect("a body").len(), size);
    // 3.7: SIGTERM ends it in good order, as Ctrl-C does.
    program.signal("TERM");
    let status = program.child.wait().expect("ends");
    assert!(status.success(), "{status}");
}

/// Puts an object of zeros, which are made as they are sent.
async fn put_zeros(program: &Program, key: &str, size: u64) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(&program.address).await.expect("connects");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs() as i64;
    let wire = ask("PUT", "ossicle", key).header("content-length", &size.to_string()).without_length();
    stream.write_all(&wire.wire_at(&program.address, now)).await.expect("writes");
    let chunk = vec![0; 1 << 20];
    for _ in 0..size >> 20 {
        stream.write_all(&chunk).await.expect("writes");
    }
    let mut answer = vec![0; 4096];
    let count = stream.read(&mut answer).await.expect("reads");
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

/// 3.7: a second signal ends it although a request is still under way.
#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let mut program = Program::start(&["--latency", "60000"]);
    let address = program.address.clone();
    let asking = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        let mut stream = tokio::net::TcpStream::connect(&address).await.expect("connects");
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("writes");
        tokio::time::sleep(Duration::from_secs(30)).await;
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let started = Instant::now();
    program.signal("TERM");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(program.child.try_wait().expect("looks").is_none());
    program.signal("TERM");
    let status = program.child.wait().expect("ends");
    assert_eq!(status.code(), Some(128 + 15));
    assert!(started.elapsed() < Duration::from_secs(4));
    asking.abort();
}
