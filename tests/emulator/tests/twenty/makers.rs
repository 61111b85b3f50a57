//! What the suites of OSS's makers assert against the service, and what was once wrong here (5).

use base64::Engine as _;
use md5::{Digest as _, Md5};

use ossicle_emulator::auth::{self, RequestView};
use ossicle_emulator::{Emulator, Query, SignatureKind};

use crate::support::{self, Sign, Told, ask, emulator, get, gmt, now, put};
use crate::writing::{append, initiate, list, part};

/// 5: what a delete marker hides is no longer there to be appended to, and a new object begins.
#[tokio::test]
async fn append_after_a_delete_marker_makes_a_new_version() {
    let emulator = emulator().await;
    let first = append(&emulator, "versioned", 0, "123").await.header("x-oss-version-id").to_owned();
    assert_eq!(append(&emulator, "versioned", 3, "456").await.header("x-oss-version-id"), first);
    let marker = ask("DELETE", "versioned", "log").send(&emulator).await.header("x-oss-version-id").to_owned();
    let told = append(&emulator, "versioned", 6, "x").await;
    assert_eq!((told.error().1.as_str(), told.header("x-oss-next-append-position")), ("PositionNotEqualToLength", "0"));
    let told = append(&emulator, "versioned", 0, "789").await;
    let second = told.header("x-oss-version-id").to_owned();
    assert_eq!((told.status, told.header("x-oss-next-append-position")), (200, "3"));
    assert_ne!(second, first);
    let of = |method: &str, version: &str| ask(method, "versioned", "log").query(&format!("versionId={version}"));
    assert_eq!(of("GET", &first).send(&emulator).await.text(), "123456");
    assert_eq!(get(&emulator, "versioned", "log").await.text(), "789");
    of("DELETE", &marker).send(&emulator).await;
    assert_eq!(append(&emulator, "versioned", 3, "!").await.header("x-oss-version-id"), second);
    // Where versioning is suspended the version is `null`; a bucket that never had versions names none.
    assert_eq!(append(&emulator, "suspended", 0, "1").await.header("x-oss-version-id"), "null");
    assert_eq!(append(&emulator, "plain", 0, "1").await.header("x-oss-version-id"), "");
    // An object that was there before versioning keeps its id as it grows.
    emulator.bucket("plain").set_versioning(ossicle_emulator::Versioning::Enabled);
    assert_eq!(append(&emulator, "plain", 1, "2").await.header("x-oss-version-id"), "null");
    // 5: the first append may make an archived object, but not a cold one.
    let classed = |key: &str, class: &str| {
        ask("POST", "versioned", key).query("append&position=0").header("x-oss-storage-class", class).body("x")
    };
    assert_eq!(classed("archived", "Archive").send(&emulator).await.status, 200);
    let cold = classed("cold", "ColdArchive").send(&emulator).await;
    assert_eq!(cold.error(), (400, "InvalidArgument".into(), "0016-00000503".into()));
}

/// 5: what is asked for by a version id.
#[tokio::test]
async fn a_version_id_that_is_none_is_refused() {
    let emulator = emulator().await;
    put(&emulator, "versioned", "k", "x").await;
    let refused = (400, "InvalidArgument".to_owned(), "0017-00000222".to_owned());
    for method in ["GET", "HEAD", "DELETE"] {
        let told = ask(method, "versioned", "k").query("versionId=234").send(&emulator).await;
        assert_eq!((told.status, told.header("x-oss-ec")), (400, "0017-00000222"), "{method}");
    }
    let listed =
        "<Delete><Object><Key>k</Key></Object><Object><Key>k</Key><VersionId>234</VersionId></Object></Delete>";
    let told = ask("POST", "versioned", "").query("delete").body(listed).md5().send(&emulator).await;
    assert_eq!(told.error(), refused);
    assert_eq!(get(&emulator, "versioned", "k").await.text(), "x", "nothing of a wrong batch is done");
    let copy = ask("PUT", "versioned", "copy").header("x-oss-copy-source", "/versioned/k?versionId=234");
    assert_eq!(copy.send(&emulator).await.error(), refused);
    let told = ask("GET", "versioned", "").query("versions&key-marker=k&version-id-marker=234").send(&emulator).await;
    assert_eq!(told.error(), (400, "InvalidArgument".into(), "0012-00000105".into()));
    // Without versioning there is only the version `null`, and answers do not speak of it.
    put(&emulator, "plain", "k", "x").await;
    let told = ask("DELETE", "plain", "k").query("versionId=null").send(&emulator).await;
    assert_eq!((told.status, told.header("x-oss-version-id")), (204, ""));
    assert_eq!(get(&emulator, "plain", "k").await.status, 404);
}

