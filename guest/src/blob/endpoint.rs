//! The parameter `endpoint` of a registry's configuration. Upstream used its text as the host, which had to contain the
//! bucket's name and no scheme; getting that wrong was the most frequent mistake. Here every plausible form is
//! accepted, and an endpoint that names another bucket is an error. If the endpoint names a region, that is used
//! instead of the parameter `region`: upstream ignored `region` beside an endpoint, because its signature contained
//! none.

use crate::endpoint::{Addressing, Endpoint, region_of};
use crate::error::ConfigProblem;

/// The suffix of OSS's own hosts.
const OSS: &str = ".aliyuncs.com";

/// An endpoint as the core understands it.
pub(super) struct ParsedEndpoint {
    pub endpoint: Endpoint,
    pub addressing: Addressing,
    /// The region that the endpoint names.
    pub region: Option<String>,
}

impl ParsedEndpoint {
    fn new(endpoint: String, addressing: Addressing) -> Self {
        Self { endpoint: Endpoint::Custom(endpoint), addressing, region: None }
    }
}

/// Interprets a text, which must not be empty, as an endpoint.
///
/// # Errors
/// Names the parameter, `endpoint`.
pub(super) fn parse_endpoint(given: &str, bucket: &str) -> Result<ParsedEndpoint, ConfigProblem> {
    // Other mistakes are found by the config's check, which does not repeat a password that may be in the text.
    let (scheme, rest) = match given.split_once("://") {
        Some((scheme, rest)) => ([scheme, "://"].concat(), rest),
        None => (String::new(), given),
    };
    let host = rest.trim_end_matches('/').to_ascii_lowercase();
    let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
    if given.contains('@') || host.contains(['/', '?', '#']) {
        return Ok(ParsedEndpoint::new(given.to_owned(), Addressing::Automatic));
    }
    let is_address = name.parse::<std::net::Ipv4Addr>().is_ok() || host.starts_with('[');
    if is_address || name == "localhost" {
        return Ok(ParsedEndpoint::new(given.to_owned(), Addressing::Automatic));
    }
    if let Some(service) = host.strip_prefix(bucket).and_then(|rest| rest.strip_prefix('.')) {
        if service.split(':').next().is_some_and(|service| service.ends_with(OSS)) {
            return oss_endpoint(&scheme, service);
        }
        // `bucket.example.com` may be a domain bound to the bucket, or a host that serves buckets: the request is the
        // same for both.
        return Ok(ParsedEndpoint::new([&scheme, host.as_str()].concat(), Addressing::CustomDomain));
    }
    if name.ends_with(OSS) {
        let labels = name.split('.').count();
        let is_dual_stack = name.strip_suffix(OSS).is_some_and(|name| name.ends_with(".oss"));
        if labels > if is_dual_stack { 4 } else { 3 } {
            let other = name.split('.').next().unwrap_or_default();
            return Err(problem(format!("{given:?} names the bucket {other:?}, and the parameter bucket {bucket:?}")));
        }
        return oss_endpoint(&scheme, &host);
    }
    Ok(ParsedEndpoint::new([&scheme, host.as_str()].concat(), Addressing::CustomDomain))
}

/// One of OSS's own hosts.
fn oss_endpoint(scheme: &str, host: &str) -> Result<ParsedEndpoint, ConfigProblem> {
    let name = host.split(':').next().unwrap_or(host);
    if name.starts_with("s3.") {
        return Err(problem(format!("{host:?} speaks the protocol of S3: leave out \"s3.\"")));
    }
    let region = region_of(name).map(str::to_owned);
    Ok(ParsedEndpoint { region, ..ParsedEndpoint::new([scheme, host].concat(), Addressing::VirtualHosted) })
}

