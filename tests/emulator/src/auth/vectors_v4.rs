//! The version 4 vectors that Alibaba's SDKs publish, and six more on which two independent signers agree.

use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::sign_v4::{Scope, canonical_request, hex, sign, signing_key, string_to_sign};
use super::view::RequestView;
use crate::query::Query;

struct Case {
    method: &'static str,
    bucket: Option<&'static str>,
    key: Option<&'static str>,
    query: String,
    headers: HeaderMap,
    additional: Vec<&'static str>,
    date: &'static str,
    region: &'static str,
    product: &'static str,
}

const PARAMS: &str = "param1=value1&%2Bparam1=value3&%7Cparam1=value4&%2Bparam2&%7Cparam2&param2";

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
}

impl Case {
    /// The request the SDKs' tests share.
    fn shared(date: &'static str, more: &[(&'static str, &'static str)]) -> Self {
        let mut all = headers(&[("x-oss-head1", "value"), ("abc", "value"), ("zabc", "value"), ("xyz", "value")]);
        all.extend(headers(more));
        Self {
            method: "PUT",
            bucket: Some("bucket"),
            key: Some("1234+-/123/1.txt"),
            query: PARAMS.into(),
            headers: all,
            additional: Vec::new(),
            date,
            region: "cn-hangzhou",
            product: "oss",
        }
    }

    fn in_header(date: &'static str) -> Self {
        Self::shared(
            date,
            &[("content-type", "text/plain"), ("x-oss-content-sha256", "UNSIGNED-PAYLOAD"), ("x-oss-date", date)],
        )
    }

    fn in_url(date: &'static str, region: &'static str, product: &'static str, more: &str) -> Self {
        let mut case = Self::shared(date, &[("content-type", "application/octet-stream")]);
        case.region = region;
        case.product = product;
        let day = &date[..8];
        case.query = format!(
            "{PARAMS}&x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-expires=599&x-oss-date={date}\
             &x-oss-credential=ak%2F{day}%2F{region}%2F{product}%2Faliyun_v4_request{more}&x-oss-signature=ignored"
        );
        case
    }

    fn plain(
        method: &'static str,
        bucket: Option<&'static str>,
        key: Option<&'static str>,
        query: &str,
        more: &[(&'static str, &'static str)],
    ) -> Self {
        let date = "20231216T162057Z";
        let mut headers = headers(&[("x-oss-content-sha256", "UNSIGNED-PAYLOAD"), ("x-oss-date", date)]);
        headers.extend(self::headers(more));
        let (region, product) = ("cn-hangzhou", "oss");
        Self { method, bucket, key, query: query.into(), headers, additional: Vec::new(), date, region, product }
    }