/// 5: prefixes and markers have at most 1024 bytes.
#[tokio::test]
async fn long_prefixes_and_markers_are_refused() {
    let emulator = emulator().await;
    for (query, name) in [
        ("", "prefix"),
        ("", "marker"),
        ("", "delimiter"),
        ("list-type=2", "prefix"),
        ("list-type=2", "start-after"),
        ("versions", "prefix"),
        ("versions", "key-marker"),
        ("versions", "delimiter"),
        ("uploads", "prefix"),
        ("uploads", "key-marker"),
        ("uploads", "upload-id-marker"),
    ] {
        let list = |length: usize| {
            ask("GET", "plain", "").query(format!("{query}&{name}={}", "k".repeat(length)).trim_start_matches('&'))
        };
        assert_eq!(list(1024).send(&emulator).await.status, 200, "{query} {name}");
        let told = list(1025).send(&emulator).await;
        assert_eq!((told.status, told.xml("Code")), (400, "InvalidArgument".into()), "{query} {name}");
    }
}

/// 5: what completing an upload makes.
#[tokio::test]
async fn completions() {
    let emulator = emulator().await;
    let complete = |key: &str, id: &str, parts: &[(u32, &str)]| {
        ask("POST", "plain", key).query(&format!("uploadId={id}")).body(list(parts))
    };
    // Nothing of nothing is an empty object; nothing of something is a mistake.
    let id = initiate(&emulator, "plain", "empty").await;
    assert_eq!(complete("empty", &id, &[]).send(&emulator).await.status, 200);
    let told = get(&emulator, "plain", "empty").await;
    assert_eq!((told.status, told.body.len(), told.header("x-oss-hash-crc64ecma")), (200, 0, "0"));
    let id = initiate(&emulator, "plain", "k").await;
    let etag = part(&emulator, "plain", "k", &id, 1, b"part".to_vec()).await;
    assert_eq!(complete("k", &id, &[]).send(&emulator).await.error().1, "MalformedXML");
    // The ACL is the one stated here, in place of the one stated before.
    let wrong = complete("k", &id, &[(1, &etag)]).header("x-oss-object-acl", "nobody").send(&emulator).await;
    assert_eq!(wrong.error().1, "InvalidArgument");
    let wrong =
        complete("k", &id, &[(1, &etag)]).header("x-oss-server-side-encryption", "AES256").send(&emulator).await;
    assert_eq!(wrong.error().1, "InvalidArgument", "an upload is encrypted as it was begun");
    let told = complete("k", &id, &[(1, &etag)]).header("x-oss-object-acl", "public-read").send(&emulator).await;
    assert_eq!((told.status, told.header("content-md5")), (200, ""));
    assert_eq!(ask("GET", "plain", "k").query("acl").send(&emulator).await.xml("Grant"), "public-read");
    // The location is well-formed, whatever the key.
    let odd = "a b/\u{1}<&>\u{1F980}+";
    let id = initiate(&emulator, "plain", odd).await;
    let etag = part(&emulator, "plain", odd, &id, 1, b"part".to_vec()).await;
    let told = complete(odd, &id, &[(1, &etag)]).send(&emulator).await;
    let place = "http://plain.oss-cn-hangzhou.aliyuncs.com/a%20b/%01%3C%26%3E%F0%9F%A6%80%2B";
    assert_eq!(told.xml("Location"), place);
    // Of parts that came one after another OSS gives the MD5.
    let told = ask("POST", "plain", "seq").query("sequential&uploads").send(&emulator).await;
    let id = told.xml("UploadId");
    let big = vec![7; 100 * 1024];
    let first = part(&emulator, "plain", "seq", &id, 1, big.clone()).await;
    let early =
        ask("PUT", "plain", "seq").query(&format!("partNumber=3&uploadId={id}")).body("x").send(&emulator).await;
    assert_eq!(early.error().1, "PartNotSequential");
    let second = part(&emulator, "plain", "seq", &id, 2, b"end".to_vec()).await;
    let told = complete("seq", &id, &[(1, &first), (2, &second)]).send(&emulator).await;
    let mut whole = big;
    whole.extend_from_slice(b"end");
    let md5 = base64::engine::general_purpose::STANDARD.encode(Md5::digest(&whole));
    assert_eq!((told.status, told.header("content-md5")), (200, &*md5), "{}", told.text());
    for method in ["GET", "HEAD"] {
        assert_eq!(ask(method, "plain", "seq").send(&emulator).await.header("content-md5"), md5, "{method}");
    }
}

