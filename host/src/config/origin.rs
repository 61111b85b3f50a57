//! The one place a tenant's requests may go to, derived from the config as the component derives it.

use super::address::AddressRule;
use super::addressing::Addressing;
use super::bucket::Config;
use super::endpoint::Endpoint;
use crate::error::ConfigProblem;
use http::uri::{Authority, Scheme};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A scheme, a host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) secure: bool,
    /// In lower case; an IPv6 address without its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Origin {
    /// The origin of a bucket, and how the bucket is addressed there: never [`Addressing::Automatic`].
    pub(super) fn of(config: &Config) -> Result<(Self, Addressing), ConfigProblem> {
        check_label("bucket", &config.bucket, 3..=63)?;
        check_label("region", &config.region, 1..=63)?;
        let region = &config.region;
        let (host, scheme) = match &config.endpoint {
            Endpoint::Public => (format!("oss-{region}.aliyuncs.com"), None),
            Endpoint::Internal => (format!("oss-{region}-internal.aliyuncs.com"), None),
            Endpoint::DualStack => (format!("{region}.oss.aliyuncs.com"), None),
            Endpoint::Accelerate => ("oss-accelerate.aliyuncs.com".to_owned(), None),
            Endpoint::AccelerateOverseas => ("oss-accelerate-overseas.aliyuncs.com".to_owned(), None),
            Endpoint::Custom(text) => split_scheme(text),
        };
        let secure = match (config.secure, scheme) {
            (Some(secure), Some(scheme)) if secure != scheme => {
                return Err(ConfigProblem::new("secure", "contradicts the endpoint's scheme"));
            }
            (Some(secure), _) | (None, Some(secure)) => secure,
            (None, None) => true,
        };
        let (host, port) = split_port(&host, if secure { 443 } else { 80 })?;
        let numeric = host.parse::<IpAddr>().is_ok();

        let addressing = match config.addressing {
            Addressing::Automatic if numeric || host == "localhost" => Addressing::Path,
            Addressing::Automatic => Addressing::VirtualHosted,
            Addressing::VirtualHosted if numeric => {
                let reason = "virtual-hosted addressing needs a name: a bucket can't stand before an IP address";
                return Err(ConfigProblem::new("addressing", reason));
            }
            Addressing::CustomDomain if !matches!(config.endpoint, Endpoint::Custom(_)) => {
                let reason = "custom-domain addressing needs the domain as the endpoint";
                return Err(ConfigProblem::new("addressing", reason));
            }
            chosen => chosen,
        };
        let is_virtual_hosted = addressing == Addressing::VirtualHosted;
        let host = if is_virtual_hosted { format!("{}.{host}", config.bucket) } else { host };
        Ok((Self { secure, host, port }, addressing))
    }

    /// Whether a request to this scheme and authority is a request to here.
    pub(crate) fn is(&self, scheme: Option<&Scheme>, authority: &Authority) -> bool {
        let secure = scheme == Some(&Scheme::HTTPS);
        // What stands beside host and port means to mislead somebody: `user@host`, `host:`, `host:99999`.
        let host = authority.host();
        let (plain, port) = match authority.port() {
            Some(port) => (authority.as_str().len() == host.len() + 1 + port.as_str().len(), port.as_u16()),
            None => (authority.as_str().len() == host.len(), if secure { 443 } else { 80 }),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        // An address may be spelled in many ways: the component keeps the config's, and here is the shortest one.
        let is_host = match (host.parse::<Ipv6Addr>(), self.host.parse::<Ipv6Addr>()) {
            (Ok(asked), Ok(own)) => asked == own,
            _ => host.eq_ignore_ascii_case(&self.host),
        };
        plain && secure == self.secure && (secure || scheme == Some(&Scheme::HTTP)) && port == self.port && is_host
    }

    /// Which addresses the host may have.
    pub(crate) fn reach(&self, endpoint: &Endpoint) -> AddressRule {
        let private = matches!(endpoint, Endpoint::Custom(_) | Endpoint::Internal);
        AddressRule { loopback: self.is_loopback(), private, metadata: false }
    }

    /// Whether the host names this machine, by address or as `localhost`.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => is_localhost(&self.host),
        }
    }
}

/// `localhost` and the names below it, which RFC 6761 binds to the loopback addresses.
pub(crate) fn is_localhost(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        let default = if self.secure { 443 } else { 80 };
        match self.host.parse::<Ipv6Addr>() {
            Ok(address) => write!(f, "{scheme}://[{address}]")?,
            Err(_) => write!(f, "{scheme}://{}", self.host)?,
        }
        if self.port == default { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// Lower-case letters, digits and hyphens, none of these at an end: what can stand in a host name and lead nowhere else.
fn check_label(field: &str, text: &str, length: std::ops::RangeInclusive<usize>) -> Result<(), ConfigProblem> {
    let characters = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !length.contains(&text.len()) || !characters || text.starts_with('-') || text.ends_with('-') {
        let reason = format!(
            "must be {} to {} of a-z, 0-9 and -, with a letter or digit at both ends",
            length.start(),
            length.end()
        );
        return Err(ConfigProblem::new(field, reason));
    }
    Ok(())
}

pub(crate) fn split_scheme(endpoint: &str) -> (String, Option<bool>) {
    let lower = endpoint.to_ascii_lowercase();
    if let Some(host) = lower.strip_prefix("https://") {
        (host.to_owned(), Some(true))
    } else if let Some(host) = lower.strip_prefix("http://") {
        (host.to_owned(), Some(false))
    } else {
        (lower, None)
    }
}

pub(crate) fn split_port(host: &str, default: u16) -> Result<(String, u16), ConfigProblem> {
    let refused = || {
        ConfigProblem::new(
            "endpoint",
            "must be a host or host:port, with http:// or https:// before it or not, without a path",
        )
    };
    if host.contains(['/', '@', '?', '#', '\\', '%']) || host.ends_with(':') {
        return Err(refused());
    }
    let authority: Authority = host.parse().map_err(|_| refused())?;
    let port = match authority.port() {
        Some(port) if port.as_u16() != 0 => port.as_u16(),
        None if authority.as_str().len() == authority.host().len() => default,
        _ => return Err(refused()),
    };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    if name.is_empty() {
        return Err(refused());
    }
    // One spelling of an address, for what is shown.
    Ok((name.parse::<IpAddr>().map_or_else(|_| name.to_owned(), |address| address.to_string()), port))
}

#[cfg(test)]
#[path = "origin_tests.rs"]
mod tests;
