//! The hosts of OSS (OSS documentation: *Regions and endpoints*) and the three ways to address a bucket.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::error::ConfigProblem;
use crate::signature::encode::{encode_component, encode_path};

/// Which of OSS's hosts serves the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `oss-<region>.aliyuncs.com`.
    Public,
    /// `oss-<region>-internal.aliyuncs.com`.
    Internal,
    /// `<region>.oss.aliyuncs.com`, IPv4 and IPv6.
    DualStack,
    /// `oss-accelerate.aliyuncs.com`.
    Accelerate,
    /// `oss-accelerate-overseas.aliyuncs.com`.
    AccelerateOverseas,
    /// A host given in full, with or without scheme and port.
    Custom(String),
}

/// Where a request contains the bucket's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// Path style for an IP address or `localhost`, virtual-hosted otherwise.
    Automatic,
    /// In the host.
    VirtualHosted,
    /// In the path.
    Path,
    /// Nowhere: the endpoint is a domain that is bound to the bucket.
    CustomDomain,
}

/// The target of the requests for one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// HTTPS or plain HTTP.
    pub secure: bool,
    /// The host and, unless it is the scheme's default, the port.
    pub authority: Arc<str>,
    /// `/bucket` in path style, empty otherwise.
    path_prefix: String,
}

impl Target {
    /// Determines the target of a bucket.
    ///
    /// # Errors
    /// Names `endpoint`, `addressing` or `secure`.
    pub fn resolve(
        bucket: &str,
        region: &str,
        endpoint: &Endpoint,
        addressing: Addressing,
        secure: Option<bool>,
    ) -> Result<Self, ConfigProblem> {
        let host = match endpoint {
            Endpoint::Public => Host::named(format!("oss-{region}.aliyuncs.com")),
            Endpoint::Internal => Host::named(format!("oss-{region}-internal.aliyuncs.com")),
            Endpoint::DualStack => Host::named(format!("{region}.oss.aliyuncs.com")),
            Endpoint::Accelerate => Host::named("oss-accelerate.aliyuncs.com".to_owned()),
            Endpoint::AccelerateOverseas => Host::named("oss-accelerate-overseas.aliyuncs.com".to_owned()),
            Endpoint::Custom(given) => Host::parse(given).map_err(|reason| ConfigProblem::new("endpoint", reason))?,
        };
        let secure = match (host.secure, secure) {
            (Some(scheme), Some(wanted)) if scheme != wanted => {
                let reason = format!("is {wanted}, but the endpoint begins with {}", scheme_name(scheme, "://"));
                return Err(ConfigProblem::new("secure", reason));
            }
            (Some(scheme), _) => scheme,
            (None, wanted) => wanted.unwrap_or(true),
        };
        let style = match addressing {
            Addressing::Automatic if host.is_local => Addressing::Path,
            Addressing::Automatic => Addressing::VirtualHosted,
            chosen => chosen,
        };
        let (name, path_prefix) = match style {
            Addressing::Path => (host.name, format!("/{bucket}")),
            Addressing::CustomDomain if !matches!(endpoint, Endpoint::Custom(_)) => {
                let reason = "custom-domain needs the domain bound to the bucket as the endpoint";
                return Err(ConfigProblem::new("addressing", reason));
            }
            Addressing::CustomDomain => (host.name, String::new()),
            Addressing::VirtualHosted | Addressing::Automatic => {
                if host.is_ip {
                    let reason = "virtual-hosted needs a host name, and the endpoint is an IP address: use path";
                    return Err(ConfigProblem::new("addressing", reason));
                }
                if host.name.strip_prefix(bucket).is_some_and(|rest| rest.starts_with('.')) {
                    let reason = format!(
                        "{:?} already begins with the bucket's name, which virtual-hosted addressing puts there: \
                         leave it out, or use custom-domain addressing",
                        host.name
                    );
                    return Err(ConfigProblem::new("endpoint", reason));
                }
                (format!("{bucket}.{}", host.name), String::new())
            }
        };
        Ok(Self { secure, authority: authority(name, host.port, secure), path_prefix })
    }

