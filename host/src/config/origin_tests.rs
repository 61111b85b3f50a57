use super::*;
use crate::Credentials;

fn config(endpoint: &str) -> Config {
    Config::new("bucket", "cn-hangzhou", Credentials::new("id", "secret")).endpoint(endpoint.parse().unwrap())
}

fn origin(endpoint: &str) -> String {
    config(endpoint).origin().unwrap().to_string()
}

#[test]
fn each_endpoint_is_one_origin() {
    for (endpoint, expected) in [
        ("public", "https://bucket.oss-cn-hangzhou.aliyuncs.com"),
        ("internal", "https://bucket.oss-cn-hangzhou-internal.aliyuncs.com"),
        ("dual-stack", "https://bucket.cn-hangzhou.oss.aliyuncs.com"),
        ("accelerate", "https://bucket.oss-accelerate.aliyuncs.com"),
        ("accelerate-overseas", "https://bucket.oss-accelerate-overseas.aliyuncs.com"),
        ("oss.example", "https://bucket.oss.example"),
        ("http://OSS.example:8080", "http://bucket.oss.example:8080"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("https://[::1]:9000", "https://[::1]:9000"),
        ("http://localhost:9000", "http://localhost:9000"),
    ] {
        assert_eq!(origin(endpoint), expected, "{endpoint}");
    }
}

#[test]
fn the_addressing_can_be_chosen() {
    let path = config("oss.example").addressing(Addressing::Path);
    assert_eq!(path.origin().unwrap().to_string(), "https://oss.example");
    let domain = config("files.example").addressing(Addressing::CustomDomain);
    assert_eq!(domain.origin().unwrap().to_string(), "https://files.example");
    let plain = config("oss.example").secure(false);
    assert_eq!(plain.origin().unwrap().to_string(), "http://bucket.oss.example");
}

/// It says whether the path names the bucket.
#[test]
fn how_the_bucket_is_addressed_is_told_for_certain() {
    let addressing = |config: Config| config.place().unwrap().1;
    for (endpoint, expected) in [
        ("public", Addressing::VirtualHosted),
        ("oss.example", Addressing::VirtualHosted),
        ("http://bucket.localhost:9000", Addressing::VirtualHosted),
        ("http://127.0.0.1:9000", Addressing::Path),
        ("https://[::1]:9000", Addressing::Path),
        ("http://LOCALHOST:9000", Addressing::Path),
    ] {
        assert_eq!(addressing(config(endpoint)), expected, "{endpoint}");
    }
    for chosen in [Addressing::Path, Addressing::VirtualHosted, Addressing::CustomDomain] {
        assert_eq!(addressing(config("oss.example").addressing(chosen)), chosen);
    }
    // What the bucket's name makes of the host does not count.
    let mut numeric = config("http://0.0.1");
    numeric.bucket = "127".to_owned();
    assert_eq!(addressing(numeric), Addressing::VirtualHosted);
}

#[test]
fn what_cannot_be_one_origin_is_refused_by_its_field() {
    let field = |config: Config| config.origin().unwrap_err().field;
    assert_eq!(field(Config::new("a.evil.example/", "r", Credentials::new("i", "s"))), "bucket");
    assert_eq!(field(Config::new("bucket", "r.evil.example#", Credentials::new("i", "s"))), "region");
    for endpoint in
        ["", "host/path", "user@host", "host:", "host:0", "host:99999", "ftp://host", "a b", "host?x", "[::1"]
    {
        assert_eq!(field(config("public").endpoint(Endpoint::custom(endpoint))), "endpoint", "{endpoint}");
    }
    assert_eq!(field(config("https://host").secure(false)), "secure");
    assert_eq!(field(config("127.0.0.1").addressing(Addressing::VirtualHosted)), "addressing");
    assert_eq!(field(config("public").addressing(Addressing::CustomDomain)), "addressing");
}

#[test]
fn only_the_same_scheme_host_and_port_are_the_origin() {
    let origin = config("https://oss.example").origin().unwrap();
    let is = |scheme: Scheme, authority: &str| origin.is(Some(&scheme), &authority.parse().unwrap());
    assert!(is(Scheme::HTTPS, "bucket.oss.example"));
    assert!(is(Scheme::HTTPS, "BUCKET.oss.example:443"));
    for authority in [
        "oss.example",
        "bucket.oss.example:8443",
        "other.oss.example",
        "bucket.oss.example.evil",
        "me@bucket.oss.example",
        "bucket.oss.example:",
        "bucket.oss.example:99999",
    ] {
        assert!(!is(Scheme::HTTPS, authority), "{authority}");
    }
    assert!(!is(Scheme::HTTP, "bucket.oss.example"));
    assert!(!is(Scheme::HTTP, "bucket.oss.example:443"));
    assert!(!origin.is(None, &"bucket.oss.example".parse().unwrap()));
}

/// 4.12: an IPv6 address is the same however it is spelled.
#[test]
fn an_address_is_the_same_in_every_spelling() {
    let origin = Origin { secure: false, host: "2001:db8::1".to_owned(), port: 9000 };
    for spelled in ["[2001:db8::1]:9000", "[2001:0DB8:0:0:0:0:0:1]:9000", "[2001:db8:0::0001]:9000"] {
        assert!(origin.is(Some(&Scheme::HTTP), &spelled.parse().unwrap()), "{spelled}");
    }
    for other in ["[2001:db8::2]:9000", "[2001:db8::1]", "2001.db8.1:9000"] {
        assert!(!origin.is(Some(&Scheme::HTTP), &other.parse().unwrap()), "{other}");
    }
}
