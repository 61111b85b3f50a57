use crate::bindings::types as wit;
use serde::Deserialize;

/// How requests are signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignatureVersion {
    /// Signature Version 4, OSS4-HMAC-SHA256: what OSS expects of accounts and buckets made since 2025.
    #[default]
    V4,
    /// Signature Version 1, HMAC-SHA1, for older accounts and buckets only.
    V1,
}

impl SignatureVersion {
    pub(super) fn to_wit(self) -> wit::SignatureVersion {
        match self {
            Self::V4 => wit::SignatureVersion::V4,
            Self::V1 => wit::SignatureVersion::V1,
        }
    }
}
