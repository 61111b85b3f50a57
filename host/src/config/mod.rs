//! A bucket, how to reach it and who asks, and how locks and blobs are kept in it: what a config file says.

mod acl;
mod address;
mod addressing;
mod blobs;
mod bucket;
mod certificates;
mod credential_source;
mod credentials;
mod encryption;
mod endpoint;
mod keeping;
mod locks;
mod origin;
mod parameters;
mod policy;
mod ram_role;
mod secret;
mod signature;
mod tenant_config;
mod timeouts;

pub use acl::ObjectAcl;
pub use addressing::Addressing;
pub use blobs::BlobOptions;
pub use bucket::Config;
pub use certificates::CertificateOptions;
pub use credential_source::{CredentialSource, EcsRole, OidcRole, TemporaryCredentials};
pub use credentials::Credentials;
pub use encryption::{ClearValues, Encryption, KeyEncryption};
pub use endpoint::{Endpoint, InvalidEndpoint};
pub use keeping::{Kms, ServerSideEncryption, StorageClass};
pub use locks::{InterlockOptions, LockOptions};
pub use parameters::Parameters;
pub use policy::Policy;
pub use ram_role::RamRole;
pub use secret::Secret;
pub use signature::SignatureVersion;
pub use tenant_config::TenantConfig;
pub use timeouts::Timeouts;

pub(crate) use address::{AddressRule, is_this_machine};
pub(crate) use origin::{Origin, is_localhost, split_port, split_scheme};
