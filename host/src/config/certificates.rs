//! How OSS keeps certificates: what the record `cert-options` of the WIT has beside the encryption on this side.

use super::keeping::{ServerSideEncryption, StorageClass};
use serde::Deserialize;

/// How OSS keeps the values of certificates. What is left out takes its default.
///
/// ```
/// let config: ossicle::Config = toml::from_str(r#"
///     bucket = "certificates"
///     region = "cn-hangzhou"
///     [credentials]
///     access-key-id = "LTAI-id"
///     access-key-secret = "secret"
///     [certificates]
///     storage-class = "infrequent-access"
///     server-side-encryption = "aes256"     # or "sm4", or { kms = { key-id = "…" } }
/// "#).unwrap();
/// assert_eq!(config.certificates.storage_class, Some(ossicle::StorageClass::InfrequentAccess));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CertificateOptions {
    /// The class of what is written. Default: the bucket's. What is archived can't be loaded before it is restored.
    pub storage_class: Option<StorageClass>,
    /// How OSS encrypts what is written, with [`Config::encryption`](super::Config::encryption) or without. Default: as the
    /// bucket is set.
    pub server_side_encryption: Option<ServerSideEncryption>,
}

impl CertificateOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The class of what is written.
    pub fn storage_class(mut self, class: StorageClass) -> Self {
        self.storage_class = Some(class);
        self
    }

    /// How OSS encrypts what is written.
    pub fn server_side_encryption(mut self, encryption: ServerSideEncryption) -> Self {
        self.server_side_encryption = Some(encryption);
        self
    }
}
