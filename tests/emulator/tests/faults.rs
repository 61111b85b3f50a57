//! Every fault does what it says, and what it does not say stays undone.

mod support;

use std::time::{Duration, Instant};

use ossicle_emulator::{Emulator, FaultAction, FaultHandle, FaultRule, Glob, Operation};
use support::{ask, emulator, get, put};

fn once(emulator: &Emulator, operation: Operation, action: FaultAction) -> FaultHandle {
    emulator.faults().add(FaultRule::new(action).on(operation).once())
}

#[tokio::test]
async fn refused_connections_have_no_effect() {
    let emulator = emulator().await;
    let fault = once(&emulator, Operation::PutObject, FaultAction::Refuse);
    assert!(ask("PUT", "plain", "k").body("x").try_send(&emulator).await.is_none());
    assert_eq!((fault.hits(), emulator.bucket("plain").keys().len()), (1, 0));
    assert_eq!(emulator.stats().unanswered, 1);
    assert_eq!(put(&emulator, "plain", "k", "x").await.status, 200);
}

#[tokio::test]
async fn a_lost_response_comes_after_the_effect() {
    let emulator = emulator().await;
    once(&emulator, Operation::AppendObject, FaultAction::LoseResponse);
    let append = ask("POST", "plain", "log").query("append&position=0").body("abc");
    assert!(append.try_send(&emulator).await.is_none());
    assert_eq!(emulator.bucket("plain").get_raw("log").as_deref(), Some(&b"abc"[..]));
    let again = append.send(&emulator).await;
    assert_eq!(
        (again.xml("Code"), again.header("x-oss-next-append-position")),
        ("PositionNotEqualToLength".into(), "3")
    );
}

#[tokio::test]
async fn a_cut_request_stores_nothing() {
    let emulator = emulator().await;
    once(&emulator, Operation::PutObject, FaultAction::CutRequest { at: 1000 });
    assert!(ask("PUT", "plain", "k").body(vec![0; 3_000_000]).try_send(&emulator).await.is_none());
    assert_eq!(emulator.bucket("plain").keys().len(), 0);
    let record = emulator.requests().pop().expect("recorded");
    assert!((1000..3_000_000).contains(&record.bytes_in), "{}", record.bytes_in);
    assert_eq!((record.status, record.faults), (None, vec!["#1".to_owned()]));
}

#[tokio::test]
async fn a_cut_response_delivers_exactly_what_comes_before() {
    let emulator = emulator().await;
    let body: Vec<u8> = (0..5_000_000u32).map(|number| number as u8).collect();
    emulator.bucket("plain").put_raw("k", body.clone());
    for at in [0, 1, 1_000_000, 1_048_576, 3_333_333] {
        once(&emulator, Operation::GetObject, FaultAction::CutResponse { at });
        let told = get(&emulator, "plain", "k").await;
        assert_eq!((told.status, told.header("content-length"), told.complete), (200, "5000000", false));
        assert_eq!(told.body.len() as u64, at);
        assert!(told.body == body[..at as usize]);
    }
}

#[tokio::test]
async fn corrupted_bytes() {
    let emulator = emulator().await;
    once(&emulator, Operation::PutObject, FaultAction::CorruptRequest { at: 2 });
    let told = ask("PUT", "plain", "k").body("abcdef").md5().send(&emulator).await;
    assert_eq!(told.error().1, "InvalidDigest");
    once(&emulator, Operation::PutObject, FaultAction::CorruptRequest { at: 2 });
    let told = put(&emulator, "plain", "k", "abcdef").await;
    assert_eq!(get(&emulator, "plain", "k").await.text(), "abbdef");
    assert_eq!(told.header("x-oss-hash-crc64ecma"), ossicle_emulator::crc64(b"abbdef").to_string());
    once(&emulator, Operation::GetObject, FaultAction::CorruptResponse { at: 5 });
    let told = get(&emulator, "plain", "k").await;
    assert_eq!((told.text().as_str(), told.complete), ("abbdeg", true));
    assert_eq!(get(&emulator, "plain", "k").await.text(), "abbdef");
}

