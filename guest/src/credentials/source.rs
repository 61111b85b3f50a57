//! The source of credentials, as a config names it and after it is checked.

use std::fmt;

use zeroize::Zeroizing;

use super::access_key::Credentials;
use super::assumed_role::{AssumedRole, AssumedSession, MAX_ROLES};
use super::metadata::{Metadata, is_role_name};
use super::oidc_role::{OidcRole, OidcSession};
use crate::endpoint::Service;
use crate::error::ConfigProblem;

/// The metadata service's address, which is the same everywhere.
const METADATA: &str = "http://100.100.100.200";

/// The source of credentials.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// A configured access key, with or without a security token, that never changes.
    Static(Credentials),
    /// The RAM role of the ECS instance that this runs on.
    EcsRole(EcsRole),
    /// A RAM role that is assumed with a token of an OpenID Connect provider.
    OidcRole(OidcRole),
    /// The host hands over the credentials and renews them.
    Host,
}

/// The RAM role of an ECS instance.
#[derive(Clone, Debug, Default)]
pub struct EcsRole {
    /// The role's name. By default the metadata service is asked for it.
    pub role: Option<String>,
    /// Whether to use only the hardened mode of the metadata service.
    pub hardened_only: bool,
    /// The metadata service. Default: `http://100.100.100.200`.
    pub endpoint: Option<String>,
}

/// A checked source.
#[derive(Clone)]
pub enum CheckedSource {
    /// An access key that never changes.
    Static(Credentials),
    /// The ECS metadata service.
    Metadata(Metadata),
    /// STS, for a token.
    Oidc(OidcSession, Zeroizing<String>),
    /// The host.
    Host,
    /// STS, for the credentials of another source.
    Role(Box<Self>, AssumedSession),
}

impl CheckedSource {
    /// Adds roles that are assumed one after the other, the first one with this source's credentials.
    ///
    /// # Errors
    /// Names the field.
    pub fn with_roles(self, roles: Vec<AssumedRole>) -> Result<Self, ConfigProblem> {
        if roles.len() > MAX_ROLES {
            return Err(ConfigProblem::new("roles", format!("are {}, and {MAX_ROLES} can be used", roles.len())));
        }
        roles.into_iter().try_fold(self, |base, role| Ok(Self::Role(Box::new(base), role.check()?)))
    }
}

impl CredentialSource {
    /// Checks everything that can be checked without sending a request.
    ///
    /// # Errors
    /// Names the field.
    pub fn check(self) -> Result<CheckedSource, ConfigProblem> {
        match self {
            Self::Static(credentials) => credentials.check().map(|()| CheckedSource::Static(credentials)),
            Self::EcsRole(given) => given.check().map(CheckedSource::Metadata),
            Self::OidcRole(given) => given.check().map(|(session, token)| CheckedSource::Oidc(session, token)),
            Self::Host => Ok(CheckedSource::Host),
        }
    }
}

impl EcsRole {
    fn check(self) -> Result<Metadata, ConfigProblem> {
        if self.role.as_deref().is_some_and(|role| !is_role_name(role)) {
            return Err(ConfigProblem::new(
                "credentials.role",
                "is no RAM role's name: up to 64 letters, digits, . _ -",
            ));
        }
        let service = Service::parse(self.endpoint.as_deref().unwrap_or(METADATA), false)
            .map_err(|reason| ConfigProblem::new("credentials.endpoint", reason))?;
        Ok(Metadata { service, role: self.role, hardened_only: self.hardened_only })
    }
}

impl fmt::Debug for CheckedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static(credentials) => f.debug_tuple("Static").field(credentials).finish(),
            Self::Metadata(metadata) => f.debug_tuple("Metadata").field(metadata).finish(),
            Self::Oidc(session, _) => f.debug_tuple("Oidc").field(session).field(&"[redacted]").finish(),
            Self::Host => f.write_str("Host"),
            Self::Role(base, session) => f.debug_tuple("Role").field(base).field(session).finish(),
        }
    }
}
