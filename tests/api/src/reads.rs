//! Ranges and conditions of reads.

use crate::asked::{Asked, get, head, put};
use crate::site::Site;

const FILE: &str = "/v1/blobs/dir/file.bin";

/// Stores a file; its entity tag and its time.
async fn store<S: Site>(site: &S) -> (String, String) {
    let stored = put(FILE, "0123456789").header("content-type", "text/plain").send(site).await.expect(200);
    let read = get(FILE).send(site).await.expect(200);
    assert_eq!((read.header("content-type"), read.header("accept-ranges")), ("text/plain", "bytes"));
    assert_eq!((read.header("etag"), read.header("content-length")), (stored.header("etag"), "10"));
    (read.header("etag").to_owned(), read.header("last-modified").to_owned())
}

pub async fn range_is_read_alone<S: Site>(site: &S) {
    let (etag, _) = store(site).await;
    for (range, expected, content_range) in [
        ("bytes=2-5", "2345", "bytes 2-5/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=8-100", "89", "bytes 8-9/10"),
    ] {
        let got = get(FILE).header("range", range).send(site).await.expect(206);
        assert_eq!(got.body(), expected.as_bytes(), "{range}");
        assert_eq!((got.header("content-range"), got.header("etag")), (content_range, etag.as_str()));
        let head = head(FILE).header("range", range).send(site).await.expect(200);
        assert_eq!(head.header("content-length"), "10", "ranges are for GET alone");
    }
    for ignored in ["bytes=1-2,4-5", "pages=1-2", "bytes=5-2"] {
        assert_eq!(get(FILE).header("range", ignored).send(site).await.expect(200).body(), b"0123456789", "{ignored}");
    }
    let beyond = get(FILE).header("range", "bytes=10-").send(site).await.expect(416);
    assert_eq!((beyond.problem().as_str(), beyond.header("content-range")), ("range-not-satisfiable", "bytes */10"));
}

pub async fn range_of_another_state_gives_everything<S: Site>(site: &S) {
    let (etag, modified) = store(site).await;
    let past = "Thu, 01 Jan 2015 00:00:00 GMT";
    for (if_range, status) in [(etag.as_str(), 206), ("\"other\"", 200), (&*modified, 206), (past, 200)] {
        let got = get(FILE).header("range", "bytes=0-1").header("if-range", if_range).send(site).await;
        assert_eq!(got.status, status, "{if_range}");
    }
}

pub async fn what_a_client_has_already_is_not_sent<S: Site>(site: &S) {
    store(site).await;
    put("/v1/certificates/key", "x").send(site).await.expect(200);
    let past = "Thu, 01 Jan 2015 00:00:00 GMT";
    for path in [FILE, "/v1/certificates/key"] {
        let head = head(path).send(site).await.expect(200);
        let (etag, modified) = (head.header("etag"), head.header("last-modified"));
        for method in ["GET", "HEAD"] {
            let ask = async |name, value: &str| Asked::new(method, path).header(name, value).send(site).await.status;
            assert_eq!(ask("if-none-match", etag).await, 304, "{path}");
            assert_eq!(ask("if-none-match", "\"other\"").await, 200);
            assert_eq!(ask("if-modified-since", modified).await, 304);
            assert_eq!(ask("if-modified-since", past).await, 200);
            assert_eq!(ask("if-match", "\"other\"").await, 412);
            assert_eq!(ask("if-unmodified-since", past).await, 412);
        }
    }
}
