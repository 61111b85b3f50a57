use serde::{Deserialize, Deserializer};
use std::convert::Infallible;
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

impl FromStr for Endpoint {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "public" => Self::Public,
            "internal" => Self::Internal,
            "dual-stack" => Self::DualStack,
            "accelerate" => Self::Accelerate,
            "accelerate-overseas" => Self::AccelerateOverseas,
            host => Self::custom(host),
        })
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse() {
            Ok(endpoint) => Ok(endpoint),
            Err(never) => match never {},
        }
    }
}
