//! The config as the WIT package has it.

use super::bindings::exports::ossicle::storage::types as wit;
use crate::config::{Config, SignatureVersion, TimeoutOptions};
use crate::endpoint::{Addressing, Endpoint};
use crate::oss::ObjectAcl;

impl From<wit::Config> for Config {
    fn from(given: wit::Config) -> Self {
        Self {
            bucket: given.bucket,
            region: given.region,
            endpoint: given.endpoint.map(|endpoint| match endpoint {
                wit::Endpoint::Public => Endpoint::Public,
                wit::Endpoint::Internal => Endpoint::Internal,
                wit::Endpoint::DualStack => Endpoint::DualStack,
                wit::Endpoint::Accelerate => Endpoint::Accelerate,
                wit::Endpoint::AccelerateOverseas => Endpoint::AccelerateOverseas,
                wit::Endpoint::Custom(host) => Endpoint::Custom(host),
            }),
            addressing: given.addressing.map(|addressing| match addressing {
                wit::Addressing::Automatic => Addressing::Automatic,
                wit::Addressing::VirtualHosted => Addressing::VirtualHosted,
                wit::Addressing::Path => Addressing::Path,
                wit::Addressing::CustomDomain => Addressing::CustomDomain,
            }),
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
