//! The storage class and the encryption of objects.

use super::attributes::{Attributes, STORAGE_CLASS};
use crate::error::ConfigProblem;

/// OSS's storage classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageClass {
    /// `Standard`.
    Standard,
    /// `IA`.
    InfrequentAccess,
    /// `Archive`.
    Archive,
    /// `ColdArchive`.
    ColdArchive,
    /// `DeepColdArchive`.
    DeepColdArchive,
}

/// How OSS encrypts what it stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerSideEncryption {
    /// AES-256 with OSS's own keys.
    Aes256,
    /// Encryption with keys of the key management service.
    Kms {
        /// The key's id; `None` for the key that OSS manages.
        key_id: Option<String>,
        /// Whether to encrypt data with SM4 instead of AES-256.
        sm4: bool,
    },
    /// SM4 with OSS's own keys.
    Sm4,
}

impl Attributes {
    /// Sets the storage class.
    pub fn set_storage_class(&mut self, class: StorageClass) {
        let name = match class {
            StorageClass::Standard => "Standard",
            StorageClass::InfrequentAccess => "IA",
            StorageClass::Archive => "Archive",
            StorageClass::ColdArchive => "ColdArchive",
            StorageClass::DeepColdArchive => "DeepColdArchive",
        };
        self.set(STORAGE_CLASS, name);
    }

    /// Sets the encryption (OSS documentation: *Server-side encryption*). `key_id` names the key's field in an error.
    ///
    /// # Errors
    /// When the key's id can't be one.
    pub fn set_encryption(
        &mut self,
        encryption: ServerSideEncryption,
        key_id: &'static str,
    ) -> Result<(), ConfigProblem> {
        const ALGORITHM: &str = "x-oss-server-side-encryption";
        match encryption {
            ServerSideEncryption::Aes256 => self.set(ALGORITHM, "AES256"),
            ServerSideEncryption::Sm4 => self.set(ALGORITHM, "SM4"),
            ServerSideEncryption::Kms { key_id: id, sm4 } => {
                self.set(ALGORITHM, "KMS");
                if sm4 {
                    self.set("x-oss-server-side-data-encryption", "SM4");
                }
                if let Some(id) = id {
                    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_graphic()) {
                        let reason = "is no key's id: one is printable ASCII without spaces".to_owned();
                        return Err(ConfigProblem::new(key_id, reason));
                    }
                    self.set("x-oss-server-side-encryption-key-id", id);
                }
            }
        }
        Ok(())
    }
}
