//! What the client does with every turn that an exchange can take.

use std::time::Duration;

use bytes::Bytes;

use super::{Attributes, Change, Client, ObjectAcl, PresignMethod, Window};
use crate::checksum::Crc64;
use crate::config::{Config, SignatureVersion};
use crate::error::{Error, ErrorKind};
use crate::key::{Key, ObjectName, Root};
use crate::ports::TransportErrorKind;
use crate::testing::{Act, Scripted, Sent, settings, url};

fn object(name: &str) -> ObjectName {
    Root::default().object(&Key::parse(name).unwrap()).unwrap()
}

fn load(script: Vec<Act>, change: impl FnOnce(&mut Config)) -> (Result<Bytes, Error>, Vec<Sent>, Duration) {
    let ports = Scripted::new(script);
    let client = Client::new(ports.clone(), settings(change));
    let result = ports.run(client.get_object("k", &object("k"), 1 << 20)).map(|loaded| loaded.bytes);
    (result, ports.sent(), ports.elapsed())
}

const THROTTLED: &str = "<Error><Code>TotalQpsLimitExceeded</Code><Message>slow</Message></Error>";
const SKEWED: &str = "<Error><Code>RequestTimeTooSkewed</Code><Message>skew</Message></Error>";

#[test]
fn a_request_is_signed_addressed_and_marked_secret() {
    let (result, sent, _) = load(vec![Act::object("value")], |_| {});
    assert_eq!(result.unwrap(), "value");
    let [sent] = sent.try_into().unwrap();
    assert_eq!(url(&sent.request), "https://bucket.oss-cn-hangzhou.aliyuncs.com/k");
    assert_eq!(sent.header("x-oss-date"), "20221228T102741Z");
    assert_eq!(sent.header("x-oss-security-token"), "canary-token");
    assert!(sent.header("authorization").starts_with("OSS4-HMAC-SHA256 Credential=ak/20221228/cn-hangzhou/oss/"));
    assert_eq!((sent.request.header("host"), sent.request.header("date")), (None, None));
}

#[test]
fn the_clock_is_looked_at_once_a_second() {
    let ports = Scripted::new((0..4).map(|_| Act::object("v")));
    let client = Client::new(ports.clone(), settings(|_| {}));
    let load = || drop(ports.run(client.get_object("k", &object("k"), 9)).unwrap());
    load();
    ports.jump(Duration::from_secs(60));
    load();
    ports.skip(Duration::from_millis(999));
    load();
    ports.skip(Duration::from_millis(1001));
    load();
    let dates: Vec<_> = ports.sent().iter().map(|sent| sent.header("x-oss-date").to_owned()).collect();
    assert_eq!(dates, ["20221228T102741Z", "20221228T102741Z", "20221228T102741Z", "20221228T102843Z"]);
}

#[test]
fn retries_with_full_jitter_until_attempts_are_used_up() {
    let script = || (0..3).map(|_| Act::fail(TransportErrorKind::Broken)).collect::<Vec<_>>();
    let (result, sent, elapsed) = load(script(), |_| {});
    let error = result.unwrap_err();
    assert_eq!((error.kind, error.retryable), (ErrorKind::Unavailable, true));
    assert!(error.message.contains("GetObject") && error.message.contains("3 times"), "{error}");
    assert_eq!(sent.len(), 3);
    // The script's random number is the greatest: u64::MAX modulo 200 ms and 400 ms.
    let pauses = [u64::MAX % 200_000_000, u64::MAX % 400_000_000];
    assert_eq!(elapsed, Duration::from_nanos(pauses.iter().sum()));
}

#[test]
fn each_retry_is_signed_anew() {
    let late = Act::fail(TransportErrorKind::TimedOut).late(Duration::from_secs(5));
    let (result, sent, _) = load(vec![late, Act::object("v")], |_| {});
    assert_eq!(result.unwrap(), "v");
    assert_ne!(sent[0].header("x-oss-date"), sent[1].header("x-oss-date"));
    assert_ne!(sent[0].header("authorization"), sent[1].header("authorization"));
}

