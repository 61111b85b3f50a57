//! The known answers of OSS's own SDKs (`signer_test.go` of the Go SDK v2, `test_v1.py` and `test_v4.py` of the Python SDK
//! v2), and six more that the Python SDK's signer agrees with.

use super::{CanonicalHeaders, Moment, Query, Subject, v1, v4};
use crate::credentials::Credentials;
use std::time::Duration;

const V1_DATE: u64 = 1_672_223_261;

fn credentials(token: Option<&str>) -> Credentials {
    Credentials {
        access_key_id: "ak".into(),
        access_key_secret: String::from("sk").into(),
        security_token: token.map(|token| token.to_owned().into()),
    }
}

fn headers(given: &[(&str, &str)]) -> CanonicalHeaders {
    let mut headers = CanonicalHeaders::default();
    for (name, value) in given {
        headers.set(name, value);
    }
    headers
}

fn query(given: &[(&str, &str)]) -> Query {
    let mut query = Query::default();
    for (name, value) in given {
        query.set(name, *value);
    }
    query
}

fn at(seconds: u64) -> Moment {
    Moment::since_epoch(Duration::from_secs(seconds))
}

fn v1_header(method: &str, bucket: &str, object: Option<&str>, query: &Query, given: &[(&str, &str)]) -> String {
    let mut headers = headers(given);
    let credentials = credentials(None);
    v1::prepare(&mut headers, &at(V1_DATE), &credentials);
    let subject = Subject { method, bucket: Some(bucket), object, query, headers: &headers };
    v1::authorization(&subject, &at(V1_DATE), &credentials)
}

#[test]
fn v1h() {
    let nelson = [
        ("Content-MD5", "eB5eJF1ptWaXm4bijSPyxw=="),
        ("Content-Type", "text/html"),
        ("x-oss-meta-author", "alice"),
        ("x-oss-meta-magic", "abracadabra"),
    ];
    let plain = query(&[]);
    let acl = query(&[("acl", "")]);
    for (id, got, signature) in [
        ("V1H-1", v1_header("PUT", "examplebucket", Some("nelson"), &plain, &nelson), "kSHKmLxlyEAKtZPkJhG9bZb5k7M="),
        ("V1H-2", v1_header("PUT", "examplebucket", Some("nelson"), &acl, &nelson), "/afkugFbmWDQ967j1vr6zygBLQk="),
        (
            "V1H-3",
            v1_header("GET", "examplebucket", None, &query(&[("resourceGroup", ""), ("non-resousce", "null")]), &[]),
            "vkQmfuUDyi1uDi3bKt67oemssIs=",
        ),
        (
            "V1H-4",
            v1_header("GET", "examplebucket", None, &query(&[("resourceGroup", ""), ("acl", "")]), &[]),
            "x3E5TgOvl/i7PN618s5mEvpJDYk=",
        ),
    ] {
        assert_eq!(got, format!("OSS ak:{signature}"), "{id}");
    }
}

#[test]
fn v1p() {
    for (id, object, token, expires, signature) in [
        ("V1P-1", "key", None, 1_699_807_420, "Signature=dcLTea%2BYh9ApirQ8o8dOPqtvJXQ%3D"),
        ("V1P-2", "key+123", Some("token"), 1_699_808_204, "Signature=jzKYRrM5y6Br0dRFPaTGOsbrDhY%3D"),
    ] {
        let (query, headers) = (query(&[("versionId", "versionId")]), CanonicalHeaders::default());
        let subject =
            Subject { method: "GET", bucket: Some("bucket"), object: Some(object), query: &query, headers: &headers };
        let signed = v1::presign(&subject, expires, &credentials(token)).encoded();
        assert!(signed.contains(signature), "{id}: {signed}");
        assert!(signed.contains(&format!("Expires={expires}&OSSAccessKeyId=ak&")), "{id}: {signed}");
        assert_eq!(signed.contains("security-token=token"), token.is_some(), "{id}");
    }
}

struct V4 {
    id: &'static str,
    seconds: u64,
    token: Option<&'static str>,
    additional: &'static [&'static str],
    region: &'static str,
    product: &'static str,
    canonical: &'static str,
    signature: &'static str,
}

impl V4 {
    const PLAIN: Self = Self {
        id: "",
        seconds: 0,
        token: None,
        additional: &[],
        region: "cn-hangzhou",
        product: "oss",
        canonical: "",
        signature: "",
    };

