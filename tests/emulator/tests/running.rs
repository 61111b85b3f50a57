//! Running, counting, keeping, ending.

mod support;

use std::time::Duration;

use ossicle_emulator::{BucketSpec, Emulator, Operation, SignatureKind, Versioning, crc64};
use support::{Sign, ask, emulator, get, put};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn requests_are_counted_and_remembered() {
    let emulator = emulator().await;
    put(&emulator, "plain", "k", "value").await;
    get(&emulator, "plain", "k").await;
    ask("GET", "plain", "absent").sign(Sign::V1).send(&emulator).await;
    let stats = emulator.stats();
    assert_eq!((stats.total, stats.count(Operation::GetObject), stats.count(Operation::PutObject)), (3, 2, 1));
    assert_eq!((stats.status(200), stats.status(404), stats.connections), (2, 1, 3));
    assert_eq!((stats.in_flight_max, stats.bytes_in), (1, 5));
    let log = emulator.requests();
    assert_eq!(log[0].signature, Some(SignatureKind::V4Header));
    assert_eq!(log[2].signature, Some(SignatureKind::V1Header));
    assert_eq!((log[2].code.as_deref(), log[2].key.as_deref()), (Some("NoSuchKey"), Some("absent")));
    emulator.reset();
    assert_eq!((emulator.stats().total, emulator.requests().len()), (0, 0));
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let emulator = emulator().await;
    emulator.bucket("plain").put_raw("k", "value");
    let mut stream = TcpStream::connect(emulator.addr()).await.expect("connects");
    for _ in 0..50 {
        stream.write_all(&ask("GET", "plain", "k").wire(&emulator)).await.expect("writes");
        assert_eq!(support::read(&mut stream, false).await.expect("an answer").text(), "value");
    }
    assert_eq!((emulator.stats().connections, emulator.stats().total), (1, 50));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_timeout_and_stores_nothing() {
    let emulator = Emulator::builder()
        .bucket(BucketSpec::new("plain"))
        .access_key(support::ID, support::SECRET)
        .body_timeout(Duration::from_millis(100))
        .start()
        .await
        .expect("starts");
    let wire = ask("PUT", "plain", "k").body("0123456789").wire(&emulator);
    let mut stream = TcpStream::connect(emulator.addr()).await.expect("connects");
    stream.write_all(&wire[..wire.len() - 3]).await.expect("writes");
    let told = support::read(&mut stream, false).await.expect("an answer");
    assert_eq!((told.status, told.xml("Code")), (400, "RequestTimeout".into()));
    assert_eq!(emulator.bucket("plain").keys().len(), 0);
}

async fn admin(emulator: &Emulator, request: &str, body: &str) -> (u16, serde_json::Value) {
    let mut stream = TcpStream::connect(emulator.admin_addr().expect("admin")).await.expect("connects");
    let wire = format!("{request} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(wire.as_bytes()).await.expect("writes");
    let told = support::read(&mut stream, false).await.expect("an answer");
    (told.status, serde_json::from_slice(&told.body).expect("JSON"))
}

#[tokio::test]
async fn the_admin_port_controls_everything() {
    let emulator = Emulator::builder()
        .bucket(BucketSpec::new("plain"))
        .access_key(support::ID, support::SECRET)
        .admin(([127, 0, 0, 1], 0).into())
        .start()
        .await
        .expect("starts");
    let rule = r#"{"operations":["PutObject"],"times":1,"action":{"type":"throttle"}}"#;
    assert_eq!(admin(&emulator, "POST /faults", rule).await.1["id"], 1);
    assert_eq!(put(&emulator, "plain", "k", "x").await.status, 503);
    assert_eq!(admin(&emulator, "GET /faults", "").await.1[0]["hits"], 1);
    let rule = r#"{"operations":["GetObject"],"action":{"type":"ignore-range"}}"#;
    assert_eq!(admin(&emulator, "POST /faults", rule).await.1["id"], 2);
    assert_eq!(admin(&emulator, "GET /faults", "").await.1[1]["rule"]["action"]["type"], "ignore-range");
    assert_eq!(admin(&emulator, "DELETE /faults/1", "").await.0, 200);
    assert_eq!(admin(&emulator, "DELETE /faults/1", "").await.0, 404);
    assert_eq!(admin(&emulator, "POST /faults", "{}").await.0, 400);
    assert_eq!(admin(&emulator, "DELETE /faults", "").await.0, 200);
    assert_eq!(admin(&emulator, "GET /stats", "").await.1["operations"]["PutObject"], 1);
    assert_eq!(admin(&emulator, "GET /requests", "").await.1[0]["code"], "TotalQpsLimitExceeded");
    assert_eq!(admin(&emulator, "POST /reset", "").await.0, 200);
    assert_eq!(admin(&emulator, "GET /stats", "").await.1["total"], 0);
    let frozen = admin(&emulator, "PUT /clock", r#"{"freeze":1700000000}"#).await.1;
    assert_eq!(frozen["now"], 1_700_000_000);
    assert_eq!(put(&emulator, "plain", "k", "x").await.header("date"), "Tue, 14 Nov 2023 22:13:20 GMT");
    assert_eq!(admin(&emulator, "PUT /clock", r#"{"advance":60}"#).await.1["now"], 1_700_000_060);
    assert_eq!(admin(&emulator, "PUT /clock", r#""reset""#).await.0, 200);
    assert_eq!(admin(&emulator, "PUT /latency", r#"{"ms":7}"#).await.1["ms"], 7);
    assert_eq!(admin(&emulator, "GET /latency", "").await.1["ms"], 7);
    assert_eq!(admin(&emulator, "GET /nothing", "").await.0, 404);
}

#[tokio::test]
async fn a_data_folder_is_found_again() {
    let folder = tempfile::tempdir().expect("folder");
    let start = || async {
        Emulator::builder()
            .bucket(BucketSpec::new("plain"))
            .bucket(BucketSpec::new("versioned").versioning(Versioning::Enabled))
            .access_key(support::ID, support::SECRET)
            .data_dir(folder.path())
            .start()
            .await
            .expect("starts")
    };
    let files = || {
        let bodies = std::fs::read_dir(folder.path().join("plain/bodies")).expect("bodies");
        bodies.count()
    };
    let emulator = start().await;
    let large: Vec<u8> = (0..3_000_000u32).map(|number| (number / 7) as u8).collect();
    let told = ask("PUT", "plain", "dir/ü").header("x-oss-meta-a", "1").body(large.clone()).send(&emulator).await;
    assert_eq!(told.status, 200);
    for (position, piece) in [(0, "abc"), (3, "def")] {
        let query = format!("append&position={position}");
        ask("POST", "plain", "log").query(&query).body(piece).send(&emulator).await;
    }
    ask("PUT", "plain", "copy").header("x-oss-copy-source", "/plain/dir/ü").send(&emulator).await;
    put(&emulator, "plain", "gone", "x").await;
    ask("DELETE", "plain", "gone").send(&emulator).await;
    put(&emulator, "versioned", "k", "one").await;
    put(&emulator, "versioned", "k", "two").await;
    let id = ask("POST", "plain", "parts").query("uploads").send(&emulator).await.xml("UploadId");
    let query = format!("partNumber=1&uploadId={id}");
    ask("PUT", "plain", "parts").query(&query).body("part").send(&emulator).await;
    // One for the object and its copy, one of the log, one part.
    assert_eq!(files(), 3);
    emulator.shutdown().await;

    let emulator = start().await;
    let plain = emulator.bucket("plain");
    assert_eq!(plain.keys(), ["copy", "dir/ü", "log"]);
    let told = get(&emulator, "plain", "dir/ü").await;
    assert_eq!((told.header("x-oss-meta-a"), told.header("x-oss-hash-crc64ecma")), ("1", &*crc64(&large).to_string()));
    assert!(told.body == large);
    let range = ask("GET", "plain", "copy").header("range", "bytes=1500000-1500009").send(&emulator).await;
    assert!(range.body == large[1_500_000..1_500_010]);
    assert_eq!(emulator.bucket("versioned").versions("k"), 2);
    assert_eq!(get(&emulator, "versioned", "k").await.text(), "two");
    let told = ask("POST", "plain", "log").query("append&position=6").body("ghi").send(&emulator).await;
    assert_eq!(told.header("x-oss-hash-crc64ecma"), crc64(b"abcdefghi").to_string());
    assert_eq!(plain.uploads()[0].parts, [1]);
    let complete = ask("POST", "plain", "parts").query(&format!("uploadId={id}")).header("x-oss-complete-all", "yes");
    assert_eq!(complete.send(&emulator).await.status, 200);
    plain.remove_raw("copy");
    plain.remove_raw("dir/ü");
    assert_eq!(plain.get_raw("parts").as_deref(), Some(&b"part"[..]));
    assert_eq!(files(), 2);
    drop(plain);
    emulator.shutdown().await;

    let emulator = start().await;
    assert_eq!(emulator.bucket("plain").keys(), ["log", "parts"]);
    assert_eq!(emulator.bucket("plain").get_raw("log").as_deref(), Some(&b"abcdefghi"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_creators_wins() {
    let emulator = emulator().await;
    for round in 0..20 {
        let tries = (0..8).map(|who| {
            let emulator = emulator.clone();
            tokio::spawn(async move {
                let key = format!("lock{round}");
                let told = ask("PUT", "plain", &key).header("x-oss-forbid-overwrite", "true").body(format!("{who}"));
                told.send(&emulator).await.status
            })
        });
        let mut won = 0;
        for task in tries.collect::<Vec<_>>() {
            won += usize::from(task.await.expect("joins") == 200);
        }
        assert_eq!(won, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_of_many_writers_lose_nothing() {
    let emulator = emulator().await;
    let writers: Vec<_> = (0..4)
        .map(|who| {
            let emulator = emulator.clone();
            tokio::spawn(async move {
                let (mut position, mut done) = (0u64, 0);
                while done < 25 {
                    let query = format!("append&position={position}");
                    let told = ask("POST", "plain", "log").query(&query).body(format!("{who}")).send(&emulator).await;
                    done += usize::from(told.status == 200);
                    position = told.header("x-oss-next-append-position").parse().expect("position");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("joins");
    }
    let log = emulator.bucket("plain").get_raw("log").expect("log");
    assert_eq!(log.len(), 100);
    assert_eq!(emulator.bucket("plain").info("log").expect("info").crc64, crc64(&log));
}

#[tokio::test]
async fn versions_are_kept_listed_and_deleted() {
    let emulator = emulator().await;
    let first = put(&emulator, "versioned", "k", "one").await.header("x-oss-version-id").to_owned();
    put(&emulator, "versioned", "k", "two").await;
    let gone = ask("DELETE", "versioned", "k").send(&emulator).await;
    assert_eq!((gone.status, gone.header("x-oss-delete-marker")), (204, "true"));
    let marker = gone.header("x-oss-version-id").to_owned();
    let told = get(&emulator, "versioned", "k").await;
    assert_eq!((told.status, told.header("x-oss-delete-marker")), (404, "true"));
    let of = |method: &str, version: &str| ask(method, "versioned", "k").query(&format!("versionId={version}"));
    assert_eq!(of("GET", &first).send(&emulator).await.text(), "one");
    assert_eq!(of("GET", &marker).send(&emulator).await.error().0, 405);
    let unknown = "CAEQNhiBgMDJgZCA0BYiIDc4MGZjZGI2OTBjOTRm";
    assert_eq!(of("GET", unknown).send(&emulator).await.error().1, "NoSuchVersion");
    let listed = ask("GET", "versioned", "").query("versions").send(&emulator).await;
    assert_eq!((listed.all("Version").len(), listed.all("DeleteMarker").len()), (2, 1));
    assert_eq!(of("DELETE", &marker).send(&emulator).await.status, 204);
    assert_eq!(get(&emulator, "versioned", "k").await.text(), "two");
    emulator.bucket("versioned").set_versioning(Versioning::Suspended);
    assert_eq!(put(&emulator, "versioned", "k", "three").await.header("x-oss-version-id"), "null");
    assert_eq!(put(&emulator, "versioned", "k", "four").await.header("x-oss-version-id"), "null");
    assert_eq!(emulator.bucket("versioned").versions("k"), 3);
    let status = ask("GET", "versioned", "").query("versioning").send(&emulator).await;
    assert_eq!(status.xml("Status"), "Suspended");
    assert_eq!(ask("GET", "plain", "").query("versioning").send(&emulator).await.xml("Status"), "");
}

#[tokio::test]
async fn buckets_of_others_stay_closed() {
    let emulator = Emulator::builder()
        .bucket(BucketSpec::new("plain").owner("somebody-else"))
        .access_key(support::ID, support::SECRET)
        .start()
        .await
        .expect("starts");
    let told = get(&emulator, "plain", "k").await;
    assert_eq!((told.status, told.xml("Code")), (403, "AccessDenied".into()));
    assert_eq!(ask("PUT", "plain", "").send(&emulator).await.error().1, "BucketAlreadyExists");
    assert_eq!(ask("GET", "", "").send(&emulator).await.all("Bucket").len(), 0);
}

#[tokio::test]
async fn ending_closes_the_port_and_waits_for_answers() {
    let emulator = emulator().await;
    emulator.bucket("plain").put_raw("k", "value");
    emulator.set_latency(Duration::from_millis(100));
    let address = emulator.addr();
    let mut busy = TcpStream::connect(address).await.expect("connects");
    busy.write_all(&ask("GET", "plain", "k").wire(&emulator)).await.expect("writes");
    tokio::time::sleep(Duration::from_millis(20)).await;
    let ending = tokio::spawn(emulator.shutdown());
    assert_eq!(support::read(&mut busy, false).await.expect("an answer").text(), "value");
    ending.await.expect("joins");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn an_upload_past_the_api_is_as_one_by_it() {
    let emulator = emulator().await;
    let part = vec![7; 100 * 1024];
    let id = emulator.bucket("plain").upload_raw("k", part.clone(), 3);
    let pending = emulator.bucket("plain").uploads();
    assert_eq!((pending[0].upload_id.as_str(), &pending[0].parts[..]), (id.as_str(), &[1, 2, 3][..]));
    let listed = ask("GET", "plain", "k").query(&format!("uploadId={id}")).send(&emulator).await;
    assert_eq!(listed.all("HashCrc64ecma"), vec![crc64(&part).to_string(); 3]);
    let fourth = ask("PUT", "plain", "k").query(&format!("partNumber=4&uploadId={id}")).body("end");
    assert_eq!(fourth.send(&emulator).await.status, 200);
    let complete = ask("POST", "plain", "k").query(&format!("uploadId={id}")).header("x-oss-complete-all", "yes");
    let whole = [part.repeat(3), b"end".to_vec()].concat();
    assert_eq!(complete.send(&emulator).await.header("x-oss-hash-crc64ecma"), crc64(&whole).to_string());
    assert!(get(&emulator, "plain", "k").await.body == whole);
}

#[tokio::test]
async fn dropping_ends_at_once() {
    let emulator = emulator().await;
    let address = emulator.addr();
    let mut idle = TcpStream::connect(address).await.expect("connects");
    tokio::time::sleep(Duration::from_millis(20)).await;
    drop(emulator);
    let mut byte = [0];
    assert!(matches!(idle.read(&mut byte).await, Ok(0) | Err(_)));
    assert!(TcpStream::connect(address).await.is_err());
}
