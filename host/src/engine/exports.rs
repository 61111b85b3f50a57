//! The exported functions of an instance.

use crate::wit::{blob_driver, cert_storage, lock};

/// What an instance exports: locks, and the interface that it is for.
pub(crate) struct Exports {
    /// Some hundred bytes of functions, on the heap.
    pub(super) lock: Box<lock::Guest>,
    pub(super) storage: StorageExports,
}

/// What an instance exports of the interface that it is for: some hundred bytes of functions, on the heap.
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

    /// Fails in an instance for blobs.
    pub(crate) fn certificates(&self) -> wasmtime::Result<cert_storage::GuestStorage<'_>> {
        match &self.storage {
            StorageExports::CertStorage(exports) => Ok(exports.storage()),
            StorageExports::BlobDriver(_) => Err(wasmtime::Error::msg("an instance for blobs has no certificates")),
        }
    }

    /// Fails in an instance for certificates.
    pub(crate) fn blobs(&self) -> wasmtime::Result<&blob_driver::Guest> {
        match &self.storage {
            StorageExports::BlobDriver(exports) => Ok(exports),
            StorageExports::CertStorage(_) => Err(wasmtime::Error::msg("an instance for certificates has no blobs")),
        }
    }
}