    fn scope(&self) -> v4::Scope<'static> {
        v4::Scope { moment: at(self.seconds), region: self.region, product: self.product }
    }
}

fn published_query() -> Query {
    query(&[
        ("param1", "value1"),
        ("+param1", "value3"),
        ("|param1", "value4"),
        ("+param2", ""),
        ("|param2", ""),
        ("param2", ""),
    ])
}

fn published_headers(content_type: &str) -> CanonicalHeaders {
    headers(&[
        ("x-oss-head1", "value"),
        ("abc", "value"),
        ("ZAbc", "value"),
        ("XYZ", "value"),
        ("content-type", content_type),
    ])
}

const PUBLISHED_OBJECT: &str = "1234+-/123/1.txt";

#[test]
fn v4h() {
    const ADDITIONAL: &str = "16b86004ed2cc3406dd7a13081bd940ef6a5ad49e508da2d4fdf84e8a5dd2145";
    const PLAIN: &str = "f4613657f1b108998e8dbd10a1aa5da621dc2c6e02c9ddec0f163664848704c4";
    for vector in [
        V4 {
            id: "V4H-1",
            seconds: 1_702_743_657,
            canonical: PLAIN,
            signature: "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe",
            ..V4::PLAIN
        },
        V4 {
            id: "V4H-2",
            seconds: 1_702_784_856,
            token: Some("token"),
            canonical: "69494678fb11579d4ee12996e2796d9e2ba43c34aa4c723c4aec018f3d6b86b8",
            signature: "b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea",
            ..V4::PLAIN
        },
        V4 {
            id: "V4H-3",
            seconds: 1_702_747_512,
            additional: &["ZAbc", "abc"],
            canonical: ADDITIONAL,
            signature: "4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f",
            ..V4::PLAIN
        },
        V4 {
            id: "V4H-3b",
            seconds: 1_702_747_512,
            additional: &["x-oss-no-exist", "ZAbc", "x-oss-head1", "abc"],
            canonical: ADDITIONAL,
            signature: "4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f",
            ..V4::PLAIN
        },
        V4 {
            id: "V4H-4",
            seconds: 1_702_743_657,
            region: "cb-123",
            product: "oss-cloudbox",
            canonical: PLAIN,
            signature: "94ce1f12c17d148ea681030275a94449d3357f5b5b21133996eec80af3e08a43",
            ..V4::PLAIN
        },
    ] {
        let credentials = credentials(vector.token);
        let mut headers = published_headers("text/plain");
        v4::prepare(&mut headers, &vector.scope().moment, &credentials);
        let query = published_query();
        let subject = Subject {
            method: "PUT",
            bucket: Some("bucket"),
            object: Some(PUBLISHED_OBJECT),
            query: &query,
            headers: &headers,
        };
        assert_eq!(v4::canonical_hash(&subject, vector.additional), vector.canonical, "{}", vector.id);
        let mut key = v4::SigningKey::derive(&credentials.access_key_secret, &vector.scope());
        // After another second, once more after that one, and twice in the same.
        let [_, got, _, again, same] =
            [vector.seconds ^ 1, vector.seconds, vector.seconds ^ 1, vector.seconds, vector.seconds]
                .map(|seconds| v4::authorization(&subject, vector.additional, &at(seconds), "ak", &mut key));
        assert_eq!([&again, &same], [&got; 2], "{}", vector.id);
        assert!(got.ends_with(&format!(",Signature={}", vector.signature)), "{}: {got}", vector.id);
        let credential = format!(
            "OSS4-HMAC-SHA256 Credential=ak/{}/{}/{}/aliyun_v4_request,",
            at(vector.seconds).date(),
            vector.region,
            vector.product
        );
        assert!(got.starts_with(&credential), "{}: {got}", vector.id);
        assert_eq!(got.contains(",AdditionalHeaders=abc;zabc,"), !vector.additional.is_empty(), "{}: {got}", vector.id);
    }
}

