//! Certificates.

use serde_json::json;

use crate::client::{Asked, Client, delete, get, put};

const KEY: &str = "/v1/certificates/acme/example.com/example.com.key";

#[test]
fn value_is_read_as_it_was_stored() {
    let client = Client::default();
    let stored = client.send(put(KEY, b"-----BEGIN"));
    assert_eq!((stored.status.as_u16(), &stored.json()["size"]), (200, &json!(10)));
    let read = client.send(get(KEY));
    assert_eq!((read.status.as_u16(), read.body.as_ref()), (200, b"-----BEGIN".as_slice()));
    assert_eq!(read.header("etag"), stored.header("etag"));
    assert_eq!(read.header("etag"), stored.json()["etag"].as_str().unwrap());
    assert_eq!(read.header("last-modified"), "Thu, 26 Nov 2026 18:10:50 GMT");
    assert_eq!(read.header("cache-control"), "no-store");
    let head = client.send(Asked::new("HEAD", KEY));
    assert_eq!((head.body.len(), head.header("content-length"), head.header("etag")), (0, "10", read.header("etag")));
}

#[test]
fn key_may_have_its_slashes_escaped_and_is_in_normal_form() {
    let client = Client::default();
    client.send(put("/v1/certificates/a%2Fb/%C3%A4%20c", b"x"));
    assert_eq!(client.send(get("/v1/certificates/a/b/%C3%A4%20c")).body.as_ref(), b"x");
    assert_eq!(client.send(get("/v1/certificate-info/a/b/%C3%A4%20c")).json()["key"], "a/b/ä c");
    for refused in ["a/../b", "..", "%5Ca", "a%0Ab", "%2F", ".", "a//b", "a/", "/a", "a/./b"] {
        client.tenant.calls();
        let got = client.send(put(&format!("/v1/certificates/{refused}"), b"x"));
        assert_eq!(got.problem(), "invalid-key", "{refused}");
        assert!(client.tenant.calls().is_empty(), "{refused}: something was sent");
    }
    assert_eq!(client.send(get("/v1/certificates/%FF")).problem(), "invalid-request");
}

#[test]
fn keys_are_listed_in_pages() {
    let client = Client::default();
    for key in ["a/1", "a/2/x", "a/3", "b"] {
        client.send(put(&format!("/v1/certificates/{key}"), b"x"));
    }
    let list = |query: &str| client.send(get(&format!("/v1/certificates?{query}"))).json();
    let directory = |key: &str| json!({ "key": key, "is_directory": true });
    let value = |key: &str| json!({ "key": key, "is_directory": false, "size": 1, "modified": "2026-11-26T18:10:50Z" });
    assert_eq!(list(""), json!({ "entries": [directory("a"), value("b")], "left_out": 0 }));
    let all = json!([value("a/1"), directory("a/2"), value("a/2/x"), value("a/3")]);
    assert_eq!(list("prefix=a&recursive=true")["entries"], all);
    let first = list("prefix=a&limit=2");
    assert_eq!((&first["entries"], &first["next"]), (&json!([value("a/1"), directory("a/2")]), &json!("a/2")));
    assert_eq!(list("prefix=a&limit=2&after=a/2"), json!({ "entries": [value("a/3")], "left_out": 0 }));
    assert_eq!(client.send(get("/v1/certificates?prefix=none")).problem(), "not-found");
}

#[test]
fn directory_is_told_from_a_value() {
    let client = Client::default();
    client.send(put("/v1/certificates/a/b", b"xyz"));
    let info = client.send(get("/v1/certificate-info/a/b")).json();
    let modified = "2026-11-26T18:10:50Z";
    assert_eq!(info, json!({ "key": "a/b", "is_directory": false, "size": 3, "modified": modified }));
    assert_eq!(client.send(get("/v1/certificate-info/a")).json()["is_directory"], true);
    assert_eq!(client.send(get("/v1/certificates/a")).problem(), "not-found");
}

#[test]
fn removal_takes_what_is_below_only_when_told() {
    let client = Client::default();
    for key in ["a", "a/b", "c"] {
        client.send(put(&format!("/v1/certificates/{key}"), b"x"));
    }
    assert_eq!(client.send(delete("/v1/certificates/a")).problem(), "is-directory");
    assert_eq!(client.send(delete("/v1/certificates/c")).status.as_u16(), 200);
    assert_eq!(client.send(delete("/v1/certificates/c")).problem(), "not-found");
    assert_eq!(client.send(delete("/v1/certificates/a?recursive=true")).status.as_u16(), 200);
    assert_eq!(client.send(get("/v1/certificates?recursive=true")).json()["entries"], json!([]));
}

#[test]
fn value_that_is_too_large_is_refused_before_anything_is_sent() {
    let mut client = Client::default();
    client.grant.body_limit = 8;
    let unannounced =
        Asked { sent: crate::client::Sent::Pieces(vec![b"12345", b"6789"]), ..put("/v1/certificates/a", b"") };
    for asked in [put("/v1/certificates/a", b"123456789"), unannounced] {
        assert_eq!(client.send(asked).problem(), "too-large");
        assert!(client.tenant.calls().is_empty());
    }
    assert_eq!(client.send(put("/v1/certificates/a", b"12345678")).status.as_u16(), 200);
    // The component takes 16 MiB, whatever the token may send.
    client.grant.body_limit = u64::MAX;
    static LARGE: [u8; (16 << 20) + 1] = [0; (16 << 20) + 1];
    assert_eq!(client.send(put("/v1/certificates/a", &LARGE)).problem(), "too-large");
}