    /// The path of an object, or of the bucket itself.
    pub fn path(&self, object: Option<&str>) -> String {
        let mut path = String::with_capacity(self.path_prefix.len() + 1 + object.map_or(0, str::len));
        path.push_str(&self.path_prefix);
        path.push('/');
        if let Some(object) = object {
            encode_path(object, &mut path);
        }
        path
    }

    /// A whole URL.
    pub fn url(&self, object: Option<&str>, query: &str) -> String {
        [scheme_name(self.secure, "://").as_str(), &self.authority, &self.path(object), "?", query].concat()
    }
}

/// The region of a host of OSS, with or without a bucket's name; `None` for a host that has no region or is not OSS's.
pub fn region_of(host: &str) -> Option<&str> {
    let name = host.strip_suffix(".aliyuncs.com")?;
    if let Some(name) = name.strip_suffix(".oss") {
        return name.rsplit('.').next();
    }
    let label = name.rsplit('.').next()?;
    // `vpc100-oss-cn-hangzhou` is an old form of the internal endpoint in a VPC.
    let name = label.strip_prefix("oss-").or_else(|| label.split_once("-oss-").map(|(_, name)| name))?;
    let region = name.strip_suffix("-internal").unwrap_or(name);
    (!region.starts_with("accelerate")).then_some(region)
}

/// A server that is not OSS's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// HTTPS or plain HTTP.
    pub secure: bool,
    /// The host and, unless it is the scheme's default, the port.
    pub authority: Arc<str>,
}

/// The address of the metadata service. It is the same in every network of Alibaba Cloud and not reachable from
/// outside.
const METADATA: IpAddr = IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200));

impl Service {
    /// Parses `host` or `host:port`, with or without a scheme. `secure` applies if there is no scheme.
    ///
    /// Plain HTTP is allowed only where nobody can intercept it: for this machine (`localhost` or a loopback address)
    /// and the metadata service's address. The responses of these services contain secrets, and so do some requests.
    ///
    /// # Errors
    /// Says why it can't be one.
    pub fn parse(given: &str, secure: bool) -> Result<Self, String> {
        let host = Host::parse(given)?;
        let secure = host.secure.unwrap_or(secure);
        if !secure && !host.is_at_hand() {
            return Err(format!(
                "{given:?} would be asked over plain HTTP, and whoever is on the way would read the credentials: begin it \
                 with https:// (plain HTTP is for this machine and for 100.100.100.200)"
            ));
        }
        Ok(Self { secure, authority: authority(host.name, host.port, secure) })
    }
}

fn authority(name: String, port: Option<u16>, secure: bool) -> Arc<str> {
    match port {
        Some(port) if port != default_port(secure) => format!("{name}:{port}").into(),
        _ => name.into(),
    }
}

/// The value of `x-oss-copy-source` for an object of some bucket.
pub fn copy_source(bucket: &str, object: &str) -> String {
    let mut source = String::from("/");
    encode_component(bucket, &mut source);
    source.push('/');
    encode_path(object, &mut source);
    source
}

fn scheme_name(secure: bool, rest: &str) -> String {
    [if secure { "https" } else { "http" }, rest].concat()
}

fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

struct Host {
    name: String,
    port: Option<u16>,
    /// Whether the scheme is HTTPS; `None` if there is no scheme.
    secure: Option<bool>,
    is_ip: bool,
    is_local: bool,
}

impl Host {
    fn named(name: String) -> Self {
        Self { name, port: None, secure: None, is_ip: false, is_local: false }
    }

    fn parse(given: &str) -> Result<Self, String> {
        // Check this first: other errors contain the text.
        if given.contains('@') {
            return Err("holds a user name: credentials have fields of their own".to_owned());
        }
        let (secure, rest) = match given.split_once("://") {
            None => (None, given),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Some(true), rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Some(false), rest),
            Some((scheme, _)) => return Err(format!("begins with {scheme}://, and only http and https can be used")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#']) {
            return Err(format!("{given:?} has a path: give the host alone, and a prefix for the keys as root"));
        }
        let (name, port) = split_port(rest).ok_or_else(|| format!("{given:?} has no valid port after the colon"))?;
        let name = name.to_ascii_lowercase();
        let bare_v6 = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let is_ip = match bare_v6 {
            Some(address) => address.parse::<Ipv6Addr>().map(|_| true).map_err(|_| format!("{given:?} is no host"))?,
            None => name.parse::<Ipv4Addr>().is_ok(),
        };
        let is_name = name.split('.').all(is_label);
        if !is_ip && !is_name {
            return Err(format!("{given:?} is no host: give oss-cn-hangzhou.aliyuncs.com, say, or 127.0.0.1:9000"));
        }
        let is_local = is_ip || name == "localhost";
        Ok(Self { name, port, secure, is_ip, is_local })
    }

