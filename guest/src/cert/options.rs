//! The options for storing values, as the caller gives them.

use crate::error::ConfigProblem;
use crate::oss::{Attributes, ServerSideEncryption, StorageClass};

/// The `cert-options` of the WIT package, without client-side encryption.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertOptions {
    /// Default: the bucket's.
    pub storage_class: Option<StorageClass>,
    /// Default: the bucket's.
    pub server_side_encryption: Option<ServerSideEncryption>,
}

impl CertOptions {
    /// The attributes of the objects.
    ///
    /// # Errors
    /// Names the field that can't work.
    pub fn check(self) -> Result<Attributes, ConfigProblem> {
        let mut attributes = Attributes::default();
        if let Some(class) = self.storage_class {
            attributes.set_storage_class(class);
        }
        if let Some(encryption) = self.server_side_encryption {
            attributes.set_encryption(encryption, "server-side-encryption.kms.key-id")?;
        }
        Ok(attributes)
    }
}