#[test]
fn what_a_retry_cannot_help_is_sent_once() {
    for (act, kind) in [
        (Act::answer(404, "<Error><Code>NoSuchKey</Code></Error>"), ErrorKind::NotFound),
        (Act::answer(404, "<Error><Code>NoSuchBucket</Code></Error>"), ErrorKind::NoSuchBucket),
        (Act::answer(403, "<Error><Code>AccessDenied</Code></Error>"), ErrorKind::AccessDenied),
        (Act::answer(404, ""), ErrorKind::Service),
        (Act::answer(302, ""), ErrorKind::Service),
        (Act::fail(TransportErrorKind::Refused), ErrorKind::Unavailable),
    ] {
        let (result, sent, _) = load(vec![act], |_| {});
        let error = result.unwrap_err();
        assert_eq!((error.kind, error.retryable, sent.len()), (kind, false, 1), "{error}");
    }
}

#[test]
fn a_refusal_that_cannot_be_read_is_asked_for_again() {
    let garbage = || Act::answer(404, "<Exror><Code>NoSuchKey</Code></Error>");
    let (result, sent, _) = load(vec![garbage(), garbage(), garbage()], |_| {});
    assert_eq!((result.unwrap_err().kind, sent.len()), (ErrorKind::Service, 3));
    let readable = Act::answer(404, "<Error><Code>NoSuchKey</Code></Error>");
    let (result, sent, _) = load(vec![garbage(), readable], |_| {});
    assert_eq!((result.unwrap_err().kind, sent.len()), (ErrorKind::NotFound, 2));
}

#[test]
fn response_without_request_id_or_crc64_is_rejected() {
    let portal = || Act::answer(200, "<html>log in</html>").without("x-oss-request-id");
    let (result, sent, _) = load(vec![portal(), portal(), portal()], |_| {});
    assert_eq!((result.unwrap_err().kind, sent.len()), (ErrorKind::Unavailable, 3));
    // Nothing else has OSS's own checksum.
    let (result, ..) = load(vec![Act::object("v").without("x-oss-request-id")], |_| {});
    assert_eq!(result.unwrap(), "v");
}

#[test]
fn bytes_that_fail_their_check_are_never_given_out() {
    for broken in [
        || Act::object("value").without("x-oss-hash-crc64ecma"),
        || Act::object("value").without("x-oss-hash-crc64ecma").with("x-oss-hash-crc64ecma", "1"),
        || Act::object("value").without("content-length").with("content-length", "6"),
        || Act::object("value").without("content-length").with("content-length", "4"),
    ] {
        let (result, sent, _) = load(vec![broken(), broken(), broken()], |_| {});
        assert_eq!((result.unwrap_err().kind, sent.len()), (ErrorKind::Corrupt, 3));
        let (result, _, _) = load(vec![broken(), Act::object("value")], |_| {});
        assert_eq!(result.unwrap(), "value");
    }
}

#[test]
fn throttling_waits_as_long_as_oss_asks() {
    let throttled = || Act::answer(503, THROTTLED).with("retry-after", "7");
    let (result, sent, _) = load(vec![throttled(), Act::object("v")], |_| {});
    assert_eq!(result.unwrap(), "v");
    assert_eq!(sent[1].at - sent[0].at, Duration::from_secs(7));
    // No longer than the operation may take: then the caller is told.
    let (result, sent, elapsed) = load(vec![throttled()], |config| config.timeouts.operation = Some(6000));
    assert_eq!((result.unwrap_err().kind, sent.len(), elapsed), (ErrorKind::Throttled, 1, Duration::ZERO));
}

#[test]
fn the_clock_is_set_once_by_the_answer() {
    let run = |script, error| {
        let mut ports = Scripted::new(script);
        ports.clock_error = error;
        let client = Client::new(ports.clone(), settings(|config| config.attempts = Some(1)));
        let result = ports.run(client.get_object("k", &object("k"), 9)).map(|loaded| loaded.bytes);
        let again = ports.run(client.head_object("k", &object("k"))).map(drop);
        (result, again, ports.sent())
    };
    let head = || Act::object("").with("last-modified", "Wed, 28 Dec 2022 10:27:41 GMT");
    for error in [-7200, 7200] {
        let (result, again, sent) = run(vec![Act::answer(403, SKEWED), Act::object("v"), head()], error);
        assert_eq!((result.unwrap(), again), (Bytes::from("v"), Ok(())));
        assert_ne!(sent[0].header("x-oss-date"), "20221228T102741Z");
        assert_eq!(sent[1].header("x-oss-date"), "20221228T102741Z");
        assert_eq!(sent[2].header("x-oss-date"), "20221228T102741Z", "it stays set");
    }
    // Set by how the clock stands now, not by how it stood before it jumped.
    let ports = Scripted::new([Act::object("v"), Act::answer(403, SKEWED), Act::object("v")]);
    let client = Client::new(ports.clone(), settings(|config| config.attempts = Some(1)));
    ports.run(client.get_object("k", &object("k"), 9)).unwrap();
    ports.jump(Duration::from_secs(3600));
    ports.run(client.get_object("k", &object("k"), 9)).unwrap();
    assert_eq!(ports.sent()[2].header("x-oss-date"), "20221228T102741Z");
    let (result, _, _) = run(vec![Act::answer(403, SKEWED), Act::answer(403, SKEWED), head()], 7200);
    assert_eq!(result.unwrap_err().kind, ErrorKind::AccessDenied);
}

