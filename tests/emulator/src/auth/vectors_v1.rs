//! The version 1 vectors that Alibaba's SDKs publish.

use http::{HeaderMap, HeaderValue};

use super::sign_v1::{SubResources, sign, string_to_sign};
use super::view::RequestView;
use crate::query::Query;

const DATE: &str = "Wed, 28 Dec 2022 10:27:41 GMT";

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse().expect("name"), HeaderValue::from_static(value))).collect()
}

fn signature(method: &str, key: Option<&str>, query: &str, headers: &HeaderMap, date: &str, bucket: &str) -> String {
    let query = Query::parse(query).expect("query");
    let view = RequestView { method, bucket: Some(bucket), key, query: &query, headers };
    sign("sk", &string_to_sign(&view, date, SubResources::Union))
}

fn full() -> HeaderMap {
    headers(&[
        ("content-md5", "eB5eJF1ptWaXm4bijSPyxw=="),
        ("content-type", "text/html"),
        ("date", DATE),
        ("x-oss-date", DATE),
        ("x-oss-meta-author", "alice"),
        ("x-oss-meta-magic", "abracadabra"),
    ])
}

#[test]
fn v1h_1_and_its_string() {
    let query = Query::default();
    let headers = full();
    let view = RequestView {
        method: "PUT",
        bucket: Some("examplebucket"),
        key: Some("nelson"),
        query: &query,
        headers: &headers,
    };
    let text = string_to_sign(&view, DATE, SubResources::Union);
    assert_eq!(
        text,
        "PUT\neB5eJF1ptWaXm4bijSPyxw==\ntext/html\nWed, 28 Dec 2022 10:27:41 GMT\n\
         x-oss-date:Wed, 28 Dec 2022 10:27:41 GMT\nx-oss-meta-author:alice\nx-oss-meta-magic:abracadabra\n\
         /examplebucket/nelson"
    );
    assert_eq!(sign("sk", &text), "kSHKmLxlyEAKtZPkJhG9bZb5k7M=");
}

#[test]
fn v1h_2() {
    assert_eq!(signature("PUT", Some("nelson"), "acl", &full(), DATE, "examplebucket"), "/afkugFbmWDQ967j1vr6zygBLQk=");
}

#[test]
fn v1h_3_and_4() {
    let headers = headers(&[("date", DATE), ("x-oss-date", DATE)]);
    assert_eq!(
        signature("GET", None, "resourceGroup&non-resousce=null", &headers, DATE, "examplebucket"),
        "vkQmfuUDyi1uDi3bKt67oemssIs="
    );
    assert_eq!(
        signature("GET", None, "resourceGroup&acl", &headers, DATE, "examplebucket"),
        "x3E5TgOvl/i7PN618s5mEvpJDYk="
    );
}

#[test]
fn v1p_1_and_2() {
    let none = HeaderMap::new();
    assert_eq!(
        signature("GET", Some("key"), "versionId=versionId", &none, "1699807420", "bucket"),
        "dcLTea+Yh9ApirQ8o8dOPqtvJXQ="
    );
    assert_eq!(
        signature("GET", Some("key+123"), "versionId=versionId&security-token=token", &none, "1699808204", "bucket"),
        "jzKYRrM5y6Br0dRFPaTGOsbrDhY="
    );
}
