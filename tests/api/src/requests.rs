//! What requests have in common.

use serde_json::json;

use crate::asked::{Asked, get, put};
use crate::site::Site;

pub async fn unknown_paths_and_methods_are_refused<S: Site>(site: &S) {
    for path in ["/v1", "/v1/", "/v1/none", "/v1/certificates/", "/v1/locks", "/v1/locks/a/b", "/v2/certificates"] {
        assert_eq!(get(path).send(site).await.expect(404).problem(), "unknown-route", "{path}");
    }
    for (method, path, allowed) in [
        ("POST", "/v1/certificates/a", "GET, HEAD, PUT, DELETE"),
        ("PATCH", "/v1/blobs/a", "GET, HEAD, PUT, DELETE"),
        ("PUT", "/v1/blobs", "GET"),
        ("HEAD", "/v1/locks/a", "GET, DELETE"),
        ("GET", "/v1/locks/a/lease", "POST, PUT, DELETE"),
        ("OPTIONS", "/v1/blob-urls", "POST"),
        ("TRACE", "/v1/blob-uploads/x/commit", "POST"),
        ("BREW", "/v1/blob-uploads/x", "GET, HEAD, PATCH, DELETE"),
    ] {
        let got = Asked::new(method, path).send(site).await;
        assert_eq!((got.status, got.header("allow")), (405, allowed), "{method} {path}");
    }
}

pub async fn content_of_another_type_is_refused<S: Site>(site: &S) {
    let document = || Asked::new("POST", "/v1/blob-urls").content(json!({ "path": "/a" }).to_string());
    assert_eq!(document().send(site).await.expect(415).problem(), "unsupported-media-type");
    for content_type in ["text/plain", "application/jsonx", ""] {
        let asked = document().header("content-type", content_type);
        assert_eq!(asked.send(site).await.expect(415).problem(), "unsupported-media-type", "{content_type}");
    }
    document().header("content-type", "Application/JSON; charset=utf-8").send(site).await.expect(200);
    for (name, value, problem) in [
        ("content-encoding", "gzip", "unsupported-media-type"),
        ("content-range", "bytes 0-0/2", "invalid-request"),
        ("content-type", "none", "invalid-request"),
    ] {
        assert_eq!(put("/v1/blobs/a", "x").header(name, value).send(site).await.problem(), problem, "{name}");
    }
}
