//! Lists, walks, copies and URLs of blobs.

use serde_json::{Value, json};

use crate::client::{Asked, Client, Sent, delete, get, post, put};

fn client() -> Client {
    let client = Client::default();
    for path in ["a/b/1", "a/b/2", "a/b-c", "a.x", "z"] {
        client.send(put(&format!("/v1/blobs/{path}"), b"xyz"));
    }
    client.tenant.calls();
    client
}

fn paths(page: &Value) -> Vec<&str> {
    page["entries"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap()).collect()
}

#[test]
fn directory_is_listed_in_pages() {
    let client = client();
    let list = |query: &str| client.send(get(&format!("/v1/blobs?{query}"))).json();
    assert_eq!(paths(&list("")), ["/a.x", "/a", "/z"]);
    assert_eq!(paths(&list("directory=/a&recursive=true")), ["/a/b-c", "/a/b/1", "/a/b/2"]);
    let first = list("directory=/a&recursive=true&limit=2");
    assert_eq!((paths(&first), &first["next"]), (vec!["/a/b-c", "/a/b/1"], &json!("/a/b/1")));
    assert_eq!(paths(&list("directory=/a&recursive=true&after=/a/b/1")), ["/a/b/2"]);
    assert_eq!(list("directory=/none"), json!({ "entries": [] }));
    for refused in ["limit=0", "limit=1001", "limit=x", "recursive=yes", "directory=a", "prefix=/a", "limit=1&limit=2"]
    {
        let got = client.send(get(&format!("/v1/blobs?{refused}")));
        assert_eq!(got.status.as_u16(), 400, "{refused}");
    }
}

#[test]
fn walk_is_lines_and_says_where_it_broke_off() {
    let client = client();
    let walked = client.send(get("/v1/blob-walk?directory=/a"));
    let lines = |body: &[u8]| -> Vec<Value> {
        body.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    };
    let paths: Vec<_> = lines(&walked.body).iter().map(|line| line["path"].as_str().unwrap().to_owned()).collect();
    assert_eq!(paths, ["/a/b", "/a/b/1", "/a/b/2", "/a/b-c"]);
    assert!(walked.broken.is_none() && walked.header("content-type") == "application/x-ndjson");
    let behind = client.send(get("/v1/blob-walk?after=/a/b/2"));
    assert_eq!(lines(&behind.body).len(), 3);
    client.tenant.break_off_after(Some(2));
    let broken = client.send(get("/v1/blob-walk?directory=/a"));
    let told = lines(&broken.body);
    assert_eq!((told.len(), &told[2]["error"]["type"]), (3, &json!("urn:ossicle:problem:unavailable")));
    assert!(broken.broken.is_some());
}

#[test]
fn removal_of_a_file_leaves_what_is_below_its_path() {
    let client = client();
    client.send(put("/v1/blobs/a", b"a file and a directory"));
    assert_eq!(client.send(delete("/v1/blobs/a")).status.as_u16(), 200);
    assert_eq!(client.send(get("/v1/blob-info/a")).json()["is_directory"], true);
    assert_eq!(client.send(delete("/v1/blobs/a")).problem(), "not-found");
    assert_eq!(
        client.send(delete("/v1/blobs/a?recursive=true").header("if-match", "*")).problem(),
        "precondition-failed"
    );
    assert_eq!(client.send(delete("/v1/blobs/a?recursive=true")).status.as_u16(), 200);
    assert_eq!(client.send(get("/v1/blob-info/a")).problem(), "not-found");
    for path in ["z", "%2Fz", "/z"] {
        assert_eq!(client.send(get(&format!("/v1/blob-info/{path}"))).json()["size"], 3, "{path}");
    }
}

#[test]
fn file_is_copied_and_moved() {
    let client = client();
    let ask = |path, document| client.send(post(path, document));
    let copy = json!({ "source": "/z", "destination": "/y" });
    assert_eq!(ask("/v1/blob-copies", copy.clone()).json()["size"], 3);
    let mut create_only = copy.clone();
    create_only["overwrite"] = json!(false);
    assert_eq!(ask("/v1/blob-copies", create_only.clone()).problem(), "conflict");
    assert_eq!(ask("/v1/blob-moves", create_only).problem(), "conflict");
    assert_eq!(ask("/v1/blob-moves", copy.clone()).status.as_u16(), 200);
    assert_eq!(ask("/v1/blob-moves", copy.clone()).problem(), "not-found");
    let lease = client.send(Asked::new("POST", "/v1/locks/l/lease")).json()["lease"].as_str().unwrap().to_owned();
    client.tenant.pass(60);
    let late = post("/v1/blob-copies", json!({ "source": "/y", "destination": "/x" })).header("ossicle-lease", lease);
    assert_eq!(client.send(late).problem(), "lease-lost");
    for refused in [
        json!({ "source": "/z" }),
        json!({ "source": "z", "destination": "/y" }),
        json!({ "source": "/z", "destination": "/y/" }),
        json!({ "source": "/z", "destination": "/y", "overwrit": true }),
        json!({ "source": "/z", "destination": "/y", "overwrite": "no" }),
    ] {
        assert_eq!(ask("/v1/blob-copies", refused.clone()).status.as_u16(), 400, "{refused}");
    }
}

#[test]
fn url_is_signed_for_a_while() {
    let client = client();
    let ask = |document| client.send(post("/v1/blob-urls", document));
    let signed = ask(json!({ "path": "/z" })).json();
    assert_eq!((&signed["expires_in_s"], &signed["time_is_known"]), (&json!(1200), &json!(true)));
    assert!(signed["url"].as_str().unwrap().contains("method=get"));
    let signed = ask(json!({ "path": "/z", "method": "HEAD", "expires_in_s": 604_800 })).json();
    assert!(signed["url"].as_str().unwrap().contains("method=head"));
    for refused in [
        json!({ "path": "/z", "expires_in_s": 0 }),
        json!({ "path": "/z", "expires_in_s": 604_801 }),
        json!({ "path": "/z", "method": "PUT" }),
        json!({}),
        json!("/z"),
    ] {
        assert_eq!(ask(refused.clone()).problem(), "invalid-request", "{refused}");
    }
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
