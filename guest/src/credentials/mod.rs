//! The credentials of a client: a configured access key, or a temporary one that is fetched, kept and renewed.
//!
//! A [`CredentialSource`] is what a config names; a client gets its credentials from a [`Provider`] before it signs.
//! The services that issue temporary keys (the ECS metadata service, STS) belong to Alibaba Cloud but not to OSS: their
//! responses are unsigned JSON, and their size is limited here.

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
pub use source::{CheckedSource, CredentialSource, EcsRole};
pub use sts::RoleRequest;
pub use temporary::Temporary;
