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

/// How OSS encrypts what it stores. In a file it is one of the words `aes256`, `sm4`, `kms` and `kms-sm4`, and beside it the
/// field `kms-key-id` may name a key.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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

/// The word by which a file says how OSS encrypts.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum EncryptionWord {
    Aes256,
    Sm4,
    Kms,
    KmsSm4,
}

/// What a file says by the word and by the id of a key. An id without a word that it is for would be left unheeded.
pub(super) fn encryption_of_words(
    word: Option<EncryptionWord>,
    key_id: Option<String>,
) -> Result<Option<ServerSideEncryption>, &'static str> {
    let encryption = match (word, key_id) {
        (Some(EncryptionWord::Kms), key_id) => ServerSideEncryption::Kms(Kms { key_id, sm4: false }),
        (Some(EncryptionWord::KmsSm4), key_id) => ServerSideEncryption::Kms(Kms { key_id, sm4: true }),
        (_, Some(_)) => return Err("the id of a key is of use with the encryption kms or kms-sm4 alone"),
        (Some(EncryptionWord::Aes256), None) => ServerSideEncryption::Aes256,
        (Some(EncryptionWord::Sm4), None) => ServerSideEncryption::Sm4,
        (None, None) => return Ok(None),
    };
    Ok(Some(encryption))
}
