//! Uploads in several requests.

use futures_util::future::join;
use ossicle_api::memory::run;
use serde_json::json;

use crate::client::{Asked, Client, Got, Sent, delete, get, post};

fn begin(client: &Client, path: &str) -> String {
    let got = client.send(post("/v1/blob-uploads", json!({ "path": path, "content_type": "text/plain" })));
    assert_eq!((got.status.as_u16(), got.header("upload-offset")), (201, "0"));
    got.header("location").to_owned()
}

fn append(upload: &str, offset: u64, sent: Sent) -> Asked {
    Asked { sent, ..Asked::new("PATCH", upload) }
        .header("content-type", "application/octet-stream")
        .header("upload-offset", offset.to_string())
}

fn commit(client: &Client, upload: &str) -> Got {
    client.send(Asked::new("POST", &format!("{upload}/commit")))
}

#[test]
fn upload_goes_on_at_another_process() {
    let client = Client::default();
    let upload = begin(&client, "/a/b");
    assert_eq!(client.send(append(&upload, 0, Sent::Bytes(b"0123"))).header("upload-offset"), "4");
    let other = client.other_process();
    let status = other.send(get(&upload));
    assert_eq!((&status.json()["offset"], &status.json()["path"]), (&json!(4), &json!("/a/b")));
    assert_eq!(other.send(Asked::new("HEAD", &upload)).header("upload-offset"), "4");
    assert_eq!(other.send(append(&upload, 4, Sent::Pieces(vec![b"45", b"67"]))).header("upload-offset"), "8");
    assert_eq!(other.send(get("/v1/blobs/a/b")).problem(), "not-found", "nothing can be read before the commit");
    assert_eq!(commit(&client, &upload).json()["size"], 8);
    let read = client.send(get("/v1/blobs/a/b"));
    assert_eq!((read.body.as_ref(), read.header("content-type")), (b"01234567".as_slice(), "text/plain"));
    for gone in [get(&upload), delete(&upload), append(&upload, 8, Sent::Bytes(b"x"))] {
        assert_eq!(client.send(gone).problem(), "not-found");
    }
    assert_eq!(commit(&client, &upload).problem(), "not-found");
}

#[test]
fn content_at_another_offset_is_refused_and_the_offset_told() {
    let client = Client::default();
    let upload = begin(&client, "/a");
    client.send(append(&upload, 0, Sent::Bytes(b"0123")));
    let got = client.send(append(&upload, 2, Sent::Bytes(b"x")));
    assert_eq!((got.problem().as_str(), got.header("upload-offset")), ("upload-offset", "4"));
    for wrong in ["", "-1", "+4", "x"] {
        let asked = Asked { sent: Sent::Bytes(b"x"), ..Asked::new("PATCH", &upload) }
            .header("content-type", "application/octet-stream")
            .header("upload-offset", wrong);
        assert_eq!(client.send(asked).problem(), "invalid-request", "{wrong}");
    }
    let untyped = Asked::new("PATCH", &upload).bytes(b"x").header("upload-offset", "4");
    assert_eq!(client.send(untyped).problem(), "unsupported-media-type");
}

#[test]
fn what_arrived_of_a_content_that_broke_off_counts() {
    let client = Client::default();
    let upload = begin(&client, "/a");
    client.tenant.calls();
    assert_eq!(client.send(append(&upload, 0, Sent::Broken(b"012"))).problem(), "broken-content");
    assert_eq!(client.tenant.calls(), ["upload", "upload-write", "upload-close"], "it is kept for another process");
    assert_eq!(client.send(get(&upload)).json()["offset"], 3);
}

#[test]
fn upload_is_used_by_one_request_at_a_time() {
    let client = Client::default();
    let upload = begin(&client, "/a");
    for second in [
        get(&upload),
        delete(&upload),
        append(&upload, 0, Sent::Bytes(b"y")),
        Asked::new("POST", &format!("{upload}/commit")),
    ] {
        let first = append(&upload, 0, Sent::Bytes(b""));
        let (first, second) = run(join(client.sending(first), client.sending(second)));
        assert_eq!((first.status.as_u16(), second.problem().as_str()), (204, "upload-busy"));
    }
}

#[test]
fn commit_heeds_its_condition_and_its_lease() {
    let client = Client::default();
    client.send(crate::client::put("/v1/blobs/a", b"there"));
    let upload = begin(&client, "/a");
    client.send(append(&upload, 0, Sent::Bytes(b"new")));
    let path = format!("{upload}/commit");
    assert_eq!(client.send(Asked::new("POST", &path).header("if-none-match", "*")).problem(), "precondition-failed");
    assert_eq!(client.send(Asked::new("POST", &path).header("if-match", "*")).problem(), "invalid-request");
    let lease = client.send(Asked::new("POST", "/v1/locks/l/lease")).json()["lease"].as_str().unwrap().to_owned();
    client.tenant.pass(60);
    assert_eq!(client.send(Asked::new("POST", &path).header("ossicle-lease", &lease)).problem(), "lease-lost");
    assert_eq!(client.send(get("/v1/blobs/a")).body.as_ref(), b"there");
    assert_eq!(commit(&client, &upload).status.as_u16(), 200, "everything is still there after a failure");
    assert_eq!(client.send(get("/v1/blobs/a")).body.as_ref(), b"new");
}

#[test]
fn upload_is_aborted() {
    let client = Client::default();
    let upload = begin(&client, "/a");
    assert_eq!(client.send(delete(&upload)).status.as_u16(), 204);
    assert_eq!(client.tenant.uploads(), 0);
    assert_eq!(client.send(get("/v1/blob-uploads/bm9uZQ")).problem(), "not-found");
}

#[test]
fn upload_that_can_be_none_is_not_begun() {
    let client = Client::default();
    let whole = json!({ "path": "/a", "size": 4.0, "content_type": null });
    assert_eq!(client.send(post("/v1/blob-uploads", whole)).status.as_u16(), 201);
    let before = client.tenant.uploads();
    for refused in [
        json!({ "path": "a" }),
        json!({ "path": "/a", "size": 1.5 }),
        json!({ "path": "/a", "size": 1e300 }),
        json!({ "path": "/a", "content_type": "text" }),
        json!({ "path": "/a", "size": -1 }),
        json!({ "path": "/a", "size": 52_428_800_000_001_u64 }),
        json!({ "path": "/a", "sise": 1 }),
    ] {
        assert_eq!(client.send(post("/v1/blob-uploads", refused.clone())).status.as_u16(), 400, "{refused}");
    }
    assert_eq!(client.tenant.uploads(), before);
}