/// 5: the next markers are there although there is no next page.
#[tokio::test]
async fn markers_of_the_last_page() {
    let emulator = emulator().await;
    let a = initiate(&emulator, "plain", "a").await;
    let b = initiate(&emulator, "plain", "b").await;
    let told = ask("GET", "plain", "").query("uploads").send(&emulator).await;
    assert_eq!(
        (told.xml("IsTruncated"), told.xml("NextKeyMarker"), told.xml("NextUploadIdMarker")),
        ("false".into(), "b".into(), b)
    );
    let parts = || ask("GET", "plain", "a").query(&format!("uploadId={a}&part-number-marker=1"));
    part(&emulator, "plain", "a", &a, 1, b"x".to_vec()).await;
    assert_eq!(parts().send(&emulator).await.xml("NextPartNumberMarker"), "0");
    part(&emulator, "plain", "a", &a, 7, b"x".to_vec()).await;
    let told = parts().send(&emulator).await;
    assert_eq!((told.xml("IsTruncated"), told.xml("NextPartNumberMarker")), ("false".into(), "7".into()));
}

/// 5: parts that are copied.
#[tokio::test]
async fn part_copies_take_open_ranges_and_name_the_version_they_read() {
    let emulator = emulator().await;
    let version = put(&emulator, "versioned", "source", "0123456789").await.header("x-oss-version-id").to_owned();
    put(&emulator, "versioned", "source", "newer").await;
    let id = initiate(&emulator, "plain", "k").await;
    let copied = |number: u32, range: &str| {
        ask("PUT", "plain", "k")
            .query(&format!("partNumber={number}&uploadId={id}"))
            .header("x-oss-copy-source", &format!("/versioned/source?versionId={version}"))
            .header("x-oss-copy-source-range", range)
    };
    let size = async |number: u32| {
        let query = format!("uploadId={id}&part-number-marker={}&max-parts=1", number - 1);
        ask("GET", "plain", "k").query(&query).send(&emulator).await.xml("Size")
    };
    for (number, range, expected) in [(1, "bytes=4-", "6"), (2, "bytes=2-3", "2"), (3, "bytes=10-", "10")] {
        let told = copied(number, range).send(&emulator).await;
        assert_eq!((told.status, told.header("x-oss-copy-source-version-id")), (200, &*version), "{range}");
        assert_eq!(size(number).await, expected, "{range}");
    }
    put(&emulator, "plain", "source", "x").await;
    let plain = ask("PUT", "plain", "k").query(&format!("partNumber=4&uploadId={id}"));
    let told = plain.header("x-oss-copy-source", "/plain/source").send(&emulator).await;
    assert_eq!((told.status, told.header("x-oss-copy-source-version-id")), (200, ""));
}