#[tokio::test]
async fn errors_garbage_and_portals() {
    let emulator = emulator().await;
    let error = FaultAction::Error { status: 500, code: "InternalError".into(), message: "m".into(), ec: "1-2".into() };
    once(&emulator, Operation::PutObject, error);
    assert_eq!(put(&emulator, "plain", "k", "x").await.error(), (500, "InternalError".into(), "1-2".into()));
    once(&emulator, Operation::PutObject, FaultAction::Garbage { status: 502, body: "bad gateway".into() });
    let told = put(&emulator, "plain", "k", "x").await;
    assert_eq!((told.status, told.text().as_str(), told.header("x-oss-request-id")), (502, "bad gateway", ""));
    once(&emulator, Operation::PutObject, FaultAction::CaptivePortal);
    let told = put(&emulator, "plain", "k", "x").await;
    assert_eq!((told.status, told.header("content-type"), told.header("x-oss-request-id")), (200, "text/html", ""));
    assert_eq!(emulator.bucket("plain").keys().len(), 0);
}

#[tokio::test]
async fn a_dropped_crc() {
    let emulator = emulator().await;
    once(&emulator, Operation::PutObject, FaultAction::DropCrc);
    assert_eq!(put(&emulator, "plain", "k", "x").await.header("x-oss-hash-crc64ecma"), "");
    assert_ne!(get(&emulator, "plain", "k").await.header("x-oss-hash-crc64ecma"), "");
}

#[tokio::test]
async fn an_ignored_range() {
    let emulator = emulator().await;
    emulator.bucket("plain").put_raw("k", "0123456789");
    // Whether it must be kept to by the standard or not, and whether it is signed or not.
    for standard in [false, true] {
        let fault = once(&emulator, Operation::GetObject, FaultAction::IgnoreRange);
        let mut asked = ask("GET", "plain", "k").header("range", "bytes=4-6");
        if standard {
            asked = asked.header("x-oss-range-behavior", "standard");
        }
        let told = asked.send(&emulator).await;
        assert_eq!((told.status, told.text().as_str()), (200, "0123456789"));
        assert_eq!((told.header("content-range"), told.header("content-length")), ("", "10"));
        assert_eq!(told.header("x-oss-hash-crc64ecma"), ossicle_emulator::crc64(b"0123456789").to_string());
        assert_eq!(fault.hits(), 1);
        let told = asked.send(&emulator).await;
        assert_eq!((told.status, told.text().as_str()), (206, "456"));
    }
}

#[tokio::test]
async fn delays_latency_and_trickles() {
    let emulator = emulator().await;
    emulator.bucket("plain").put_raw("k", "0123456789");
    once(&emulator, Operation::GetObject, FaultAction::Delay { ms: 60 });
    let started = Instant::now();
    get(&emulator, "plain", "k").await;
    assert!(started.elapsed() >= Duration::from_millis(60));
    once(&emulator, Operation::GetObject, FaultAction::Trickle { bytes: 3, every_ms: 20 });
    let started = Instant::now();
    assert_eq!(get(&emulator, "plain", "k").await.text(), "0123456789");
    assert!(started.elapsed() >= Duration::from_millis(80));
    emulator.set_latency(Duration::from_millis(40));
    let started = Instant::now();
    get(&emulator, "plain", "k").await;
    assert!(started.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn skipped_keys_stay_and_are_missing_in_the_answer() {
    let emulator = emulator().await;
    for key in ["a", "keep/1", "z"] {
        emulator.bucket("plain").put_raw(key, "x");
    }
    once(&emulator, Operation::DeleteMultipleObjects, FaultAction::SkipKeys { keys: Glob::from("keep/*") });
    let body =
        "<Delete><Object><Key>a</Key></Object><Object><Key>keep/1</Key></Object><Object><Key>z</Key></Object></Delete>";
    let told = ask("POST", "plain", "").query("delete").body(body).md5().send(&emulator).await;
    assert_eq!(told.all("Key"), ["a", "z"]);
    assert_eq!(emulator.bucket("plain").keys(), ["keep/1"]);
}

#[tokio::test]
async fn rules_choose_among_requests() {
    let emulator = emulator().await;
    let rule =
        FaultRule::new(FaultAction::Throttle { status: 503, code: "CpuLimitExceeded".into(), retry_after: None });
    let fault = emulator.faults().add(rule.named("busy").prefix("a/").bucket("plain").skip(1).times(2));
    let mut statuses = Vec::new();
    for key in ["a/1", "b/1", "a/2", "a/3", "a/4"] {
        statuses.push(put(&emulator, "plain", key, "x").await.status);
    }
    put(&emulator, "versioned", "a/1", "x").await;
    assert_eq!(statuses, [200, 200, 503, 503, 200]);
    assert_eq!((fault.hits(), fault.matched()), (2, 4));
    assert_eq!(emulator.requests()[2].faults, ["busy"]);
    assert_eq!(emulator.requests()[2].code.as_deref(), Some("CpuLimitExceeded"));
}
