//! What an instance exports.

use crate::wit::{blob_driver, cert_storage, lock};

/// What an instance exports: locks, and what its tenant is for.
pub(crate) struct Exports {
    /// Some hundred bytes of functions, on the heap.
    pub(super) lock: Box<lock::Guest>,
    pub(super) storage: StorageExports,
}

/// What an instance exports of what its tenant is for: some hundred bytes of functions, on the heap.
pub(crate) enum StorageExports {
    CertStorage(Box<cert_storage::Guest>),
    BlobDriver(Box<blob_driver::Guest>),
}

impl Exports {
    pub(crate) fn locks(&self) -> lock::GuestLocks<'_> {
        self.lock.locks()
    }

    pub(crate) fn storage(&self) -> &StorageExports {
        &self.storage
    }

    /// Fails where the tenant is for something else.
    pub(crate) fn certificates(&self) -> wasmtime::Result<cert_storage::GuestStorage<'_>> {
        match &self.storage {
            StorageExports::CertStorage(exports) => Ok(exports.storage()),
            StorageExports::BlobDriver(_) => Err(wasmtime::Error::msg("a tenant for blobs has no certificates")),
        }
    }

    /// Fails where the tenant is for something else.
    pub(crate) fn blobs(&self) -> wasmtime::Result<&blob_driver::Guest> {
        match &self.storage {
            StorageExports::BlobDriver(exports) => Ok(exports),
            StorageExports::CertStorage(_) => Err(wasmtime::Error::msg("a tenant for certificates has no blobs")),
        }
    }
}