fn problem(reason: String) -> ConfigProblem {
    ConfigProblem::new("endpoint", reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Target;

    fn url(given: &str) -> Result<String, String> {
        let parsed = parse_endpoint(given, "bkt").map_err(|problem| problem.reason)?;
        Target::resolve("bkt", "cn-hangzhou", &parsed.endpoint, parsed.addressing, None)
            .map(|target| {
                [if target.secure { "https" } else { "http" }, "://", &target.authority, &target.path(Some("k"))]
                    .concat()
            })
            .map_err(|problem| problem.reason)
    }

    #[test]
    fn every_form_that_people_write() {
        for (given, expected) in [
            ("bkt.oss-cn-hangzhou.aliyuncs.com", "https://bkt.oss-cn-hangzhou.aliyuncs.com/k"),
            ("oss-cn-hangzhou.aliyuncs.com", "https://bkt.oss-cn-hangzhou.aliyuncs.com/k"),
            ("OSS-cn-hangzhou.aliyuncs.com/", "https://bkt.oss-cn-hangzhou.aliyuncs.com/k"),
            ("http://oss-cn-hangzhou-internal.aliyuncs.com", "http://bkt.oss-cn-hangzhou-internal.aliyuncs.com/k"),
            (
                "https://bkt.oss-cn-hangzhou-internal.aliyuncs.com/",
                "https://bkt.oss-cn-hangzhou-internal.aliyuncs.com/k",
            ),
            ("bkt.oss-cn-hangzhou.aliyuncs.com:443", "https://bkt.oss-cn-hangzhou.aliyuncs.com/k"),
            ("oss-accelerate.aliyuncs.com", "https://bkt.oss-accelerate.aliyuncs.com/k"),
            ("cn-hangzhou.oss.aliyuncs.com", "https://bkt.cn-hangzhou.oss.aliyuncs.com/k"),
            ("bkt.cn-hangzhou.oss.aliyuncs.com", "https://bkt.cn-hangzhou.oss.aliyuncs.com/k"),
            ("blobs.example.com", "https://blobs.example.com/k"),
            ("https://bkt.example.com/", "https://bkt.example.com/k"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000/bkt/k"),
            ("http://[::1]:9000/", "http://[::1]:9000/bkt/k"),
            ("http://localhost:9000", "http://localhost:9000/bkt/k"),
        ] {
            assert_eq!(url(given).as_deref(), Ok(expected), "{given}");
        }
    }

    #[test]
    fn an_endpoint_of_osss_names_its_region_6_5() {
        for (given, region) in [
            ("oss-cn-beijing.aliyuncs.com", Some("cn-beijing")),
            ("http://bkt.oss-cn-beijing-internal.aliyuncs.com:80/", Some("cn-beijing")),
            ("bkt.cn-beijing.oss.aliyuncs.com", Some("cn-beijing")),
            ("bkt.vpc100-oss-cn-beijing.aliyuncs.com", Some("cn-beijing")),
            ("oss-accelerate.aliyuncs.com", None),
            ("blobs.example.com", None),
            ("127.0.0.1:9000", None),
        ] {
            assert_eq!(parse_endpoint(given, "bkt").unwrap().region.as_deref(), region, "{given}");
        }
    }

    #[test]
    fn what_can_not_be_meant_is_said() {
        for (given, said) in [
            ("other.oss-cn-hangzhou.aliyuncs.com", "names the bucket \"other\""),
            ("other.cn-hangzhou.oss.aliyuncs.com", "names the bucket \"other\""),
            ("s3.oss-cn-hangzhou.aliyuncs.com", "names the bucket \"s3\""),
            ("bkt.s3.oss-cn-hangzhou.aliyuncs.com", "protocol of S3"),
            ("oss-cn-hangzhou.aliyuncs.com/bkt", "has a path"),
            ("https://id:secret@oss-cn-hangzhou.aliyuncs.com", "user name"),
            ("ftp://oss-cn-hangzhou.aliyuncs.com", "only http and https"),
            ("http://http://oss-cn-hangzhou.aliyuncs.com", "has a path"),
            ("a b", "no host"),
            ("oss-cn-hangzhou.aliyuncs.com:x", "port"),
        ] {
            let reason = url(given).expect_err(given);
            assert!(reason.contains(said), "{given}: {reason}");
            assert!(!reason.contains("secret"), "{reason}");
        }
    }
}