/// Both were signed by the wrong clock, and the first refusal sets it: the second tells a time that differs no more.
#[test]
fn requests_at_once_are_all_sent_again_by_the_clock_that_was_set() {
    let refused = |seconds| Act::answer(403, SKEWED).late(Duration::from_secs(seconds));
    let mut ports = Scripted::new([refused(1), refused(2), Act::object("v"), Act::object("v")]);
    ports.clock_error = -7200;
    let client = Client::new(ports.clone(), settings(|config| config.attempts = Some(1)));
    let (one, other) = (object("one"), object("other"));
    let both = futures_util::future::join(client.get_object("k", &one, 9), client.get_object("k", &other, 9));
    let (one, other) = ports.run(both);
    assert_eq!((one.unwrap().bytes, other.unwrap().bytes), (Bytes::from("v"), Bytes::from("v")));
    assert_eq!(ports.sent().len(), 4);
}

#[test]
fn the_operation_ends_in_time_whatever_happens() {
    let never = || Act::object("v").late(Duration::from_secs(3600));
    let (result, _, elapsed) = load(vec![never()], |config| config.timeouts.operation = Some(1500));
    assert_eq!(result.unwrap_err().kind, ErrorKind::TimedOut);
    assert_eq!(elapsed, Duration::from_millis(1500));
    let (_, sent, _) = load(vec![Act::object("v")], |config| config.timeouts.operation = Some(1500));
    let timeouts = sent[0].timeouts;
    assert_eq!((timeouts.connect, timeouts.first_byte), (Duration::from_millis(1500), Duration::from_millis(1500)));
}

#[test]
fn an_append_is_sent_again_only_when_it_had_no_effect() {
    let append = |script: Vec<Act>| {
        let ports = Scripted::new(script);
        let client = Client::new(ports.clone(), settings(|_| {}));
        let result = ports.run(client.append_object("k", &object("k"), 0, &Crc64::default(), "abc".into()));
        (result, ports.sent().len())
    };
    let crc64 = crate::checksum::crc64(b"abc");
    let done = |crc64: u64, position: &str| {
        Act::answer(200, "")
            .with("x-oss-hash-crc64ecma", crc64.to_string())
            .with("x-oss-next-append-position", position)
    };
    let (result, sent) = append(vec![Act::fail(TransportErrorKind::NotSent), done(crc64, "3")]);
    assert_eq!((result.unwrap().next_position, sent), (3, 2));
    let (result, sent) = append(vec![Act::answer(503, THROTTLED), done(crc64, "3")]);
    assert_eq!((result.unwrap().crc64, sent), (crc64, 2));
    for (act, kind) in [
        (Act::fail(TransportErrorKind::Broken), ErrorKind::Unavailable),
        (Act::fail(TransportErrorKind::TimedOut), ErrorKind::TimedOut),
        (Act::answer(500, ""), ErrorKind::Unavailable),
        (done(crc64 ^ 1, "3"), ErrorKind::Corrupt),
        (done(crc64, "4"), ErrorKind::Corrupt),
    ] {
        let (result, sent) = append(vec![act]);
        assert_eq!((result.unwrap_err().kind, sent), (kind, 1));
    }
}

