//! What is written: overwrites, conditions, appends, deletions, digests, parts, copies.

use std::time::Duration;

use md5::{Digest as _, Md5};
use ossicle_emulator::{Emulator, crc64};

use crate::support::{self, ask, emulator, get, gmt, put};

#[tokio::test]
async fn thing_03_forbid_overwrite_counts_only_where_versioning_never_was() {
    let emulator = emulator().await;
    for (bucket, status) in [("plain", 409), ("versioned", 200), ("suspended", 200)] {
        put(&emulator, bucket, "k", "first").await;
        let second = ask("PUT", bucket, "k").header("x-oss-forbid-overwrite", "true").body("second");
        assert_eq!(second.send(&emulator).await.status, status, "{bucket}");
        let kept = if status == 409 { "first" } else { "second" };
        assert_eq!(get(&emulator, bucket, "k").await.text(), kept, "{bucket}");
    }
    assert_eq!(emulator.bucket("versioned").versions("k"), 2);
    assert_eq!(emulator.bucket("suspended").versions("k"), 1);
}

#[tokio::test]
async fn thing_04_forbidden_overwrites_are_409_and_only_two_values_exist() {
    let emulator = emulator().await;
    put(&emulator, "plain", "k", "first").await;
    let forbid = |value: &str| ask("PUT", "plain", "k").header("x-oss-forbid-overwrite", value).body("second");
    let told = forbid("true").send(&emulator).await;
    assert_eq!(told.error(), (409, "FileAlreadyExists".into(), "0026-00000002".into()));
    for value in ["TRUE", "1", "yes", ""] {
        assert_eq!(forbid(value).send(&emulator).await.xml("EC"), "0017-00000279", "{value}");
    }
    assert_eq!(forbid("false").send(&emulator).await.status, 200);
}

pub async fn initiate(emulator: &Emulator, bucket: &str, key: &str) -> String {
    ask("POST", bucket, key).query("uploads").send(emulator).await.xml("UploadId")
}

pub async fn part(emulator: &Emulator, bucket: &str, key: &str, id: &str, number: u32, body: Vec<u8>) -> String {
    let query = format!("partNumber={number}&uploadId={id}");
    let told = ask("PUT", bucket, key).query(&query).body(body).send(emulator).await;
    assert_eq!(told.status, 200, "{}", told.text());
    told.header("etag").trim_matches('"').to_owned()
}

pub fn list(parts: &[(u32, &str)]) -> String {
    let parts: String = parts
        .iter()
        .map(|(number, etag)| format!("<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag></Part>"))
        .collect();
    format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
}

#[tokio::test]
async fn thing_05_forbid_overwrite_at_initiate_at_complete_and_at_copy() {
    let emulator = emulator().await;
    let forbid =
        |method: &str, query: &str| ask(method, "plain", "k").query(query).header("x-oss-forbid-overwrite", "true");
    let id = forbid("POST", "uploads").send(&emulator).await.xml("UploadId");
    let etag = part(&emulator, "plain", "k", &id, 1, b"part".to_vec()).await;
    put(&emulator, "plain", "k", "in between").await;
    let told = forbid("POST", &format!("uploadId={id}")).body(list(&[(1, &etag)])).send(&emulator).await;
    assert_eq!(told.error(), (409, "FileAlreadyExists".into(), "0042-00000214".into()));
    assert_eq!(forbid("POST", "uploads").send(&emulator).await.error().1, "FileAlreadyExists");
    put(&emulator, "plain", "source", "source").await;
    let told = forbid("PUT", "").header("x-oss-copy-source", "/plain/source").send(&emulator).await;
    assert_eq!(told.error().1, "FileAlreadyExists");
    assert_eq!(get(&emulator, "plain", "k").await.text(), "in between");
    assert_eq!(emulator.bucket("plain").uploads().len(), 1, "the refused upload is still there");
}

#[tokio::test]
async fn thing_06_a_conditional_put_is_not_implemented() {
    let emulator = emulator().await;
    for (name, value) in [
        ("If-Match", "\"etag\""),
        ("If-None-Match", "*"),
        ("If-Modified-Since", "Wed, 28 Dec 2022 10:27:41 GMT"),
        ("If-Unmodified-Since", "Wed, 28 Dec 2022 10:27:41 GMT"),
    ] {
        let told = ask("PUT", "plain", "k").header(&name.to_lowercase(), value).body("x").send(&emulator).await;
        assert_eq!(told.error(), (400, "NotImplemented".into(), "0017-00000245".into()));
        assert_eq!(told.xml("Header"), name);
    }
    assert_eq!(emulator.bucket("plain").keys(), Vec::<String>::new());
}

