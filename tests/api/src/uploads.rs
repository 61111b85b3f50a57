//! Uploads in several requests.

use serde_json::json;

use crate::asked::{Asked, Got, delete, get, head, post, put};
use crate::site::Site;

async fn begin<S: Site>(site: &S, path: &str) -> String {
    let begun = post("/v1/blob-uploads", &json!({ "path": path, "content_type": "text/plain" })).send(site).await;
    let begun = begun.expect(201);
    assert_eq!(begun.header("upload-offset"), "0");
    begun.header("location").to_owned()
}

fn append(upload: &str, offset: &str, content: &'static str) -> Asked {
    let asked = Asked::new("PATCH", upload).header("content-type", "application/octet-stream");
    asked.header("upload-offset", offset).content(content)
}

async fn commit<S: Site>(site: &S, upload: &str) -> Got {
    Asked::new("POST", &format!("{upload}/commit")).send(site).await
}

pub async fn upload_goes_on_in_another_request<S: Site>(site: &S) {
    let upload = begin(site, "/a/b").await;
    assert_eq!(append(&upload, "0", "0123").send(site).await.expect(204).header("upload-offset"), "4");
    let status = get(&upload).send(site).await.expect(200).json();
    assert_eq!((&status["offset"], &status["path"]), (&json!(4), &json!("/a/b")));
    assert_eq!(head(&upload).send(site).await.header("upload-offset"), "4");
    assert_eq!(append(&upload, "4", "4567").send(site).await.expect(204).header("upload-offset"), "8");
    let early = get("/v1/blobs/a/b").send(site).await;
    assert_eq!(early.problem(), "not-found", "nothing can be read before the commit");
    assert_eq!(commit(site, &upload).await.expect(200).json()["size"], 8);
    let read = get("/v1/blobs/a/b").send(site).await.expect(200);
    assert_eq!((read.body(), read.header("content-type")), (b"01234567".as_slice(), "text/plain"));
    for gone in [get(&upload), delete(&upload), append(&upload, "8", "x")] {
        assert_eq!(gone.clone().send(site).await.problem(), "not-found", "{gone:?}");
    }
    assert_eq!(commit(site, &upload).await.problem(), "not-found");
}

pub async fn content_at_another_offset_is_refused<S: Site>(site: &S) {
    let upload = begin(site, "/a").await;
    append(&upload, "0", "0123").send(site).await.expect(204);
    let got = append(&upload, "2", "x").send(site).await;
    assert_eq!((got.problem().as_str(), got.header("upload-offset")), ("upload-offset", "4"));
    for wrong in ["", "-1", "+4", "x"] {
        assert_eq!(append(&upload, wrong, "x").send(site).await.problem(), "invalid-request", "{wrong}");
    }
    let untyped = Asked::new("PATCH", &upload).content("x").header("upload-offset", "4");
    assert_eq!(untyped.send(site).await.problem(), "unsupported-media-type");
}

pub async fn commit_heeds_its_condition<S: Site>(site: &S) {
    put("/v1/blobs/a", "there").send(site).await.expect(200);
    let upload = begin(site, "/a").await;
    append(&upload, "0", "new").send(site).await.expect(204);
    let on = |name, value| Asked::new("POST", &format!("{upload}/commit")).header(name, value);
    assert_eq!(on("if-none-match", "*").send(site).await.problem(), "precondition-failed");
    assert_eq!(on("if-match", "*").send(site).await.problem(), "invalid-request");
    assert_eq!(on("ossicle-lease", "bm9uZQ").send(site).await.problem(), "lease-lost");
    assert_eq!(get("/v1/blobs/a").send(site).await.expect(200).body(), b"there");
    // Everything is still there after a failure.
    commit(site, &upload).await.expect(200);
    assert_eq!(get("/v1/blobs/a").send(site).await.expect(200).body(), b"new");
}

pub async fn upload_is_aborted<S: Site>(site: &S) {
    let upload = begin(site, "/a").await;
    append(&upload, "0", "0123").send(site).await.expect(204);
    delete(&upload).send(site).await.expect(204);
    assert_eq!(commit(site, &upload).await.problem(), "not-found");
    assert_eq!(get("/v1/blob-uploads/bm9uZQ").send(site).await.problem(), "not-found");
    assert_eq!(get("/v1/blobs/a").send(site).await.problem(), "not-found");
}