    /// Whether the host is this machine or the metadata service.
    fn is_at_hand(&self) -> bool {
        let bare = self.name.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(address) => address.is_loopback() || address == METADATA,
            Err(_) => self.name == "localhost",
        }
    }
}

fn split_port(host: &str) -> Option<(&str, Option<u16>)> {
    match host.rsplit_once(':') {
        // The colons of an IPv6 address are within its brackets.
        Some((name, port)) if !port.ends_with(']') => {
            let port = port.parse().ok().filter(|port| *port != 0)?;
            Some((name, Some(port)))
        }
        _ => Some((host, None)),
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(endpoint: Endpoint, addressing: Addressing, secure: Option<bool>) -> Result<String, (&'static str, String)> {
        Target::resolve("bkt", "cn-hangzhou", &endpoint, addressing, secure)
            .map(|target| {
                [scheme_name(target.secure, "://").as_str(), &target.authority, &target.path(Some("a b"))].concat()
            })
            .map_err(|problem| (problem.field, problem.reason))
    }

    #[test]
    fn endpoints_of_oss() {
        for (endpoint, expected) in [
            (Endpoint::Public, "https://bkt.oss-cn-hangzhou.aliyuncs.com/a%20b"),
            (Endpoint::Internal, "https://bkt.oss-cn-hangzhou-internal.aliyuncs.com/a%20b"),
            (Endpoint::DualStack, "https://bkt.cn-hangzhou.oss.aliyuncs.com/a%20b"),
            (Endpoint::Accelerate, "https://bkt.oss-accelerate.aliyuncs.com/a%20b"),
            (Endpoint::AccelerateOverseas, "https://bkt.oss-accelerate-overseas.aliyuncs.com/a%20b"),
        ] {
            assert_eq!(url(endpoint.clone(), Addressing::Automatic, None).as_deref(), Ok(expected));
            let plain = expected.replace("https", "http");
            assert_eq!(url(endpoint, Addressing::VirtualHosted, Some(false)), Ok(plain));
        }
    }

    #[test]
    fn regions_of_hosts() {
        for (host, region) in [
            ("oss-cn-hangzhou.aliyuncs.com", Some("cn-hangzhou")),
            ("bkt.oss-cn-hangzhou-internal.aliyuncs.com", Some("cn-hangzhou")),
            ("bkt.cn-hangzhou.oss.aliyuncs.com", Some("cn-hangzhou")),
            ("bkt.vpc100-oss-cn-hangzhou.aliyuncs.com", Some("cn-hangzhou")),
            ("oss-accelerate.aliyuncs.com", None),
            ("bkt.oss-accelerate-overseas.aliyuncs.com", None),
            ("sts.cn-hangzhou.aliyuncs.com", None),
            ("files.example.com", None),
        ] {
            assert_eq!(region_of(host), region, "{host}");
        }
    }

    #[test]
    fn custom_endpoints() {
        let custom = |given: &str| Endpoint::Custom(given.to_owned());
        for (given, addressing, secure, expected) in [
            ("127.0.0.1:9000", Addressing::Automatic, Some(false), "http://127.0.0.1:9000/bkt/a%20b"),
            ("http://127.0.0.1:9000/", Addressing::Automatic, None, "http://127.0.0.1:9000/bkt/a%20b"),
            ("http://[::1]:9000", Addressing::Automatic, None, "http://[::1]:9000/bkt/a%20b"),
            ("https://[::1]", Addressing::Automatic, None, "https://[::1]/bkt/a%20b"),
            ("localhost:8080", Addressing::Automatic, None, "https://localhost:8080/bkt/a%20b"),
            ("localhost:8080", Addressing::VirtualHosted, None, "https://bkt.localhost:8080/a%20b"),
            ("HTTPS://OSS.Example.com:443", Addressing::Automatic, None, "https://bkt.oss.example.com/a%20b"),
            ("http://oss.example.com:80", Addressing::Path, None, "http://oss.example.com/bkt/a%20b"),
            ("cdn.example.com", Addressing::CustomDomain, None, "https://cdn.example.com/a%20b"),
            ("bkt.example.com", Addressing::CustomDomain, None, "https://bkt.example.com/a%20b"),
        ] {
            assert_eq!(url(custom(given), addressing, secure).as_deref(), Ok(expected), "{given}");
        }
    }

    #[test]
    fn services() {
        let url = |given, secure| {
            Service::parse(given, secure).map(|service| scheme_name(service.secure, "://") + &service.authority)
        };
        assert_eq!(url("sts.aliyuncs.com", true).as_deref(), Ok("https://sts.aliyuncs.com"));
        assert_eq!(url("http://127.0.0.1:9001/", true).as_deref(), Ok("http://127.0.0.1:9001"));
        assert_eq!(url("100.100.100.200:80", false).as_deref(), Ok("http://100.100.100.200"));
        assert!(url("http://x/latest", false).is_err() && url("ftp://x", true).is_err());
    }

    #[test]
    fn services_are_asked_over_plain_http_on_this_machine_alone_3_1() {
        for near in ["localhost", "127.0.0.1:9001", "127.8.8.8", "[::1]:80", "[::ffff:127.0.0.1]", "100.100.100.200"] {
            assert!(Service::parse(near, false).is_ok(), "{near}");
            assert!(Service::parse(&format!("http://{near}"), true).is_ok(), "{near}");
        }
        for far in
            ["sts.aliyuncs.com", "10.0.0.1", "100.100.100.201", "localhost.example.com", "x.localhost", "[fd00::1]"]
        {
            for (given, secure) in [(far.to_owned(), false), (format!("http://{far}"), true)] {
                let reason = Service::parse(&given, secure).unwrap_err();
                assert!(reason.contains("plain HTTP") && reason.contains("https://"), "{given}: {reason}");
            }
            assert!(Service::parse(far, true).is_ok(), "{far}");
        }
    }

    #[test]
    fn problems_name_the_field() {
        let custom = |given: &str| Endpoint::Custom(given.to_owned());
        for (endpoint, addressing, secure, field, said) in [
            (custom(""), Addressing::Automatic, None, "endpoint", "no host"),
            (custom("https://"), Addressing::Automatic, None, "endpoint", "no host"),
            (custom("ftp://x"), Addressing::Automatic, None, "endpoint", "only http and https"),
            (custom("https://x.com/bkt"), Addressing::Automatic, None, "endpoint", "has a path"),
            (custom("https://id:secret@x.com"), Addressing::Automatic, None, "endpoint", "user name"),
            (custom("https://id:secret@x.com/bucket"), Addressing::Automatic, None, "endpoint", "user name"),
            (custom("ftp://id:secret@x.com"), Addressing::Automatic, None, "endpoint", "user name"),
            (custom("x.com:"), Addressing::Automatic, None, "endpoint", "port"),
            (custom("x.com:0"), Addressing::Automatic, None, "endpoint", "port"),
            (custom("x.com:70000"), Addressing::Automatic, None, "endpoint", "port"),
            (custom("[::g]"), Addressing::Automatic, None, "endpoint", "no host"),
            (custom("ex ample.com"), Addressing::Automatic, None, "endpoint", "no host"),
            (custom("bkt.oss-cn-hangzhou.aliyuncs.com"), Addressing::Automatic, None, "endpoint", "bucket's name"),
            (custom("http://x.com"), Addressing::Automatic, Some(true), "secure", "http://"),
            (custom("10.0.0.1"), Addressing::VirtualHosted, None, "addressing", "IP address"),
            (Endpoint::Public, Addressing::CustomDomain, None, "addressing", "bound to the bucket"),
        ] {
            let (got, reason) = url(endpoint.clone(), addressing, secure).unwrap_err();
            assert_eq!(got, field, "{endpoint:?}");
            assert!(reason.contains(said), "{endpoint:?}: {reason}");
            assert!(!reason.contains("secret"), "{reason}");
        }
    }
}