pub async fn append(emulator: &Emulator, bucket: &str, position: u64, body: &str) -> support::Told {
    let query = format!("append&position={position}");
    ask("POST", bucket, "log").query(&query).body(body.to_owned()).send(emulator).await
}

#[tokio::test]
async fn thing_07_append_compares_the_position() {
    let emulator = emulator().await;
    let told = append(&emulator, "plain", 0, "one").await;
    assert_eq!((told.status, told.header("x-oss-next-append-position")), (200, "3"));
    for position in [0, 2, 4] {
        let told = append(&emulator, "plain", position, "x").await;
        assert_eq!(told.error(), (409, "PositionNotEqualToLength".into(), "0026-00000016".into()));
        assert_eq!(told.header("x-oss-next-append-position"), "3");
    }
    assert_eq!(append(&emulator, "plain", 3, "two").await.header("x-oss-next-append-position"), "6");
    put(&emulator, "plain", "log", "normal").await;
    assert_eq!(append(&emulator, "plain", 6, "x").await.error().1, "ObjectNotAppendable");
    assert_eq!(append(&emulator, "plain", 0, "x").await.error().1, "ObjectNotAppendable");
    let bare = ask("POST", "plain", "log").query("append").body("x").send(&emulator).await;
    // 5: the code is one of its own.
    assert_eq!(bare.error(), (400, "MissingArgument".into(), "0016-00000501".into()));
    let odd = ask("POST", "plain", "log").query("append&position=x").body("x").send(&emulator).await;
    assert_eq!(odd.xml("EC"), "0016-00000502");
}

#[tokio::test]
async fn thing_08_append_keeps_the_first_metadata_and_makes_no_version() {
    let emulator = emulator().await;
    let first = ask("POST", "versioned", "log").query("append&position=0").header("x-oss-meta-who", "first").body("ab");
    let version = first.send(&emulator).await.header("x-oss-version-id").to_owned();
    assert!(version.starts_with("CAE"), "5: a version id of its own: {version}");
    // 5: headers of later appends are not even checked.
    let second = ask("POST", "versioned", "log")
        .query("append&position=2")
        .header("x-oss-meta-who", "second")
        .header("x-oss-storage-class", "Nonsense")
        .header("x-oss-object-acl", "nobody")
        .header("x-oss-server-side-encryption", "ROT13");
    let told = second.body("cd").send(&emulator).await;
    assert_eq!((told.status, told.header("x-oss-version-id")), (200, &*version), "{}", told.text());
    assert_eq!(told.header("x-oss-hash-crc64ecma"), crc64(b"abcd").to_string());
    let md5: String = Md5::digest(b"abcd").iter().map(|byte| format!("{byte:02X}")).collect();
    assert_ne!(told.header("etag").trim_matches('"'), md5);
    let head = ask("HEAD", "versioned", "log").send(&emulator).await;
    assert_eq!(head.header("x-oss-meta-who"), "first");
    assert_eq!((head.header("x-oss-object-type"), head.header("x-oss-next-append-position")), ("Appendable", "4"));
    assert_eq!(head.header("content-md5"), "");
    assert_eq!(emulator.bucket("versioned").versions("log"), 1);
    // A put freezes it as a previous version; then it cannot grow.
    put(&emulator, "versioned", "log", "normal").await;
    assert_eq!(append(&emulator, "versioned", 4, "x").await.error().1, "ObjectNotAppendable");
    assert_eq!(append(&emulator, "versioned", 0, "x").await.error().1, "ObjectNotAppendable");
}

fn batch(keys: &[String], quiet: bool) -> String {
    let objects: String = keys.iter().map(|key| format!("<Object><Key>{key}</Key></Object>")).collect();
    format!("<Delete><Quiet>{quiet}</Quiet>{objects}</Delete>")
}