/// 5: what the clients' own encryption needs survives, and whoever goes on with an upload finds it.
#[tokio::test]
async fn the_keys_of_client_side_encryption() {
    let emulator = emulator().await;
    let keyed = |asked: crate::support::Ask| {
        asked
            .header("x-oss-meta-client-side-encryption-key", "K")
            .header("x-oss-meta-client-side-encryption-part-size", "7")
    };
    assert_eq!(keyed(ask("PUT", "plain", "k")).body("value").send(&emulator).await.status, 200);
    let copy = ask("PUT", "plain", "copy").header("x-oss-copy-source", "/plain/k");
    let copy = copy.header("x-oss-metadata-directive", "REPLACE").header("x-oss-meta-a", "1");
    assert_eq!(copy.send(&emulator).await.status, 200);
    let told = ask("HEAD", "plain", "copy").send(&emulator).await;
    assert_eq!((told.header("x-oss-meta-a"), told.header("x-oss-meta-client-side-encryption-key")), ("1", "K"));
    let id = keyed(ask("POST", "plain", "k").query("uploads")).send(&emulator).await.xml("UploadId");
    let told = ask("GET", "plain", "k").query(&format!("uploadId={id}")).send(&emulator).await;
    assert_eq!((told.xml("ClientEncryptionKey"), told.xml("ClientEncryptionPartSize")), ("K".into(), "7".into()));
    assert_eq!(told.xml("ClientEncryptionStart"), "");
}

/// 5: each operation on an upload that is not there has an EC of its own. (Go v2's integration tests.)
#[tokio::test]
async fn the_ecs_of_uploads_that_are_not_there() {
    let emulator = emulator().await;
    put(&emulator, "plain", "source", "x").await;
    let upload = |method: &str, query: &str| ask(method, "plain", "k").query(&format!("{query}uploadId=0123"));
    for (asked, ec) in [
        (upload("PUT", "partNumber=1&").body("x"), "0042-00000104"),
        (upload("PUT", "partNumber=1&").header("x-oss-copy-source", "/plain/source"), "0042-00000311"),
        (upload("GET", ""), "0042-00000002"),
        (upload("DELETE", ""), "0042-00000002"),
        (upload("POST", "").body(list(&[])), "0042-00000002"),
    ] {
        assert_eq!(asked.send(&emulator).await.error(), (404, "NoSuchUpload".into(), ec.into()));
    }
}

/// 5: sealing is open to few accounts, and to none here.
#[tokio::test]
async fn sealing_is_refused_as_the_service_refuses_it() {
    let emulator = emulator().await;
    append(&emulator, "plain", 0, "x").await;
    let told = ask("POST", "plain", "log").query("seal&position=1").send(&emulator).await;
    assert_eq!(told.error(), (400, "OperationNotSupported".into(), "0016-00000513".into()));
}

/// A request with a signature of version 2 in its header or, with `expires`, in its URL.
async fn version_2(emulator: &Emulator, secret: &str, expires: Option<i64>, additional: &str) -> Told {
    let mut headers = http::HeaderMap::new();
    headers.insert("x-oss-range-behavior", "standard".parse().expect("value"));
    headers.insert("range", "bytes=1-2".parse().expect("value"));
    let asked = ask("GET", "plain", "a b/k").sign(Sign::Not).header("range", "bytes=1-2");
    let asked = asked.header("x-oss-range-behavior", "standard");
    let names: Vec<&str> = additional.split(';').filter(|name| !name.is_empty()).collect();
    let sign = |query: &str, date: &str| {
        let query = Query::parse(query).expect("query");
        let view =
            RequestView { method: "GET", bucket: Some("plain"), key: Some("a b/k"), query: &query, headers: &headers };
        auth::v2_sign(secret, &auth::v2_string_to_sign(&view, date, &names))
    };
    let asked = match expires {
        None => {
            let date = gmt(now(emulator));
            let list = if additional.is_empty() { String::new() } else { format!(",AdditionalHeaders:{additional}") };
            let value = format!("OSS2 AccessKeyId:{}{list},Signature:{}", support::ID, sign("", &date));
            asked.header("date", &date).header("authorization", &value)
        }
        Some(end) => {
            let list = if additional.is_empty() { "" } else { "&x-oss-additional-headers=" };
            let query = format!(
                "x-oss-signature-version=OSS2&x-oss-access-key-id={}&x-oss-expires={end}{list}{additional}",
                support::ID
            );
            let signature = sign(&query, &end.to_string()).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
            asked.query(&format!("{query}&x-oss-signature={signature}"))
        }
    };
    asked.send(emulator).await
}

