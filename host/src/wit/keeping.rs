//! Storage classes and server-side encryption as the component has them.

use super::bindings::types as wit;
use crate::config::{ServerSideEncryption, StorageClass};

impl StorageClass {
    pub(super) fn to_wit(self) -> wit::StorageClass {
        match self {
            Self::Standard => wit::StorageClass::Standard,
            Self::InfrequentAccess => wit::StorageClass::InfrequentAccess,
            Self::Archive => wit::StorageClass::Archive,
            Self::ColdArchive => wit::StorageClass::ColdArchive,
            Self::DeepColdArchive => wit::StorageClass::DeepColdArchive,
        }
    }
}

impl ServerSideEncryption {
    pub(super) fn to_wit(&self) -> wit::ServerSideEncryption {
        match self {
            Self::Aes256 => wit::ServerSideEncryption::Aes256,
            Self::Kms(kms) => wit::ServerSideEncryption::Kms(wit::Kms { key_id: kms.key_id.clone(), sm4: kms.sm4 }),
            Self::Sm4 => wit::ServerSideEncryption::Sm4,
        }
    }
}