#[tokio::test]
async fn thing_10_deleting_nothing_succeeds_and_batches_have_limits() {
    let emulator = emulator().await;
    assert_eq!(ask("DELETE", "plain", "absent").send(&emulator).await.status, 204);
    let delete = |body: String| ask("POST", "plain", "").query("delete").body(body);
    let keys: Vec<String> = (0..1001).map(|number| format!("k{number}")).collect();
    put(&emulator, "plain", "k0", "x").await;
    assert_eq!(delete(batch(&keys[..1], false)).send(&emulator).await.xml("EC"), "0016-00000606");
    assert_eq!(emulator.bucket("plain").keys().len(), 1);
    assert_eq!(delete(batch(&keys, false)).md5().send(&emulator).await.error().1, "MalformedXML");
    let padding = "k".repeat(3 << 20);
    assert_eq!(delete(batch(&[padding], false)).md5().send(&emulator).await.error().1, "MalformedXML");
    assert_eq!(delete("<Remove/>".into()).md5().send(&emulator).await.xml("EC"), "0016-00000608");
    assert_eq!(delete("<Delete/>".into()).md5().send(&emulator).await.xml("EC"), "0016-00000615");
    assert_eq!(delete("<Delete><Object/></Delete>".into()).md5().send(&emulator).await.xml("EC"), "0016-00000613");
    let told = delete(batch(&keys[..1000], false)).md5().send(&emulator).await;
    assert_eq!((told.status, told.all("Key").len()), (200, 1000));
    assert_eq!(emulator.bucket("plain").keys().len(), 0);
    let told = delete(batch(&keys[..2], true)).md5().send(&emulator).await;
    assert_eq!((told.status, told.body.len()), (200, 0));
    assert_eq!(
        delete(batch(&keys[..2], true))
            .header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")
            .send(&emulator)
            .await
            .error()
            .1,
        "InvalidDigest"
    );
}

#[tokio::test]
async fn thing_14_digests() {
    let emulator = emulator().await;
    let with = |md5: &str| ask("PUT", "plain", "k").header("content-md5", md5).body("value");
    let told = with("AAAAAAAAAAAAAAAAAAAAAA==").send(&emulator).await;
    assert_eq!(told.error(), (400, "InvalidDigest".into(), "0017-00000503".into()));
    assert_eq!(with("nonsense").send(&emulator).await.xml("EC"), "0017-00000502");
    assert_eq!(emulator.bucket("plain").keys().len(), 0);
    let told = ask("PUT", "plain", "k").body("123456789").md5().send(&emulator).await;
    assert_eq!(told.header("x-oss-hash-crc64ecma"), "11051210869376104954");
    assert_eq!(told.header("etag"), "\"25F9E794323B453885F5181F1B624D0B\"");
    assert_eq!(told.header("content-md5"), "JfnnlDI7RTiF9RgfG2JNCw==");
    for method in ["GET", "HEAD"] {
        let told = ask(method, "plain", "k").send(&emulator).await;
        assert_eq!(told.header("x-oss-hash-crc64ecma"), "11051210869376104954", "{method}");
        assert_eq!(told.header("content-length"), "9");
    }
}

#[tokio::test]
async fn thing_15_multipart() {
    let emulator = emulator().await;
    put(&emulator, "plain", "k", "before").await;
    let id = initiate(&emulator, "plain", "k").await;
    assert_eq!(get(&emulator, "plain", "k").await.text(), "before");
    let big = vec![7; 100 * 1024];
    // Gaps are fine, and small parts too until they turn out not to be the last.
    let second = part(&emulator, "plain", "k", &id, 2, big.clone()).await;
    let ninth = part(&emulator, "plain", "k", &id, 9, b"end".to_vec()).await;
    let small = part(&emulator, "plain", "k", &id, 5, b"small".to_vec()).await;
    let complete = |parts: &[(u32, &str)]| ask("POST", "plain", "k").query(&format!("uploadId={id}")).body(list(parts));
    let told = complete(&[(9, &ninth), (2, &second)]).send(&emulator).await;
    assert_eq!(told.error(), (400, "InvalidPartOrder".into(), "0042-00000209".into()));
    let told = complete(&[(2, &second), (5, &small), (9, &ninth)]).send(&emulator).await;
    assert_eq!(told.error(), (400, "EntityTooSmall".into(), "0042-00000213".into()));
    assert_eq!(complete(&[(2, &ninth)]).send(&emulator).await.error().1, "InvalidPart");
    assert_eq!(complete(&[(3, &ninth)]).send(&emulator).await.error().1, "InvalidPart");
    let told = complete(&[(2, &second), (9, &ninth)]).send(&emulator).await;
    assert_eq!(told.status, 200, "{}", told.text());
    let hash: String = Md5::digest(format!("{second}{ninth}")).iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(told.xml("ETag"), format!("&quot;{hash}-2&quot;"));
    let mut whole = big;
    whole.extend_from_slice(b"end");
    assert_eq!(told.header("x-oss-hash-crc64ecma"), crc64(&whole).to_string());
    let told = get(&emulator, "plain", "k").await;
    assert_eq!(told.body, whole);
    assert_eq!((told.header("x-oss-object-type"), told.header("content-md5")), ("Multipart", ""));
    assert_eq!(complete(&[(2, &second)]).send(&emulator).await.error().1, "NoSuchUpload");
    for number in ["0", "10001", "x"] {
        let query = format!("partNumber={number}&uploadId={id}");
        let told = ask("PUT", "plain", "k").query(&query).body("x").send(&emulator).await;
        assert_eq!(told.xml("EC"), "0017-00000220");
    }
    let id = initiate(&emulator, "plain", "all").await;
    part(&emulator, "plain", "all", &id, 3, b"tail".to_vec()).await;
    let all = ask("POST", "plain", "all").query(&format!("uploadId={id}")).header("x-oss-complete-all", "yes");
    assert_eq!(all.clone().body("<CompleteMultipartUpload/>").send(&emulator).await.xml("EC"), "0042-00000216");
    assert_eq!(all.send(&emulator).await.status, 200);
    assert_eq!(get(&emulator, "plain", "all").await.text(), "tail");
}

