//! Converts the sources of credentials of the WIT package.

use zeroize::Zeroizing;

use super::bindings::exports::ossicle::storage::types as wit;
use crate::credentials::{AssumedRole, CredentialSource, Credentials, EcsRole, OidcRole, RoleRequest, Temporary};

impl From<wit::CredentialSource> for CredentialSource {
    fn from(given: wit::CredentialSource) -> Self {
        match given {
            wit::CredentialSource::Fixed(credentials) => Self::Static(credentials.into()),
            wit::CredentialSource::EcsRole(given) => Self::EcsRole(EcsRole {
                role: given.role,
                hardened_only: given.hardened_only,
                endpoint: given.endpoint,
            }),
            wit::CredentialSource::OidcRole(given) => Self::OidcRole(OidcRole {
                role: RoleRequest {
                    role_arn: given.role_arn,
                    session_name: given.session_name,
                    duration_seconds: given.duration_seconds,
                    policy: given.policy,
                    endpoint: given.endpoint,
                },
                provider_arn: given.provider_arn,
                token: given.token.into(),
            }),
            wit::CredentialSource::Host => Self::Host,
        }
    }
}

impl From<wit::AssumedRole> for AssumedRole {
    fn from(given: wit::AssumedRole) -> Self {
        Self {
            role: RoleRequest {
                role_arn: given.role_arn,
                session_name: given.session_name,
                duration_seconds: given.duration_seconds,
                policy: given.policy,
                endpoint: given.endpoint,
            },
            external_id: given.external_id,
        }
    }
}

impl From<wit::Credentials> for Credentials {
    fn from(given: wit::Credentials) -> Self {
        Self {
            access_key_id: given.access_key_id,
            access_key_secret: given.access_key_secret.into(),
            security_token: given.security_token.map(Into::into),
        }
    }
}

impl From<Credentials> for wit::Credentials {
    fn from(own: Credentials) -> Self {
        let text = |secret: Zeroizing<String>| String::clone(&secret);
        Self {
            access_key_id: own.access_key_id,
            access_key_secret: text(own.access_key_secret),
            security_token: own.security_token.map(text),
        }
    }
}

impl From<Temporary> for wit::TemporaryCredentials {
    fn from(own: Temporary) -> Self {
        Self { credentials: own.credentials.into(), expires: own.expires }
    }
}

impl From<wit::TemporaryCredentials> for Temporary {
    fn from(given: wit::TemporaryCredentials) -> Self {
        Self { credentials: given.credentials.into(), expires: given.expires }
    }
}
