//! Upstream's tests 2 to 15, 29 and 34: what is put comes out.

use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use ossicle::{ErrorKind, UrlMethod};

use crate::blobs::{assert_kind, assert_not_found, content};
use crate::{BlobDriver, BlobWriter as _, Ground};

/// Upstream's five payloads: "a", "ß", 32 bytes, 1 MiB, what is no UTF-8.
fn payloads() -> [Vec<u8>; 5] {
    [b"a".to_vec(), "ß".into(), content(1, 32), content(2, 1 << 20), vec![0x80; 4]]
}

/// 2, TestValidPaths.
pub async fn valid_paths(blobs: &impl BlobDriver, _: &Ground) {
    let paths = [
        "/a",
        "/2",
        "/aa",
        "/a.a",
        "/0-9/abcdefg",
        "/abcdefg/z.75",
        "/abc/1.2.3.4.5-6_zyx/123.z/4",
        "/docker/docker-registry",
        "/123.abc",
        "/abc./abc",
        "/.abc",
        "/a--b",
        "/a-.b",
        "/_.abc",
        "/Docker/docker-registry",
        "/Abc/Cba",
    ];
    for (seed, path) in paths.iter().enumerate() {
        blobs.put(path, content(seed as u64, 64)).await.unwrap();
        assert_eq!(blobs.get(path).await.unwrap(), content(seed as u64, 64));
    }
    for path in paths.iter().rev() {
        blobs.delete(path).await.unwrap();
    }
    assert_eq!(blobs.list("/").await.unwrap(), [""; 0]);
}

/// 3, TestInvalidPaths, over every call, in upstream's order of checks.
pub async fn invalid_paths(blobs: &impl BlobDriver, ground: &Ground) {
    for path in ["", "/", "abc", "123.abc", "//bcd", "/abc_123/", "/a b", "/a+b", "/ü", "/a\n", "/a//b"] {
        let refused = [
            assert_kind(blobs.get(path).await, ErrorKind::InvalidKey),
            assert_kind(blobs.put(path, "x").await, ErrorKind::InvalidKey),
            assert_kind(blobs.read(path, 0).await, ErrorKind::InvalidKey),
            assert_kind(blobs.write(path, 0, &b"x"[..], None).await, ErrorKind::InvalidKey),
            assert_kind(blobs.writer(path, false, None).await, ErrorKind::InvalidKey),
            assert_kind(blobs.delete(path).await, ErrorKind::InvalidKey),
            assert_kind(blobs.rename(path, "/b").await, ErrorKind::InvalidKey),
            assert_kind(blobs.rename("/b", path).await, ErrorKind::InvalidKey),
            assert_kind(blobs.url(path, UrlMethod::Get, None).await, ErrorKind::InvalidKey),
        ];
        for error in refused {
            assert_eq!(error.driver, "oss", "{error}");
        }
        if path != "/" {
            assert_kind(blobs.stat(path).await, ErrorKind::InvalidKey);
            assert_kind(blobs.list(path).await, ErrorKind::InvalidKey);
            assert_kind(blobs.walk(path, None).await, ErrorKind::InvalidKey);
        }
    }
    assert_eq!(ground.take_counts(), [], "nothing was sent");
}

/// 4 to 8, TestWriteRead1 to 4 and TestWriteReadNonUTF8.
pub async fn write_read(blobs: &impl BlobDriver, _: &Ground) {
    for payload in payloads() {
        blobs.put("/some/path", payload.clone()).await.unwrap();
        assert!(blobs.get("/some/path").await.unwrap() == payload);
    }
}

/// 9, TestTruncate, and 34, TestPutContentMultipleTimes.
pub async fn truncate(blobs: &impl BlobDriver, _: &Ground) {
    for (large, small) in [(1 << 20, 1 << 10), (4096, 2048)] {
        blobs.put("/truncated", content(1, large)).await.unwrap();
        blobs.put("/truncated", content(2, small)).await.unwrap();
        assert!(blobs.get("/truncated").await.unwrap() == content(2, small));
        blobs.put("/truncated", "").await.unwrap();
        assert_eq!(blobs.get("/truncated").await.unwrap(), b"");
    }
}

/// 10, TestReadNonexistent.
pub async fn read_nonexistent(blobs: &impl BlobDriver, _: &Ground) {
    assert_not_found(blobs.get("/no/such").await, "/no/such");
    blobs.put("/directory/file", "x").await.unwrap();
    assert_not_found(blobs.get("/directory").await, "/directory");
}

/// 11 to 15, TestWriteReadStreams1 to 4 and NonUTF8: by a stream at offset 0, and by a writer.
pub async fn write_read_streams(blobs: &impl BlobDriver, _: &Ground) {
    for payload in payloads() {
        let written = blobs.write("/stream", 0, &payload[..], None).await.unwrap();
        assert_eq!(written, payload.len() as u64);
        assert!(blobs.read_all("/stream", 0).await.unwrap() == payload);

        let mut writer = blobs.writer("/writer", false, None).await.unwrap();
        writer.write(&payload).await.unwrap();
        writer.commit().await.unwrap();
        writer.close().await.unwrap();
        assert!(blobs.read_all("/writer", 0).await.unwrap() == payload);
    }
}

/// 29, TestURLFor and TestRedirectURL, by a client that knows nothing of OSS.
pub async fn urls(blobs: &impl BlobDriver, ground: &Ground) {
    let payload = content(7, 32);
    blobs.put("/url/for", payload.clone()).await.unwrap();
    ground.take_counts();
    let get = blobs.url("/url/for", UrlMethod::Get, None).await.unwrap();
    // The put's answer has told the time.
    assert_eq!((get.holds_for, get.time_is_known), (std::time::Duration::from_secs(20 * 60), true));
    let get = get.url;
    let head = blobs.url("/url/for", UrlMethod::Head, Some(std::time::Duration::from_secs(60))).await.unwrap().url;
    assert_eq!(ground.take_counts(), [], "a URL takes no request");
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
    let ask = async |method, url: &str| {
        let request = http::Request::builder().method(method).uri(url);
        client.request(request.body(Empty::new()).unwrap()).await.unwrap()
    };
    let answer = ask(http::Method::GET, &get).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), payload);
    let answer = ask(http::Method::HEAD, &head).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["content-length"].to_str().unwrap()), (200, "32"));
    assert_eq!(ask(http::Method::HEAD, &get).await.status(), 403, "each is for what it was made for");
    for span in [0, 604_801] {
        let span = Some(std::time::Duration::from_secs(span));
        assert_kind(blobs.url("/url/for", UrlMethod::Get, span).await, ErrorKind::Unsupported);
    }
}
