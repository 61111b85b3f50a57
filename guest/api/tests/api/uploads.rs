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
fn commit_under_a_lease_is_made_until_its_end() {
    let client = Client::default();
    client.send(crate::client::put("/v1/blobs/a", b"there"));
    let upload = begin(&client, "/a");
    client.send(append(&upload, 0, Sent::Bytes(b"new")));
    let path = format!("{upload}/commit");
    let lease = client.send(Asked::new("POST", "/v1/locks/l/lease")).json()["lease"].as_str().unwrap().to_owned();
    client.tenant.pass(60);
    assert_eq!(client.send(Asked::new("POST", &path).header("ossicle-lease", &lease)).problem(), "lease-lost");
    assert_eq!(client.send(get("/v1/blobs/a")).body.as_ref(), b"there");
    assert_eq!(commit(&client, &upload).status.as_u16(), 200, "everything is still there after a failure");
    assert_eq!(client.send(get("/v1/blobs/a")).body.as_ref(), b"new");
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
