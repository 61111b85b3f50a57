//! Who asks: an access key that is given, or a temporary one that is fetched, kept and renewed.
//!
//! A [`CredentialSource`] is what a config names, a [`Provider`] is what a client asks before it signs. The services that
//! give temporary keys (the ECS metadata service, STS) are part of Alibaba Cloud but not of OSS: their answers are JSON,
//! unsigned, and bounded here.

mod access_key;
mod assumed_role;
mod exchange;
mod fetch_mutex;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod metadata;
mod oidc_role;
mod provider;
mod source;
mod sts;
mod temporary;

#[cfg(test)]
mod provider_tests;
#[cfg(test)]
mod role_tests;

pub use access_key::Credentials;
pub use assumed_role::AssumedRole;
pub(crate) use exchange::Failure;
pub use oidc_role::OidcRole;
pub(crate) use provider::ActiveCredentials;
pub use provider::Provider;
pub use source::{CredentialSource, EcsRole, Source};
pub use sts::RoleRequest;
pub use temporary::Temporary;
