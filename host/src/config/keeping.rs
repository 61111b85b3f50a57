//! How OSS keeps an object: its storage class and its encryption.

use serde::Deserialize;

/// OSS's storage classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StorageClass {
    /// `Standard`.
    Standard,
    /// `IA`, infrequent access.
    InfrequentAccess,
    /// `Archive`. An object must be restored before it can be read.
    Archive,
    /// `ColdArchive`. As `Archive`.
    ColdArchive,
    /// `DeepColdArchive`. As `Archive`.
    DeepColdArchive,
}

/// How OSS encrypts what it stores.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ServerSideEncryption {
    /// AES-256 with keys of OSS's.
    Aes256,
    /// With keys of the key management service.
    Kms(Kms),
    /// SM4 with keys of OSS's.
    Sm4,
}

/// How OSS encrypts with keys of its key management service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Kms {
    /// The key's id; none for the one that OSS manages.
    pub key_id: Option<String>,
    /// The data with SM4 instead of AES-256.
    pub sm4: bool,
}

impl Kms {
    /// With the key that OSS manages.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the key of this id.
    pub fn key_id(mut self, id: impl Into<String>) -> Self {
        self.key_id = Some(id.into());
        self
    }
}