#[tokio::test]
async fn thing_18_copies() {
    let emulator = emulator().await;
    emulator.clock().freeze(std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let source = ask("PUT", "plain", "dir/sö urce+").header("content-type", "text/x-one").header("x-oss-meta-a", "1");
    let etag = source.body("value").send(&emulator).await.header("etag").to_owned();
    emulator.clock().advance(Duration::from_secs(100));
    let copy = || ask("PUT", "plain", "copy").header("x-oss-copy-source", "/plain/dir%2Fs%C3%B6%20urce%2B");
    let told = copy().header("x-oss-meta-a", "2").send(&emulator).await;
    assert_eq!((told.status, told.xml("ETag")), (200, etag.replace('"', "&quot;")));
    assert_eq!(told.xml("LastModified"), "2023-11-14T22:15:00.000Z");
    let head = ask("HEAD", "plain", "copy").send(&emulator).await;
    assert_eq!((head.header("x-oss-meta-a"), head.header("content-type")), ("1", "text/x-one"));
    let replace = copy().header("x-oss-metadata-directive", "REPLACE").header("x-oss-meta-b", "2");
    assert_eq!(replace.send(&emulator).await.status, 200);
    let head = ask("HEAD", "plain", "copy").send(&emulator).await;
    assert_eq!((head.header("x-oss-meta-a"), head.header("x-oss-meta-b")), ("", "2"));
    let (before, after) = (gmt(1_699_999_999), gmt(1_700_000_050));
    for (name, value, status) in [
        ("if-match", "\"nope\"", 412),
        ("if-match", &etag, 200),
        ("if-none-match", &etag, 304),
        ("if-none-match", "\"nope\"", 200),
        ("if-unmodified-since", &before, 412),
        ("if-unmodified-since", &after, 200),
        ("if-modified-since", &after, 304),
        ("if-modified-since", &before, 200),
    ] {
        let told = copy().header(&format!("x-oss-copy-source-{name}"), value).send(&emulator).await;
        assert_eq!(told.status, status, "{name} {value}");
    }
    let absent = ask("PUT", "plain", "copy").header("x-oss-copy-source", "/plain/absent").send(&emulator).await;
    assert_eq!(absent.error().1, "NoSuchKey");
    // 5: a replacement that names no type leaves the type.
    let typed = ask("HEAD", "plain", "copy").send(&emulator).await;
    assert_eq!(typed.header("content-type"), "text/x-one");
    let renamed = copy().header("x-oss-metadata-directive", "REPLACE").header("content-type", "text/x-two");
    assert_eq!(renamed.send(&emulator).await.status, 200);
    assert_eq!(ask("HEAD", "plain", "copy").send(&emulator).await.header("content-type"), "text/x-two");
    // 5: conditions under their plain names are no reason to refuse a copy or an upload.
    for name in ["if-match", "if-none-match"] {
        assert_eq!(copy().header(name, &etag).send(&emulator).await.status, 200, "{name}");
        let told = ask("POST", "plain", "up").query("uploads").header(name, &etag).send(&emulator).await;
        assert_eq!(told.status, 200, "{name}");
    }
    // 5: a read of what was not modified is 304, also where the time lies ahead.
    for (since, status) in [(1_699_999_999, 200), (1_700_000_050, 304), (1_800_000_000, 304)] {
        let told = ask("GET", "plain", "dir/sö urce+").header("if-modified-since", &gmt(since)).send(&emulator).await;
        assert_eq!(told.status, status, "{since}");
    }
}
