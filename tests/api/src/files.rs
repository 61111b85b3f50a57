//! Lists, walks, copies and URLs of blobs.

use serde_json::{Value, json};

use crate::asked::{delete, get, post, put};
use crate::locks::acquire;
use crate::site::Site;

async fn store<S: Site>(site: &S) {
    for path in ["a/b/1", "a/b/2", "a/b-c", "a.x", "z"] {
        put(&format!("/v1/blobs/{path}"), "xyz").send(site).await.expect(200);
    }
}

fn paths(page: &Value) -> Vec<&str> {
    let entries = page["entries"].as_array().expect("a list");
    entries.iter().map(|entry| entry["path"].as_str().expect("a path")).collect()
}

pub async fn blobs_are_listed_in_pages<S: Site>(site: &S) {
    store(site).await;
    let list = async |query: &str| get(&format!("/v1/blobs?{query}")).send(site).await.expect(200).json();
    let mut all = list("").await;
    // In which order OSS has them, where a directory's name goes on with a slash, is its own.
    let entries = all["entries"].as_array_mut().expect("a list");
    entries.sort_by_key(|entry| entry["path"].to_string());
    assert_eq!(paths(&all), ["/a", "/a.x", "/z"]);
    assert_eq!(paths(&list("directory=/a&recursive=true").await), ["/a/b-c", "/a/b/1", "/a/b/2"]);
    let first = list("directory=/a&recursive=true&limit=2").await;
    assert_eq!((paths(&first), &first["next"]), (vec!["/a/b-c", "/a/b/1"], &json!("/a/b/1")));
    assert_eq!(paths(&list("directory=/a&recursive=true&after=/a/b/1").await), ["/a/b/2"]);
    assert_eq!(list("directory=/none").await, json!({ "entries": [] }));
    for refused in ["limit=0", "limit=1001", "limit=x", "recursive=yes", "directory=a", "prefix=/a", "limit=1&limit=2"]
    {
        get(&format!("/v1/blobs?{refused}")).send(site).await.expect(400);
    }
}

pub async fn walk_is_lines<S: Site>(site: &S) {
    store(site).await;
    let walk = async |query: &str| {
        let walked = get(&format!("/v1/blob-walk?{query}")).send(site).await.expect(200);
        assert_eq!(walked.header("content-type"), "application/x-ndjson");
        let lines = walked.body().split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines
            .map(|line| {
                serde_json::from_slice::<Value>(line).expect("JSON")["path"].as_str().expect("a path").to_owned()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(walk("directory=/a").await, ["/a/b", "/a/b/1", "/a/b/2", "/a/b-c"]);
    assert_eq!(walk("after=/a/b/2").await.len(), 3);
}

pub async fn removal_of_a_file_leaves_what_is_below_its_path<S: Site>(site: &S) {
    store(site).await;
    put("/v1/blobs/a", "a file and a directory").send(site).await.expect(200);
    delete("/v1/blobs/a").send(site).await.expect(200);
    assert_eq!(get("/v1/blob-info/a").send(site).await.expect(200).json()["is_directory"], true);
    assert_eq!(delete("/v1/blobs/a").send(site).await.problem(), "not-found");
    let conditional = delete("/v1/blobs/a?recursive=true").header("if-match", "*");
    assert_eq!(conditional.send(site).await.problem(), "precondition-failed");
    delete("/v1/blobs/a?recursive=true").send(site).await.expect(200);
    assert_eq!(get("/v1/blob-info/a").send(site).await.problem(), "not-found");
    for path in ["z", "%2Fz", "/z"] {
        assert_eq!(get(&format!("/v1/blob-info/{path}")).send(site).await.expect(200).json()["size"], 3, "{path}");
    }
}

pub async fn file_is_copied_and_moved<S: Site>(site: &S) {
    store(site).await;
    let ask = async |path: &str, document: &Value| post(path, document).send(site).await;
    let copy = json!({ "source": "/z", "destination": "/y" });
    assert_eq!(ask("/v1/blob-copies", &copy).await.expect(200).json()["size"], 3);
    let mut create_only = copy.clone();
    create_only["overwrite"] = json!(false);
    assert_eq!(ask("/v1/blob-copies", &create_only).await.problem(), "conflict");
    assert_eq!(ask("/v1/blob-moves", &create_only).await.problem(), "conflict");
    ask("/v1/blob-moves", &copy).await.expect(200);
    assert_eq!(ask("/v1/blob-moves", &copy).await.problem(), "not-found");
    let lease = acquire(site, "l").await;
    let under = post("/v1/blob-copies", &json!({ "source": "/y", "destination": "/x" }));
    under.header("ossicle-lease", lease["lease"].as_str().expect("a lease")).send(site).await.expect(200);
    assert_eq!(get("/v1/blobs/x").send(site).await.expect(200).body(), b"xyz");
    for refused in [
        json!({ "source": "/z" }),
        json!({ "source": "z", "destination": "/y" }),
        json!({ "source": "/z", "destination": "/y/" }),
        json!({ "source": "/z", "destination": "/y", "overwrit": true }),
        json!({ "source": "/z", "destination": "/y", "overwrite": "no" }),
    ] {
        assert_eq!(ask("/v1/blob-copies", &refused).await.status, 400, "{refused}");
    }
}

pub async fn url_is_signed_for_a_while<S: Site>(site: &S) {
    store(site).await;
    let ask = async |document: Value| post("/v1/blob-urls", &document).send(site).await;
    let signed = ask(json!({ "path": "/z" })).await.expect(200).json();
    assert!(signed["url"].as_str().is_some_and(|url| url.contains("/z?")), "{signed}");
    assert_eq!((&signed["expires_in_s"], signed["time_is_known"].is_boolean()), (&json!(1200), true));
    ask(json!({ "path": "/z", "method": "HEAD", "expires_in_s": 604_800 })).await.expect(200);
    for refused in [
        json!({ "path": "/z", "expires_in_s": 0 }),
        json!({ "path": "/z", "expires_in_s": 604_801 }),
        json!({ "path": "/z", "method": "PUT" }),
        json!({}),
        json!("/z"),
    ] {
        assert_eq!(ask(refused.clone()).await.expect(400).problem(), "invalid-request", "{refused}");
    }
}