    fn additional(mut self, names: &[&'static str]) -> Self {
        self.additional = names.to_vec();
        self
    }

    fn canonical(&self) -> String {
        let query = Query::parse(&self.query).expect("query");
        let view = RequestView {
            method: self.method,
            bucket: self.bucket,
            key: self.key,
            query: &query,
            headers: &self.headers,
        };
        canonical_request(&view, &self.additional)
    }

    fn signature(&self) -> String {
        let scope = Scope { date: self.date[..8].into(), region: self.region.into(), product: self.product.into() };
        sign(&signing_key("sk", &scope), &string_to_sign(self.date, &scope, &self.canonical()))
    }

    fn expect(self, hash: &str, signature: &str) {
        assert_eq!(hex(&Sha256::digest(self.canonical())), hash, "{}", self.canonical());
        assert_eq!(self.signature(), signature);
    }
}

#[test]
fn v4h_1() {
    Case::in_header("20231216T162057Z").expect(
        "f4613657f1b108998e8dbd10a1aa5da621dc2c6e02c9ddec0f163664848704c4",
        "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe",
    );
}

#[test]
fn v4h_2_with_a_token() {
    let mut case = Case::in_header("20231217T034736Z");
    case.headers.extend(headers(&[("x-oss-security-token", "token")]));
    case.expect(
        "69494678fb11579d4ee12996e2796d9e2ba43c34aa4c723c4aec018f3d6b86b8",
        "b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea",
    );
}

#[test]
fn v4h_3_with_additional_headers() {
    let case = Case::in_header("20231216T172512Z").additional(&["abc", "zabc"]);
    assert_eq!(
        case.canonical(),
        "PUT\n/bucket/1234%2B-/123/1.txt\n\
         %2Bparam1=value3&%2Bparam2&%7Cparam1=value4&%7Cparam2&param1=value1&param2\n\
         abc:value\ncontent-type:text/plain\nx-oss-content-sha256:UNSIGNED-PAYLOAD\nx-oss-date:20231216T172512Z\n\
         x-oss-head1:value\nzabc:value\n\nabc;zabc\nUNSIGNED-PAYLOAD"
    );
    case.expect(
        "16b86004ed2cc3406dd7a13081bd940ef6a5ad49e508da2d4fdf84e8a5dd2145",
        "4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f",
    );
}

#[test]
fn v4h_4_cloud_box() {
    let mut case = Case::in_header("20231216T162057Z");
    (case.region, case.product) = ("cb-123", "oss-cloudbox");
    assert_eq!(case.signature(), "94ce1f12c17d148ea681030275a94449d3357f5b5b21133996eec80af3e08a43");
}

#[test]
fn v4p_1() {
    Case::in_url("20231217T025437Z", "cn-hangzhou", "oss", "").expect(
        "48814c11f278d51662015bf2f896b66ca10b6de0187ed8d952e341bbce0aa336",
        "a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe",
    );
}

#[test]
fn v4p_2_with_a_token() {
    Case::in_url("20231217T035628Z", "cn-hangzhou", "oss", "&x-oss-security-token=token").expect(
        "458705026c021c95dd317d008cff79df19ce99bf2b241d1ecb20f4d65bb851a5",
        "3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5",
    );
}

#[test]
fn v4p_3_with_additional_headers() {
    Case::in_url("20231217T033009Z", "cn-hangzhou", "oss", "&x-oss-additional-headers=abc%3Bzabc")
        .additional(&["abc", "zabc"])
        .expect(
            "e06541af14a8dc30dd12d3b75557af47f405e37784a76eae1a844c3426777df9",
            "6bd984bfe531afb6db1f7550983a741b103a8c58e5e14f83ea474c2322dfa2b7",
        );
}

#[test]
fn v4p_4_cloud_box() {
    Case::in_url("20231217T025437Z", "cb-123", "oss-cloudbox", "&x-oss-additional-headers=abc%3Bzabc")
        .additional(&["abc", "zabc"])
        .expect(
            "5a216ce12aa5cb11075f7232f0f7ec4f1435d952fac90c3bbbe67b34c97d73b5",
            "07284191b9b4978ac3520cd39ee2dea2747eda454089359371ff463a6c7ba20f",
        );
}

#[test]
fn d1_to_d6() {
    let octets = ("content-type", "application/octet-stream");
    let bucket = Some("bucket");
    let cases = [
        (Case::plain("GET", None, None, "", &[]), "2a7fe0c537ae2b2319d6a44def3d754c1f9ca397946234d46ba2ecdb8f8f0a96"),
        (
            Case::plain("GET", bucket, None, "list-type=2&prefix=a%2Fb%20c&max-keys=1000&encoding-type=url", &[]),
            "c3d292603911dcf1a1a4101f9808d30104fef65c0343247b526ed5583a581187",
        ),
        (
            Case::plain(
                "PUT",
                bucket,
                Some("测试/a b+c~!*'().txt"),
                "",
                &[("content-type", "text/plain"), ("x-oss-forbid-overwrite", "true")],
            ),
            "978436aef633eb4d3dd700d763383d930e309861d924980590ba316a705ea30e",
        ),
        (
            Case::plain("POST", bucket, Some("log"), "append&position=0", &[octets]),
            "8a6cd0454444d9ab93a58dcdaebb027a78a4e419b3424c1f804cf2f40216baa8",
        ),
        (
            Case::plain(
                "POST",
                bucket,
                None,
                "delete&encoding-type=url",
                &[("content-type", "application/xml"), ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")],
            ),
            "1dfe56a8b39a5244421c1d3806714dccf64226bdd518ff45206de010fa8a3994",
        ),
        (
            Case::plain("GET", bucket, Some("k"), "", &[("range", "bytes=0-9")]).additional(&["range"]),
            "a884dcc909177f19cf940c7e29c04835719f25df67c64cc73ff73af2accc460c",
        ),
    ];
    for (number, (case, signature)) in cases.iter().enumerate() {
        assert_eq!(case.signature(), *signature, "D{}: {}", number + 1, case.canonical());
    }
}
