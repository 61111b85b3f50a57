//! Converts the config of the WIT package.

use super::bindings::exports::ossicle::storage::types as wit;
use crate::config::{Config, SignatureVersion, TimeoutOptions};
use crate::endpoint::{Addressing, Endpoint};
use crate::oss::{ObjectAcl, ServerSideEncryption, StorageClass};

impl From<wit::Config> for Config {
    fn from(given: wit::Config) -> Self {
        Self {
            bucket: given.bucket,
            region: given.region,
            endpoint: given.endpoint.map(Into::into),
            addressing: given.addressing.map(Into::into),
            secure: given.secure,
            root: given.root,
            signature: given.signature.map(|version| match version {
                wit::SignatureVersion::V4 => SignatureVersion::V4,
                wit::SignatureVersion::V1 => SignatureVersion::V1,
            }),
            credentials: given.credentials.into(),
            roles: given.roles.into_iter().map(Into::into).collect(),
            timeouts: TimeoutOptions {
                connect: given.timeouts.connect,
                first_byte: given.timeouts.first_byte,
                between_bytes: given.timeouts.between_bytes,
                operation: given.timeouts.operation,
            },
            attempts: given.attempts,
            acl: given.acl.map(|acl| match acl {
                wit::ObjectAcl::Private => ObjectAcl::Private,
                wit::ObjectAcl::Default => ObjectAcl::Default,
            }),
        }
    }
}

impl From<wit::Endpoint> for Endpoint {
    fn from(given: wit::Endpoint) -> Self {
        match given {
            wit::Endpoint::Public => Self::Public,
            wit::Endpoint::Internal => Self::Internal,
            wit::Endpoint::DualStack => Self::DualStack,
            wit::Endpoint::Accelerate => Self::Accelerate,
            wit::Endpoint::AccelerateOverseas => Self::AccelerateOverseas,
            wit::Endpoint::Custom(host) => Self::Custom(host),
        }
    }
}

impl From<wit::Addressing> for Addressing {
    fn from(given: wit::Addressing) -> Self {
        match given {
            wit::Addressing::Automatic => Self::Automatic,
            wit::Addressing::VirtualHosted => Self::VirtualHosted,
            wit::Addressing::Path => Self::Path,
            wit::Addressing::CustomDomain => Self::CustomDomain,
        }
    }
}

impl From<wit::StorageClass> for StorageClass {
    fn from(given: wit::StorageClass) -> Self {
        match given {
            wit::StorageClass::Standard => Self::Standard,
            wit::StorageClass::InfrequentAccess => Self::InfrequentAccess,
            wit::StorageClass::Archive => Self::Archive,
            wit::StorageClass::ColdArchive => Self::ColdArchive,
            wit::StorageClass::DeepColdArchive => Self::DeepColdArchive,
        }
    }
}

impl From<wit::ServerSideEncryption> for ServerSideEncryption {
    fn from(given: wit::ServerSideEncryption) -> Self {
        match given {
            wit::ServerSideEncryption::Aes256 => Self::Aes256,
            wit::ServerSideEncryption::Kms(kms) => Self::Kms { key_id: kms.key_id, sm4: kms.sm4 },
            wit::ServerSideEncryption::Sm4 => Self::Sm4,
        }
    }
}
