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
fn what_a_client_has_already_is_not_opened() {
    let (client, etag) = client();
    client.send(get(FILE).header("if-none-match", etag));
    assert_eq!(client.tenant.calls(), ["stat-file"], "nothing is opened");
}

#[test]
fn times_are_compared_by_the_second() {
    let (client, _) = client();
    assert_eq!(client.send(get(FILE)).header("last-modified"), "Thu, 26 Nov 2026 18:10:50 GMT");
    for (name, second, status) in [
        ("if-modified-since", 50, 304),
        ("if-modified-since", 49, 206),
        ("if-unmodified-since", 50, 206),
        ("if-unmodified-since", 49, 412),
        ("if-range", 50, 206),
        ("if-range", 51, 200),
    ] {
        let time = format!("Thu, 26 Nov 2026 18:10:{second} GMT");
        let asked = get(FILE).header("range", "bytes=0-1").header(name, time);
        assert_eq!(client.send(asked).status.as_u16(), status, "{name}: {second}");
    }
}

#[test]
fn content_that_breaks_off_is_no_whole_one() {
    let (client, _) = client();
    client.tenant.break_off_after(Some(1));
    let got = client.send(get(FILE));
    assert_eq!((got.status.as_u16(), got.body.as_ref()), (200, b"0123".as_slice()));
    assert!(got.broken.is_some());
}
