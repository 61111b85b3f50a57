//! What an instance exports.

use crate::wit::{blob_driver, cert_storage};

/// What an instance exports of what its tenant is for: some hundred bytes of functions, on the heap.
pub(crate) enum Exports {
    CertStorage(Box<cert_storage::Guest>),
    BlobDriver(Box<blob_driver::Guest>),
}

impl Exports {
    /// Fails where the tenant is for something else.
    pub(crate) fn certificates(&self) -> wasmtime::Result<cert_storage::GuestStorage<'_>> {
        match self {
            Self::CertStorage(exports) => Ok(exports.storage()),
            Self::BlobDriver(_) => Err(wasmtime::Error::msg("a tenant for blobs has no certificates")),
        }
    }

    /// Fails where the tenant is for something else.
    pub(crate) fn blobs(&self) -> wasmtime::Result<&blob_driver::Guest> {
        match self {
            Self::BlobDriver(exports) => Ok(exports),
            Self::CertStorage(_) => Err(wasmtime::Error::msg("a tenant for certificates has no blobs")),
        }
    }
}
