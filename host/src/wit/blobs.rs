//! Options of blobs as the component's record `blob-options`.

use super::bindings::blob_driver as wit;
use crate::config::{Addressing, BlobOptions, Endpoint, ServerSideEncryption, StorageClass};

impl BlobOptions {
    pub(crate) fn to_wit(&self) -> wit::BlobOptions {
        wit::BlobOptions {
            part_size: self.part_size,
            parts_in_flight: self.parts_in_flight,
            storage_class: self.storage_class.map(StorageClass::to_wit),
            encryption: self.encryption.as_ref().map(ServerSideEncryption::to_wit),
            copy_threshold: self.copy_threshold,
            copy_part_size: self.copy_part_size,
            part_md5: self.part_md5,
            url_endpoint: self.url_endpoint.as_ref().map(Endpoint::to_wit),
            url_addressing: self.url_addressing.map(Addressing::to_wit),
        }
    }
}
