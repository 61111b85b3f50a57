//! Which of OSS's hosts serves a bucket.

use super::origin::{split_port, split_scheme};
use serde::de::{Deserialize, Deserializer, Error as _};
use std::fmt;
use std::str::FromStr;

/// Which of OSS's hosts serves the bucket. In a file: `"public"`, `"internal"`, `"dual-stack"`, `"accelerate"`,
/// `"accelerate-overseas"`, or a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// `oss-<region>.aliyuncs.com`. In mainland China closed for object operations to accounts made since 2025-03-20.
    #[default]
    Public,
    /// `oss-<region>-internal.aliyuncs.com`, from within the same region's network only.
    Internal,
    /// `<region>.oss.aliyuncs.com`, over IPv4 and IPv6.
    DualStack,
    /// `oss-accelerate.aliyuncs.com`.
    Accelerate,
    /// `oss-accelerate-overseas.aliyuncs.com`.
    AccelerateOverseas,
    /// A host given in full: `host`, `host:port`, or either behind `http://` or `https://`, without a path.
    Custom(String),
}

impl Endpoint {
    /// A host given in full.
    pub fn custom(host: impl Into<String>) -> Self {
        Self::Custom(host.into())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::DualStack => "dual-stack",
            Self::Accelerate => "accelerate",
            Self::AccelerateOverseas => "accelerate-overseas",
            Self::Custom(host) => host,
        })
    }
}

/// What is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be public, internal, dual-stack, accelerate, accelerate-overseas, or a host or host:port, with http:// or https:// \
     before it or not, without a path"
)]
#[non_exhaustive]
pub struct InvalidEndpoint;

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(text: &str) -> Result<Self, InvalidEndpoint> {
        Ok(match text {
            "public" => Self::Public,
            "internal" => Self::Internal,
            "dual-stack" => Self::DualStack,
            "accelerate" => Self::Accelerate,
            "accelerate-overseas" => Self::AccelerateOverseas,
            host => {
                // The port that it stands for has no part in whether it is one.
                split_port(&split_scheme(host).0, 443).map_err(|_| InvalidEndpoint)?;
                Self::custom(host)
            }
        })
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_word_or_a_host() {
        for text in
            ["public", "internal", "dual-stack", "oss.example.com", "http://127.0.0.1:9000", "https://[::1]:9000"]
        {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
        }
        for text in
            ["", "http://", "ftp://host", "host/path", "user@host", "host:", "host:0", "host:99999", "a b", "h?q"]
        {
            assert_eq!(text.parse::<Endpoint>(), Err(InvalidEndpoint), "{text}");
        }
    }
}
