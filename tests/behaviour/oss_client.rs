//! The OSS client's operations that `cert-storage` does not need yet, natively against the emulator.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use ossicle_guest::checksum::{Crc64, crc64};
use ossicle_guest::error::ErrorKind;
use ossicle_guest::key::{Key, ObjectName, Root};
use ossicle_guest::oss::{Client, ListFrom, ListRequest, Listed, PresignMethod, Versioning};
use ossicle_tests::native::Native;
use ossicle_tests::{BUCKET, Ground, Signature};

const SIGNATURES: [Signature; 2] = [Signature::V4, Signature::V1];

fn object(name: &str) -> ObjectName {
    Root::default().object(&Key::parse(name).unwrap()).unwrap()
}

async fn client(signature: Signature) -> (Ground, Client<Native>) {
    let ground = Ground::new("").await;
    let client = Client::new(Native::default(), ground.settings(signature));
    (ground, client)
}

#[tokio::test]
async fn ranges() {
    for signature in SIGNATURES {
        let (_ground, client) = client(signature).await;
        let whole = Bytes::from_static(b"0123456789");
        client.put_object("k", &object("k"), whole.clone()).await.unwrap();
        for (range, expected) in [(0..10, "0123456789"), (2..5, "234"), (9..10, "9"), (7..100, "789")] {
            let part = client.get_object_range("k", &object("k"), range).await.unwrap();
            assert_eq!((part.bytes, part.size, part.crc64), (expected.into(), 10, Some(crc64(&whole))));
        }
        let beyond = client.get_object_range("k", &object("k"), 10..12).await.unwrap_err();
        assert_eq!(beyond.answer.unwrap().code, "InvalidRange");
        assert_eq!(client.get_object_range("k", &object("k"), 3..3).await.unwrap_err().kind, ErrorKind::Unsupported);
    }
}

#[tokio::test]
async fn append_is_compare_and_set() {
    for signature in SIGNATURES {
        let (_ground, client) = client(signature).await;
        let log = object("log/测试");
        let mut before = Crc64::default();
        let first = client.append_object("log", &log, 0, &before, "abc".into()).await.unwrap();
        assert_eq!((first.next_position, first.crc64), (3, crc64(b"abc")));
        before.update(b"abc");
        let second = client.append_object("log", &log, 3, &before, "def".into()).await.unwrap();
        assert_eq!((second.next_position, second.crc64), (6, crc64(b"abcdef")));
        let late = client.append_object("log", &log, 3, &before, "xyz".into()).await.unwrap_err();
        assert_eq!((late.kind, late.answer.unwrap().code.as_str()), (ErrorKind::Conflict, "PositionNotEqualToLength"));
        let meta = client.head_object("log", &log).await.unwrap();
        assert_eq!((meta.size, meta.next_append_position), (6, Some(6)));
        assert_eq!(meta.object_type.as_deref(), Some("Appendable"));
        client.put_object("k", &object("k"), "x".into()).await.unwrap();
        let normal = client.append_object("k", &object("k"), 1, &Crc64::default(), "y".into()).await.unwrap_err();
        assert_eq!(normal.answer.unwrap().code, "ObjectNotAppendable");
    }
}

