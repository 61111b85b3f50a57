//! Which bucket and key a URL means: virtual-hosted, path-style or through a custom domain.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::failures::Failure;
use crate::percent;

/// The names under which the service is reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Domains {
    /// Hosts that serve path-style, and whose subdomains are buckets.
    pub(crate) own: Vec<String>,
    /// Custom domains, each bound to a bucket (CNAME).
    pub(crate) bound: HashMap<String, String>,
}

/// The kind of a host of the real service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// A host of this emulator, or a custom domain: good for every bucket.
    Local,
    /// `oss-<region>.aliyuncs.com` or `<region>.oss.aliyuncs.com`.
    Public(String),
    /// `oss-<region>-internal.aliyuncs.com`.
    Internal(String),
    /// `oss-accelerate.aliyuncs.com`: every region.
    Accelerate,
}

impl Entrance {
    /// The only region served here, if there is one.
    pub(crate) fn region(&self) -> Option<&str> {
        match self {
            Self::Public(region) | Self::Internal(region) => Some(region),
            Self::Local | Self::Accelerate => None,
        }
    }
}

/// What a URL means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) entrance: Entrance,
}

impl Domains {
    /// Tells bucket and key from the `Host` and the path.
    pub(crate) fn resolve(&self, host: &str, path: &str) -> Result<Target, Failure> {
        let host = without_port(host).to_ascii_lowercase();
        if let Some(bucket) = self.bound.get(&host) {
            return hosted(Some(bucket), path, Entrance::Local);
        }
        // A name without a dot is that of a machine or a container (`http://oss:9000`), never of a bucket's domain.
        if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() || !host.contains('.') {
            return path_style(path);
        }
        for own in &self.own {
            if host == *own {
                return path_style(path);
            }
            if let Some(bucket) = host.strip_suffix(own.as_str()).and_then(|rest| rest.strip_suffix('.')) {
                return hosted(Some(bucket), path, Entrance::Local);
            }
        }
        match public(&host) {
            Some((bucket, entrance)) => hosted(bucket, path, entrance),
            // A domain that points here but is bound to no bucket is itself taken for the bucket's name.
            None => hosted(Some(&host), path, Entrance::Local),
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// Bucket and entrance of a host of the real service.
fn public(host: &str) -> Option<(Option<&str>, Entrance)> {
    let rest = host.strip_suffix(".aliyuncs.com")?;
    if let Some(rest) = rest.strip_suffix(".oss") {
        let (bucket, region) = split(rest);
        return Some((bucket, Entrance::Public(region.to_owned())));
    }
    let (bucket, name) = split(rest);
    let region = name.strip_prefix("oss-")?;
    let entrance = if matches!(region, "accelerate" | "accelerate-overseas") {
        Entrance::Accelerate
    } else if let Some(region) = region.strip_suffix("-internal") {
        Entrance::Internal(region.to_owned())
    } else {
        Entrance::Public(region.to_owned())
    };
    Some((bucket, entrance))
}

fn split(text: &str) -> (Option<&str>, &str) {
    match text.rsplit_once('.') {
        Some((bucket, rest)) => (Some(bucket), rest),
        None => (None, text),
    }
}

fn hosted(bucket: Option<&str>, path: &str, entrance: Entrance) -> Result<Target, Failure> {
    let raw = path.strip_prefix('/').unwrap_or(path);
    match bucket {
        Some(bucket) => {
            let key = if raw.is_empty() { None } else { Some(decode(raw)?) };
            Ok(Target { bucket: Some(bucket.to_owned()), key, entrance })
        }
        None if raw.is_empty() => Ok(Target { bucket: None, key: None, entrance }),
        // Public hosts do not serve path-style. (OSS documentation: HTTP 403, SecondLevelDomainForbidden.)
        None => Err(Failure::second_level_domain()),
    }
}

fn path_style(path: &str) -> Result<Target, Failure> {
    let raw = path.strip_prefix('/').unwrap_or(path);
    let (bucket, key) = raw.split_once('/').unwrap_or((raw, ""));
    let bucket = if bucket.is_empty() { None } else { Some(decode(bucket)?) };
    let key = if key.is_empty() { None } else { Some(decode(key)?) };
    // "//key" names no bucket, so it names nothing.
    if bucket.is_none() && key.is_some() {
        return Err(Failure::bucket_name(""));
    }
    Ok(Target { bucket, key, entrance: Entrance::Local })
}

fn decode(text: &str) -> Result<String, Failure> {
    percent::decode(text).ok_or_else(Failure::key_not_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domains() -> Domains {
        Domains {
            own: vec!["localhost".into(), "oss.test".into()],
            bound: HashMap::from([("files.example.com".into(), "shop".into())]),
        }
    }

    fn resolve(host: &str, path: &str) -> (Option<String>, Option<String>, Entrance) {
        let target = domains().resolve(host, path).expect("resolves");
        (target.bucket, target.key, target.entrance)
    }

    fn pair(bucket: &str, key: &str, entrance: Entrance) -> (Option<String>, Option<String>, Entrance) {
        (Some(bucket.into()), Some(key.into()), entrance)
    }

    #[test]
    fn every_way_to_name_an_object() {
        let local = || Entrance::Local;
        assert_eq!(resolve("127.0.0.1:9000", "/b/k%20/x"), pair("b", "k /x", local()));
        assert_eq!(resolve("[::1]:9000", "/b/k"), pair("b", "k", local()));
        assert_eq!(resolve("localhost:1", "/b//k"), pair("b", "/k", local()));
        assert_eq!(resolve("oss:9000", "/b/k"), pair("b", "k", local()));
        assert_eq!(resolve("b.localhost:1", "/k"), pair("b", "k", local()));
        assert_eq!(resolve("b.oss.test", "/k+1"), pair("b", "k+1", local()));
        assert_eq!(resolve("files.example.com", "/k"), pair("shop", "k", local()));
        assert_eq!(resolve("unbound.example.com", "/k"), pair("unbound.example.com", "k", local()));
    }

    #[test]
    fn the_hosts_of_the_real_service() {
        let region = || "cn-hangzhou".to_owned();
        assert_eq!(resolve("b.oss-cn-hangzhou.aliyuncs.com", "/k"), pair("b", "k", Entrance::Public(region())));
        assert_eq!(
            resolve("b.oss-cn-hangzhou-internal.aliyuncs.com", "/k"),
            pair("b", "k", Entrance::Internal(region()))
        );
        assert_eq!(resolve("b.cn-hangzhou.oss.aliyuncs.com", "/k"), pair("b", "k", Entrance::Public(region())));
        assert_eq!(resolve("b.oss-accelerate.aliyuncs.com", "/k"), pair("b", "k", Entrance::Accelerate));
        assert_eq!(resolve("oss-cn-hangzhou.aliyuncs.com", "/"), (None, None, Entrance::Public(region())));
        let failure = domains().resolve("oss-cn-hangzhou.aliyuncs.com", "/b/k").expect_err("path-style");
        assert_eq!(failure.code(), "SecondLevelDomainForbidden");
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(domains().resolve("localhost", "/b/%FF").expect_err("bytes").code(), "InvalidObjectName");
    }
}
