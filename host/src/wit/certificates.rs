//! Options of certificates as the component's record `cert-options`.

use super::bindings::cert_storage;
use crate::config::{Config, ServerSideEncryption, StorageClass};
use crate::error::ConfigProblem;

impl Config {
    /// Reads the key sets it names.
    pub(crate) fn cert_options_to_wit(&self) -> Result<cert_storage::CertOptions, ConfigProblem> {
        let options = &self.certificates;
        Ok(cert_storage::CertOptions {
            encryption: self.encryption_to_wit()?,
            storage_class: options.storage_class.map(StorageClass::to_wit),
            server_side_encryption: options.server_side_encryption.as_ref().map(ServerSideEncryption::to_wit),
        })
    }
}
