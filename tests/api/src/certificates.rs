//! Certificates.

use serde_json::{Value, json};

use crate::asked::{delete, get, head, put};
use crate::site::Site;

const KEY: &str = "/v1/certificates/acme/example.com/example.com.key";

pub async fn certificate_is_read_as_it_was_stored<S: Site>(site: &S) {
    let stored = put(KEY, "-----BEGIN").send(site).await.expect(200);
    assert_eq!(stored.json()["size"], 10);
    let read = get(KEY).send(site).await.expect(200);
    assert_eq!(read.body(), b"-----BEGIN");
    assert_eq!(read.header("etag"), stored.header("etag"));
    assert_eq!(read.header("etag"), stored.json()["etag"].as_str().expect("text"));
    assert!(read.header("last-modified").ends_with(" GMT"), "{read:?}");
    assert_eq!(read.header("cache-control"), "no-store");
    let head = head(KEY).send(site).await.expect(200);
    assert_eq!((head.body().len(), head.header("content-length"), head.header("etag")), (0, "10", read.header("etag")));
}

pub async fn key_may_have_its_slashes_escaped<S: Site>(site: &S) {
    put("/v1/certificates/a%2Fb/%C3%A4%20c", "x").send(site).await.expect(200);
    assert_eq!(get("/v1/certificates/a/b/%C3%A4%20c").send(site).await.expect(200).body(), b"x");
    assert_eq!(get("/v1/certificate-info/a/b/%C3%A4%20c").send(site).await.expect(200).json()["key"], "a/b/ä c");
    assert_eq!(get("/v1/certificates/%FF").send(site).await.problem(), "invalid-request");
}

pub async fn certificates_are_listed_in_pages<S: Site>(site: &S) {
    for key in ["a/1", "a/2/x", "a/3", "b"] {
        put(&format!("/v1/certificates/{key}"), "x").send(site).await.expect(200);
    }
    let list = async |query: &str| get(&format!("/v1/certificates?{query}")).send(site).await.expect(200).json();
    let keys = |page: &Value| -> Vec<(String, bool, Option<u64>)> {
        let entry = |entry: &Value| {
            let key = entry["key"].as_str().expect("a key").to_owned();
            assert_eq!(entry["modified"].is_string(), entry["size"].is_u64(), "{entry}");
            (key, entry["is_directory"].as_bool().expect("a truth"), entry["size"].as_u64())
        };
        page["entries"].as_array().expect("a list").iter().map(entry).collect()
    };
    let directory = |key: &str| (key.to_owned(), true, None);
    let value = |key: &str| (key.to_owned(), false, Some(1));
    let all = list("").await;
    assert_eq!((keys(&all), &all["left_out"]), (vec![directory("a"), value("b")], &json!(0)));
    let below = vec![value("a/1"), directory("a/2"), value("a/2/x"), value("a/3")];
    assert_eq!(keys(&list("prefix=a&recursive=true").await), below);
    let first = list("prefix=a&limit=2").await;
    assert_eq!((keys(&first), &first["next"]), (vec![value("a/1"), directory("a/2")], &json!("a/2")));
    let rest = list("prefix=a&limit=2&after=a/2").await;
    assert_eq!((keys(&rest), &rest["next"]), (vec![value("a/3")], &Value::Null));
    assert_eq!(get("/v1/certificates?prefix=none").send(site).await.expect(404).problem(), "not-found");
}

pub async fn directory_is_told_from_a_certificate<S: Site>(site: &S) {
    put("/v1/certificates/a/b", "xyz").send(site).await.expect(200);
    let info = get("/v1/certificate-info/a/b").send(site).await.expect(200).json();
    assert_eq!((&info["key"], &info["is_directory"], &info["size"]), (&json!("a/b"), &json!(false), &json!(3)));
    assert!(info["modified"].is_string(), "{info}");
    assert_eq!(get("/v1/certificate-info/a").send(site).await.expect(200).json()["is_directory"], true);
    assert_eq!(get("/v1/certificates/a").send(site).await.expect(404).problem(), "not-found");
}

pub async fn removal_takes_what_is_below_only_when_told<S: Site>(site: &S) {
    for key in ["a", "a/b", "c"] {
        put(&format!("/v1/certificates/{key}"), "x").send(site).await.expect(200);
    }
    assert_eq!(delete("/v1/certificates/a").send(site).await.problem(), "is-directory");
    delete("/v1/certificates/c").send(site).await.expect(200);
    assert_eq!(delete("/v1/certificates/c").send(site).await.problem(), "not-found");
    delete("/v1/certificates/a?recursive=true").send(site).await.expect(200);
    assert_eq!(get("/v1/certificates?recursive=true").send(site).await.expect(200).json()["entries"], json!([]));
}
