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