#[test]
fn v4p() {
    for vector in [
        V4 {
            id: "V4P-1",
            seconds: 1_702_781_677,
            signature: "a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe",
            ..V4::PLAIN
        },
        V4 {
            id: "V4P-2",
            seconds: 1_702_785_388,
            token: Some("token"),
            signature: "3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5",
            ..V4::PLAIN
        },
        V4 {
            id: "V4P-3",
            seconds: 1_702_783_809,
            additional: &["ZAbc", "abc"],
            signature: "6bd984bfe531afb6db1f7550983a741b103a8c58e5e14f83ea474c2322dfa2b7",
            ..V4::PLAIN
        },
        V4 {
            id: "V4P-4",
            seconds: 1_702_781_677,
            additional: &["ZAbc", "abc"],
            region: "cb-123",
            product: "oss-cloudbox",
            signature: "07284191b9b4978ac3520cd39ee2dea2747eda454089359371ff463a6c7ba20f",
            ..V4::PLAIN
        },
    ] {
        let (query, headers) = (published_query(), published_headers("application/octet-stream"));
        let subject = Subject {
            method: "PUT",
            bucket: Some("bucket"),
            object: Some(PUBLISHED_OBJECT),
            query: &query,
            headers: &headers,
        };
        let signed = v4::presign(&subject, vector.additional, 599, &vector.scope(), &credentials(vector.token));
        let signed = signed.encoded();
        assert!(signed.contains(&format!("x-oss-signature={}", vector.signature)), "{}: {signed}", vector.id);
    }
}

#[test]
fn v4_derived() {
    struct Case<'a> {
        id: &'a str,
        method: &'a str,
        bucket: Option<&'a str>,
        object: Option<&'a str>,
        query: &'a [(&'a str, &'a str)],
        headers: &'a [(&'a str, &'a str)],
        additional: &'a [&'a str],
        signature: &'a str,
    }
    let plain = Case {
        id: "D1",
        method: "GET",
        bucket: None,
        object: None,
        query: &[],
        headers: &[],
        additional: &[],
        signature: "2a7fe0c537ae2b2319d6a44def3d754c1f9ca397946234d46ba2ecdb8f8f0a96",
    };
    for case in [
        Case { ..plain },
        Case {
            id: "D2",
            bucket: Some("bucket"),
            query: &[("list-type", "2"), ("prefix", "a/b c"), ("max-keys", "1000"), ("encoding-type", "url")],
            signature: "c3d292603911dcf1a1a4101f9808d30104fef65c0343247b526ed5583a581187",
            ..plain
        },
        Case {
            id: "D3",
            method: "PUT",
            bucket: Some("bucket"),
            object: Some("测试/a b+c~!*'().txt"),
            headers: &[("content-type", "text/plain"), ("x-oss-forbid-overwrite", "true")],
            signature: "978436aef633eb4d3dd700d763383d930e309861d924980590ba316a705ea30e",
            ..plain
        },
        Case {
            id: "D4",
            method: "POST",
            bucket: Some("bucket"),
            object: Some("log"),
            query: &[("append", ""), ("position", "0")],
            headers: &[("content-type", "application/octet-stream")],
            signature: "8a6cd0454444d9ab93a58dcdaebb027a78a4e419b3424c1f804cf2f40216baa8",
            ..plain
        },
        Case {
            id: "D5",
            method: "POST",
            bucket: Some("bucket"),
            query: &[("delete", ""), ("encoding-type", "url")],
            headers: &[("content-type", "application/xml"), ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")],
            signature: "1dfe56a8b39a5244421c1d3806714dccf64226bdd518ff45206de010fa8a3994",
            ..plain
        },
        Case {
            id: "D6",
            bucket: Some("bucket"),
            object: Some("k"),
            headers: &[("range", "bytes=0-9")],
            additional: &["range"],
            signature: "a884dcc909177f19cf940c7e29c04835719f25df67c64cc73ff73af2accc460c",
            ..plain
        },
    ] {
        let credentials = credentials(None);
        let scope = v4::Scope { moment: at(1_702_743_657), region: "cn-hangzhou", product: v4::PRODUCT };
        let (query, mut headers) = (query(case.query), headers(case.headers));
        v4::prepare(&mut headers, &scope.moment, &credentials);
        let subject =
            Subject { method: case.method, bucket: case.bucket, object: case.object, query: &query, headers: &headers };
        let mut key = v4::SigningKey::derive("sk", &scope);
        let got = v4::authorization(&subject, case.additional, &scope.moment, "ak", &mut key);
        assert!(got.ends_with(&format!("Signature={}", case.signature)), "{}: {got}", case.id);
    }
}
