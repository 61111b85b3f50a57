//! Walks, copies, URLs and contents of blobs.

use serde_json::{Value, json};

use crate::client::{Asked, Client, Sent, get, post, put};

fn client() -> Client {
    let client = Client::default();
    for path in ["a/b/1", "a/b/2", "a/b-c", "a.x", "z"] {
        client.send(put(&format!("/v1/blobs/{path}"), b"xyz"));
    }
    client.tenant.calls();
    client
}

#[test]
fn walk_says_where_it_broke_off() {
    let client = client();
    let lines = |body: &[u8]| -> Vec<Value> {
        body.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    };
    client.tenant.break_off_after(Some(2));
    let broken = client.send(get("/v1/blob-walk?directory=/a"));
    let told = lines(&broken.body);
    assert_eq!((told.len(), &told[2]["error"]["type"]), (3, &json!("urn:ossicle:problem:unavailable")));
    assert!(broken.broken.is_some());
}

#[test]
fn url_is_signed_for_its_method() {
    let client = client();
    for (document, method) in [(json!({ "path": "/z" }), "get"), (json!({ "path": "/z", "method": "HEAD" }), "head")] {
        let signed = client.send(post("/v1/blob-urls", document)).json();
        assert!(signed["url"].as_str().unwrap().contains(&format!("method={method}")), "{signed}");
        assert_eq!(signed["time_is_known"], true);
    }
}

#[test]
fn copy_under_a_lease_is_made_until_its_end() {
    let client = client();
    let lease = client.send(Asked::new("POST", "/v1/locks/l/lease")).json()["lease"].as_str().unwrap().to_owned();
    client.tenant.pass(60);
    let late = post("/v1/blob-copies", json!({ "source": "/z", "destination": "/x" })).header("ossicle-lease", lease);
    assert_eq!(client.send(late).problem(), "lease-lost");
}

#[test]
fn content_that_breaks_off_leaves_the_file_as_it_was() {
    let client = client();
    let broken = Asked { sent: Sent::Broken(b"new"), ..put("/v1/blobs/z", b"") };
    assert_eq!(client.send(broken.clone()).problem(), "broken-content");
    assert_eq!(client.send(broken.header("if-match", "*")).problem(), "broken-content");
    assert_eq!(client.tenant.uploads(), 0);
    assert_eq!(client.send(get("/v1/blobs/z")).body.as_ref(), b"xyz");
}

#[test]
fn content_that_is_larger_than_allowed_is_refused() {
    let mut client = client();
    client.grant.body_limit = 4;
    let unannounced = Asked { sent: Sent::Pieces(vec![b"123", b"45"]), ..put("/v1/blobs/z", b"") };
    for asked in [put("/v1/blobs/z", b"12345"), unannounced.clone(), unannounced.header("if-match", "*")] {
        assert_eq!(client.send(asked).problem(), "too-large");
    }
    assert_eq!(client.send(post("/v1/blob-urls", json!({ "path": "/z" }))).problem(), "too-large");
    assert_eq!(client.send(get("/v1/blobs/z")).body.as_ref(), b"xyz");
}