/// 1.10: CompleteMultipartUpload is what OSS's clients state the ACL with; for InitiateMultipartUpload upstream's driver did.
#[test]
fn the_acl_is_stated_with_all_that_makes_an_object_and_nothing_else() {
    for (acl, expected) in [(None, "private"), (Some(ObjectAcl::Private), "private"), (Some(ObjectAcl::Default), "")] {
        let appended = |after: &str, position: &str| {
            let crc64 = crate::checksum::crc64(after.as_bytes()).to_string();
            let answer = Act::answer(200, "").with("x-oss-hash-crc64ecma", crc64);
            answer.with("x-oss-next-append-position", position)
        };
        let document = |root: &str| Act::answer(200, format!("<{root}><UploadId>u</UploadId><ETag>e</ETag></{root}>"));
        let ports = Scripted::new([
            Act::stored(),
            Act::stored(),
            Act::stored(),
            document("CopyObjectResult"),
            document("InitiateMultipartUploadResult"),
            document("CompleteMultipartUploadResult"),
            appended("a", "1"),
            appended("ab", "2"),
            Act::stored().with("etag", "e"),
        ]);
        let client = Client::new(ports.clone(), settings(|config| config.acl = acl));
        let (one, other) = (object("one"), object("other"));
        let mut attributes = Attributes::default();
        attributes.set("x-oss-storage-class", "IA");
        ports.run(async {
            let within = Change { guard: Some(Window { from: 1, seconds: 9 }.into()), ..Change::default() };
            client.store_object("k", &one, "x".into(), &attributes, within).await.unwrap();
            client.put_object_with("k", &one, "x".into(), &attributes, Change::default()).await.unwrap();
            client.create_object("k", &one, "x".into(), &attributes, None).await.unwrap();
            client.copy_object("k", &one, &other, None).await.unwrap();
            client.initiate_upload("k", &one, &attributes).await.unwrap();
            client.complete_upload("k", &one, "u", &[(1, "e".into())], Change::default()).await.unwrap();
            let mut before = Crc64::default();
            client.append_object("k", &one, 0, &before, "a".into()).await.unwrap();
            before.update(b"a");
            client.append_object("k", &one, 1, &before, "b".into()).await.unwrap();
            client.upload_part("k", &one, "u", 1, Bytes::from_static(b"x").into(), false).await.unwrap();
        });
        let stated: Vec<_> = ports.sent().iter().map(|sent| sent.header("x-oss-object-acl").to_owned()).collect();
        assert_eq!(stated[..7], [expected; 7]);
        assert_eq!(stated[7..], ["", ""], "a later append and a part");
    }
}

#[test]
fn a_range_that_was_ignored_is_an_error() {
    let ports = Scripted::new([Act::object("0123456789")]);
    let client = Client::new(ports.clone(), settings(|_| {}));
    let error = ports.run(client.get_object_range("k", &object("k"), 2..4)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Service, "{error}");
    assert_eq!(ports.sent()[0].header("range"), "bytes=2-3");
    let other = Act::answer(206, "01").with("content-length", "2").with("content-range", "bytes 0-1/10");
    let ports = Scripted::new([other]);
    let client = Client::new(ports.clone(), settings(|config| config.attempts = Some(1)));
    let error = ports.run(client.get_object_range("k", &object("k"), 2..4)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Corrupt);
    assert_eq!(ports.sent()[0].header("x-oss-range-behavior"), "standard");
}

#[test]
fn no_secret_reaches_an_error() {
    let body = "<Error><Code>AccessDenied</Code><Message>canary-secret and canary-token</Message></Error>";
    let (result, _, _) = load(vec![Act::answer(403, body)], |_| {});
    let error = result.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
}

#[test]
fn presigned_urls() {
    for (signature, parameter) in [(SignatureVersion::V4, "x-oss-signature="), (SignatureVersion::V1, "Signature=")] {
        let ports = Scripted::new([]);
        let client = Client::new(ports.clone(), settings(|config| config.signature = Some(signature)));
        let sign = |seconds| {
            ports.run(client.presign(
                &client.settings().target,
                "a b",
                &object("a b"),
                PresignMethod::Get,
                Duration::from_secs(seconds),
            ))
        };
        let url = sign(60).unwrap().url;
        assert!(url.starts_with("https://bucket.oss-cn-hangzhou.aliyuncs.com/a%20b?"), "{}", *url);
        assert!(url.contains(parameter));
        assert_eq!(sign(0).unwrap_err().kind, ErrorKind::Unsupported);
        assert_eq!(sign(604_801).is_err(), signature == SignatureVersion::V4);
    }
}