#[tokio::test]
async fn copies() {
    for signature in SIGNATURES {
        let (ground, client) = client(signature).await;
        let (source, target) = (object("a b/+&测试"), object("copy"));
        client.put_object("k", &source, "value".into()).await.unwrap();
        let etag = client.head_object("k", &source).await.unwrap().etag.unwrap();
        let copied = client.copy_object("k", &source, &target, Some(&etag)).await.unwrap();
        assert_eq!(copied.etag, Some(etag));
        assert_eq!(ground.get_raw("copy").as_deref(), Some(&b"value"[..]));
        let changed = client.copy_object("k", &source, &target, Some("\"0\"")).await.unwrap_err();
        assert_eq!(changed.kind, ErrorKind::Conflict);
        let missing = client.copy_object("k", &object("missing"), &target, None).await.unwrap_err();
        assert_eq!(missing.kind, ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn versioning() {
    for signature in SIGNATURES {
        let (ground, client) = client(signature).await;
        assert_eq!(client.get_bucket_versioning().await.unwrap(), Versioning::Never);
        for (status, expected) in [
            (ossicle_emulator::Versioning::Enabled, Versioning::Enabled),
            (ossicle_emulator::Versioning::Suspended, Versioning::Suspended),
        ] {
            ground.emulator().bucket(BUCKET).set_versioning(status);
            assert_eq!(client.get_bucket_versioning().await.unwrap(), expected);
        }
    }
}

#[tokio::test]
async fn batch_deletes() {
    for signature in SIGNATURES {
        let (ground, client) = client(signature).await;
        let names = ["a&b", "<c>", "d e", "测试", "quote\"'", "control\u{1}", "kept"];
        for name in names {
            ground.put_raw(name, b"x");
        }
        let listed = client
            .list_objects(&ListRequest {
                key: None,
                prefix: "",
                one_level: false,
                from: ListFrom::Start,
                max_keys: 1000,
            })
            .await
            .unwrap();
        assert_eq!(listed.objects.len(), names.len());
        let doomed: Vec<_> = listed
            .objects
            .into_iter()
            .filter(|object| object.name != "kept")
            .filter_map(|object| ObjectName::listed(object.name))
            .collect();
        client.delete_objects("k", &doomed).await.unwrap();
        assert_eq!(ground.keys(), ["kept"]);
    }
}

#[tokio::test]
async fn presigned_urls_work_without_credentials() {
    for signature in SIGNATURES {
        let (ground, client) = client(signature).await;
        let name = object("a b/测试+?.txt");
        let http = HttpClient::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let send = async |method: PresignMethod, verb: &str, body: &'static str| {
            let url = client
                .presign(&client.settings().target, "k", &name, method, Duration::from_secs(60))
                .await
                .unwrap()
                .url;
            let request = http::Request::builder().method(verb).uri(url.as_str());
            let answer = http.request(request.body(Full::from(body)).unwrap()).await.unwrap();
            let status = answer.status().as_u16();
            (status, answer.into_body().collect().await.unwrap().to_bytes())
        };
        assert_eq!(send(PresignMethod::Put, "PUT", "value").await.0, 200);
        assert_eq!(send(PresignMethod::Get, "GET", "").await, (200, "value".into()));
        assert_eq!(send(PresignMethod::Head, "HEAD", "").await.0, 200);
        assert_eq!(send(PresignMethod::Get, "PUT", "other").await.0, 403, "for what it was made, and nothing else");
        ground.advance_clock(61);
        let url = client
            .presign(&client.settings().target, "k", &name, PresignMethod::Get, Duration::from_secs(60))
            .await
            .unwrap()
            .url;
        ground.advance_clock(1);
        let answer = http.request(http::Request::get(url.as_str()).body(Full::default()).unwrap()).await.unwrap();
        assert_eq!(answer.status().as_u16(), 403, "it has expired");
    }
}

/// A listing has no checksum in OSS's protocol. A changed byte of it is found out, but for one within a name, a size or a
/// time: those are TLS's to guard. It never adds or drops an entry, and never leads out of the prefix.
#[tokio::test]
async fn a_changed_byte_of_a_listing() {
    let ground = Ground::new("").await;
    let mut settings = ground.settings(Signature::V4);
    settings.attempts = 1;
    let client = Client::new(Native::default(), settings);
    for name in ["d/a", "d/b/c", "d/b/d", "e"] {
        ground.put_raw(name, b"x");
    }
    let request = ListRequest { key: None, prefix: "d/", one_level: true, from: ListFrom::Start, max_keys: 1000 };
    let right = client.list_objects(&request).await.unwrap();
    let (mut refused, mut other) = (0, 0);
    for at in 0.. {
        let fault = ossicle_emulator::FaultRule::new(ossicle_emulator::FaultAction::CorruptResponse { at });
        ground.fault(fault);
        let result = client.list_objects(&request).await;
        let length = ground.emulator().requests().last().unwrap().bytes_out;
        ground.clear_faults();
        match result {
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Corrupt, "byte {at}: {error}");
                refused += 1;
            }
            // The head of the answer tells the time, which goes on.
            Ok(page) if (Listed { date: right.date, ..page.clone() }) == right => {}
            Ok(page) => {
                assert_eq!((page.objects.len(), page.prefixes.len(), &page.next), (1, 1, &None), "byte {at}");
                assert!(page.objects[0].name.starts_with("d/") && page.prefixes[0].starts_with("d/"), "byte {at}");
                other += 1;
            }
        }
        if at + 1 >= length {
            break;
        }
    }
    assert!(refused > 200 && other < 60, "{refused} refused, {other} other");
}
