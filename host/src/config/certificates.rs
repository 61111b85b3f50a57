//! How OSS keeps certificates: what the record `cert-options` of the WIT has beside the encryption on this side.

use super::keeping::{EncryptionWord, ServerSideEncryption, StorageClass, encryption_of_words};
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
///     server-side-encryption = "kms"        # or "kms-sm4", "aes256", "sm4"
///     kms-key-id = "1234abcd"               # or the key that OSS manages
/// "#).unwrap();
/// assert_eq!(config.certificates.storage_class, Some(ossicle::StorageClass::InfrequentAccess));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
#[non_exhaustive]
pub struct CertificateOptions {
    /// The class of what is written. Default: the bucket's. What is archived can't be loaded before it is restored.
    pub storage_class: Option<StorageClass>,
    /// How OSS encrypts what is written, with [`Config::encryption`](super::Config::encryption) or without. Default: as the
    /// bucket is set.
    pub server_side_encryption: Option<ServerSideEncryption>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
struct Written {
    storage_class: Option<StorageClass>,
    server_side_encryption: Option<EncryptionWord>,
    kms_key_id: Option<String>,
}

impl TryFrom<Written> for CertificateOptions {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let Written { storage_class, server_side_encryption, kms_key_id } = written;
        let server_side_encryption = encryption_of_words(server_side_encryption, kms_key_id)?;
        Ok(Self { storage_class, server_side_encryption })
    }
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