/// 5: some clients still sign with version 2, which the documentation has as well.
#[tokio::test]
async fn signatures_of_version_2() {
    let emulator = emulator().await;
    put(&emulator, "plain", "a b/k", "value").await;
    let later = now(&emulator) + 60;
    for (expires, kind) in [(None, SignatureKind::V2Header), (Some(later), SignatureKind::V2Presign)] {
        for additional in ["", "range"] {
            let told = version_2(&emulator, support::SECRET, expires, additional).await;
            assert_eq!((told.status, told.text().as_str()), (206, "al"), "{}", told.text());
            assert_eq!(emulator.requests().last().expect("logged").signature, Some(kind));
        }
        let told = version_2(&emulator, "wrong", expires, "").await;
        assert_eq!(told.error(), (403, "SignatureDoesNotMatch".into(), "0002-00000101".into()));
        let told = version_2(&emulator, support::SECRET, expires, "absent").await;
        let ec = if expires.is_none() { "0002-00000112" } else { "0002-00000077" };
        assert_eq!(told.error(), (400, "InvalidArgument".into(), ec.into()));
    }
    let told = version_2(&emulator, support::SECRET, Some(now(&emulator) - 1), "").await;
    assert_eq!(told.error(), (403, "AccessDenied".into(), "0002-00000069".into()));
    for (header, ec) in [
        ("OSS2 AccessKeyId:a,AdditionalHeadershost,Signature:b", "0002-00000103"),
        ("OSS2 AccessKeyId:a,Signature:b,UnknownKey:c", "0002-00000104"),
        ("OSS2 AccessKeyId:,Signature:b", "0002-00000106"),
        ("OSS2 AccessKeyId:a,AdditionalHeaders:,Signature:b", "0002-00000110"),
    ] {
        let told = ask("GET", "plain", "k").sign(Sign::Not).header("authorization", header).send(&emulator).await;
        assert_eq!(told.error(), (400, "InvalidArgument".into(), ec.into()), "{header}");
    }
}

/// 5: of the headers of later appends one counts.
#[tokio::test]
async fn a_later_append_sets_the_acl() {
    let emulator = emulator().await;
    let acl = async || ask("GET", "plain", "log").query("acl").send(&emulator).await.xml("Grant");
    for (position, stated, then) in
        [(0, "private", "private"), (1, "public-read", "public-read"), (2, "nobody", "public-read")]
    {
        let query = format!("append&position={position}");
        let told = ask("POST", "plain", "log").query(&query).header("x-oss-object-acl", stated).body("x");
        assert_eq!(told.send(&emulator).await.status, 200);
        assert_eq!(acl().await, then);
    }
}

/// 5: what bucket names cannot have is no prefix of theirs.
#[tokio::test]
async fn bucket_listings_are_asked_for_by_parts_of_names() {
    let emulator = emulator().await;
    for (query, ec) in [("prefix=Upper", "0017-00000290"), ("marker=a_b", "0017-00000291")] {
        let told = ask("GET", "", "").query(query).send(&emulator).await;
        assert_eq!(told.error(), (400, "InvalidArgument".into(), ec.into()));
    }
    assert_eq!(ask("GET", "", "").query("prefix=plai").send(&emulator).await.all("Bucket").len(), 1);
}
