//! What is no request, or takes too long to become one.

mod support;

use std::time::{Duration, Instant};

use ossicle_emulator::{BucketSpec, Emulator};
use support::{ask, emulator, get};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn raw(emulator: &Emulator, wire: &[u8]) -> Option<support::Told> {
    let mut stream = TcpStream::connect(emulator.addr()).await.expect("connects");
    let _ = stream.write_all(wire).await;
    support::read(&mut stream, false).await
}

/// 3.7: 140 kB of nested elements, signed, ended the process.
#[tokio::test]
async fn nested_elements_are_malformed_xml() {
    let emulator = emulator().await;
    let nested = format!("{}{}", "<a>".repeat(20_000), "</a>".repeat(20_000));
    let batch = ask("POST", "plain", "").query("delete").body(nested.clone()).md5();
    assert_eq!(batch.send(&emulator).await.error().1, "MalformedXML");
    let id = ask("POST", "plain", "k").query("uploads").send(&emulator).await.xml("UploadId");
    // Settings take 64 KiB at most.
    let nested = format!("{}{}", "<a>".repeat(9_000), "</a>".repeat(9_000));
    for (method, key, query) in [
        ("PUT", "", "versioning".to_owned()),
        ("POST", "k", format!("uploadId={id}")),
        ("PUT", "fresh-bucket", String::new()),
    ] {
        let (bucket, key) = if key == "fresh-bucket" { (key, "") } else { ("plain", key) };
        let told = ask(method, bucket, key).query(&query).body(nested.clone()).send(&emulator).await;
        assert_eq!(told.error().1, "MalformedXML", "{method} {query}");
    }
    assert_eq!(get(&emulator, "plain", "absent").await.status, 404);
}

/// 3.7: what the HTTP library refuses by itself looks like an answer of OSS, and is in the log.
#[tokio::test]
async fn heads_that_are_too_large_are_refused_as_oss_does() {
    let emulator = emulator().await;
    let long_url = format!("GET /plain/{} HTTP/1.1\r\nhost: x\r\n\r\n", "k".repeat(70_000));
    let many: String = (0..200).map(|number| format!("x-{number}: y\r\n")).collect();
    let many = format!("GET /plain/k HTTP/1.1\r\nhost: x\r\n{many}\r\n");
    let large = format!("GET /plain/k HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n", "y".repeat(1 << 20));
    for (wire, status, code) in [
        (long_url, 414, "InvalidURI"),
        (many, 431, "RequestHeaderFieldsTooLarge"),
        (large, 431, "RequestHeaderFieldsTooLarge"),
        ("NONSENSE\r\n\r\n".to_owned(), 400, "BadRequest"),
    ] {
        let told = raw(&emulator, wire.as_bytes()).await.expect("an answer");
        assert_eq!((told.status, told.xml("Code").as_str()), (status, code));
        assert!(told.complete && !told.header("date").is_empty());
        assert_eq!((told.header("server"), told.header("connection")), ("AliyunOSS", "close"));
        assert_eq!(told.header("x-oss-request-id"), told.xml("RequestId"));
        assert_eq!(told.header("x-oss-request-id").len(), 24);
    }
    assert_eq!((emulator.stats().total, emulator.stats().status(431)), (4, 2));
    // After answers on the same connection as well, and objects that look like a refusal come through.
    let text = "HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n";
    emulator.bucket("plain").put_raw("k", text);
    let mut stream = TcpStream::connect(emulator.addr()).await.expect("connects");
    for _ in 0..3 {
        stream.write_all(&ask("GET", "plain", "k").wire(&emulator)).await.expect("writes");
        assert_eq!(support::read(&mut stream, false).await.expect("an answer").text(), text);
    }
    stream.write_all(b"NONSENSE\r\n\r\n").await.expect("writes");
    assert_eq!(support::read(&mut stream, false).await.expect("an answer").xml("Code"), "BadRequest");
}

async fn impatient() -> Emulator {
    Emulator::builder()
        .bucket(BucketSpec::new("plain"))
        .access_key(support::ID, support::SECRET)
        .admin(([127, 0, 0, 1], 0).into())
        .header_timeout(Duration::from_millis(200))
        .body_timeout(Duration::from_millis(200))
        .start()
        .await
        .expect("starts")
}

/// 3.7: half a head was waited for without an end, on every port.
#[tokio::test]
async fn half_sent_heads_and_bodies_end_the_connection() {
    let emulator = impatient().await;
    let admin = emulator.admin_addr().expect("admin");
    for (address, wire) in [
        (emulator.addr(), "GET /plain/k HTTP/1.1\r\nhost: x\r\nx-slow"),
        (emulator.addr(), ""),
        (admin, "GET /stats HTTP/1.1\r\nhost"),
        (admin, "POST /faults HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{"),
    ] {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.write_all(wire.as_bytes()).await.expect("writes");
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "{wire:?} is waited for");
    }
}

/// Section 5: a GET that announces a body and sends none was answered after half a minute.
#[tokio::test]
async fn a_get_is_answered_without_the_body_it_announces() {
    let emulator = emulator().await;
    emulator.bucket("plain").put_raw("k", "value");
    let started = Instant::now();
    for (method, key, status) in [("GET", "k", 200), ("HEAD", "k", 200), ("GET", "absent", 404)] {
        let wire = ask(method, "plain", key).header("content-length", "5").without_length().wire(&emulator);
        let mut stream = TcpStream::connect(emulator.addr()).await.expect("connects");
        stream.write_all(&wire).await.expect("writes");
        let told = support::read(&mut stream, method == "HEAD").await.expect("an answer");
        assert_eq!((told.status, told.header("connection")), (status, "close"));
        if method == "GET" {
            // What came next would be the body or another request, and nobody could tell: the connection ends. (oss2's
            // `test_sign_v4_additional_headers` sends a DELETE next.)
            let mut rest = Vec::new();
            let ended = tokio::time::timeout(Duration::from_secs(2), stream.read_to_end(&mut rest)).await;
            assert!(ended.is_ok() && rest.is_empty(), "{rest:?}");
        }
    }
    assert!(started.elapsed() < Duration::from_secs(5));
}

/// Section 5: `http://oss:9000`, as in a compose file, is path-style.
#[tokio::test]
async fn hosts_of_one_label_are_path_style() {
    let emulator = emulator().await;
    emulator.bucket("plain").put_raw("dir/k", "value");
    let told = ask("GET", "plain", "dir/k").host("oss:9000").raw_path("/plain/dir/k").send(&emulator).await;
    assert_eq!((told.status, told.text().as_str()), (200, "value"));
}
