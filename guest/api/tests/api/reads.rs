//! Ranges and conditions of reads.

use crate::client::{Asked, Client, get, put};

const FILE: &str = "/v1/blobs/dir/file.bin";

fn client() -> (Client, String) {
    let client = Client::default();
    let etag = client.send(put(FILE, b"0123456789").header("content-type", "text/plain")).header("etag").to_owned();
    client.tenant.calls();
    (client, etag)
}

#[test]
fn range_is_read_alone() {
    let (client, etag) = client();
    for (range, expected, content_range) in [
        ("bytes=2-5", "2345", "bytes 2-5/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=8-100", "89", "bytes 8-9/10"),
    ] {
        let got = client.send(get(FILE).header("range", range));
        assert_eq!((got.status.as_u16(), got.body.as_ref()), (206, expected.as_bytes()), "{range}");
        assert_eq!((got.header("content-range"), got.header("etag")), (content_range, etag.as_str()));
        let head = client.send(Asked::new("HEAD", FILE).header("range", range));
        assert_eq!((head.status.as_u16(), head.header("content-length")), (200, "10"), "ranges are for GET alone");
    }
    for ignored in ["bytes=1-2,4-5", "pages=1-2", "bytes=5-2"] {
        let got = client.send(get(FILE).header("range", ignored));
        assert_eq!((got.status.as_u16(), got.body.as_ref()), (200, b"0123456789".as_slice()), "{ignored}");
    }
    let beyond = client.send(get(FILE).header("range", "bytes=10-"));
    assert_eq!((beyond.problem().as_str(), beyond.header("content-range")), ("range-not-satisfiable", "bytes */10"));
}

#[test]
fn range_of_another_state_gives_everything() {
    let (client, etag) = client();
    for (if_range, status) in [
        (etag.as_str(), 206),
        ("\"other\"", 200),
        ("Thu, 26 Nov 2026 18:10:50 GMT", 206),
        ("Thu, 26 Nov 2026 18:10:51 GMT", 200),
    ] {
        let got = client.send(get(FILE).header("range", "bytes=0-1").header("if-range", if_range));
        assert_eq!(got.status.as_u16(), status, "{if_range}");
    }
}

#[test]
fn whole_file_takes_one_request_and_has_its_type() {
    let (client, etag) = client();
    let got = client.send(get(FILE));
    assert_eq!(client.tenant.calls(), ["open"]);
    assert_eq!((got.header("content-type"), got.header("accept-ranges")), ("text/plain", "bytes"));
    assert_eq!((got.header("etag"), got.header("content-length")), (etag.as_str(), "10"));
    client.send(Asked::new("HEAD", FILE));
    assert_eq!(client.tenant.calls(), ["stat-file"]);
}

#[test]
fn what_a_client_has_already_is_not_sent() {
    let (client, etag) = client();
    let modified = "Thu, 26 Nov 2026 18:10:50 GMT";
    for path in [FILE, "/v1/certificates/key"] {
        client.send(put("/v1/certificates/key", b"x"));
        let etag = client.send(Asked::new("HEAD", path)).header("etag").to_owned();
        for method in ["GET", "HEAD"] {
            let ask = |name, value: &str| client.send(Asked::new(method, path).header(name, value)).status.as_u16();
            assert_eq!(ask("if-none-match", &etag), 304, "{path}");
            assert_eq!(ask("if-none-match", "\"other\""), 200);
            assert_eq!(ask("if-modified-since", modified), 304);
            assert_eq!(ask("if-modified-since", "Thu, 26 Nov 2026 18:10:49 GMT"), 200);
            assert_eq!(ask("if-match", "\"other\""), 412);
            assert_eq!(ask("if-unmodified-since", "Thu, 26 Nov 2026 18:10:49 GMT"), 412);
        }
    }
    client.tenant.calls();
    client.send(get(FILE).header("if-none-match", etag));
    assert_eq!(client.tenant.calls(), ["stat-file"], "nothing is opened");
}

#[test]
fn content_that_breaks_off_is_no_whole_one() {
    let (client, _) = client();
    client.tenant.break_off_after(Some(1));
    let got = client.send(get(FILE));
    assert_eq!((got.status.as_u16(), got.body.as_ref()), (200, b"0123".as_slice()));
    assert!(got.broken.is_some());
}
