//! A config as the component's record `config`.

use super::bindings::{cert_storage, types as wit};
use crate::config::{
    Addressing, ClearValues, Config, CredentialSource, Credentials, Encryption, Endpoint, ObjectAcl, SignatureVersion,
    TemporaryCredentials, Timeouts,
};
use crate::error::ConfigProblem;
use secrecy::ExposeSecret;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

impl Config {
    /// Reads the files it names.
    pub(crate) fn to_wit(&self) -> Result<wit::Config, ConfigProblem> {
        Ok(wit::Config {
            bucket: self.bucket.clone(),
            region: self.region.clone(),
            endpoint: Some(self.endpoint.to_wit()),
            addressing: Some(self.addressing.to_wit()),
            secure: self.secure,
            root: self.root.clone(),
            signature: Some(self.signature.to_wit()),
            credentials: self.credentials.innermost().to_wit()?,
            roles: self.credentials.roles_to_wit(),
            timeouts: self.timeouts.to_wit(),
            attempts: self.attempts,
            acl: Some(self.acl.to_wit()),
        })
    }

    /// Reads the key sets it names.
    pub(super) fn encryption_to_wit(&self) -> Result<Option<cert_storage::Encryption>, ConfigProblem> {
        self.encryption.as_ref().map(Encryption::to_wit).transpose()
    }
}

impl Encryption {
    fn to_wit(&self) -> Result<cert_storage::Encryption, ConfigProblem> {
        let key_encryption = match &self.key_encryption {
            None => None,
            Some(given) => Some(cert_storage::KeyEncryption {
                key_set: given.key_set.read("encryption.key-encryption.key-set")?.to_vec(),
                associated_data: Some(given.associated_data.clone()),
            }),
        };
        Ok(cert_storage::Encryption {
            key_set: self.key_set.read("encryption.key-set")?.to_vec(),
            key_encryption,
            clear_values: Some(match self.clear_values {
                ClearValues::Refused => cert_storage::ClearValues::Refused,
                ClearValues::Recognised => cert_storage::ClearValues::Recognised,
                ClearValues::All => cert_storage::ClearValues::All,
            }),
        })
    }
}

impl Timeouts {
    fn to_wit(&self) -> wit::Timeouts {
        let milliseconds = |limit: Option<Duration>| limit.map(|limit| limit.as_millis() as wit::Milliseconds);
        wit::Timeouts {
            connect: milliseconds(self.connect),
            first_byte: milliseconds(self.first_byte),
            between_bytes: milliseconds(self.between_bytes),
            operation: milliseconds(self.operation),
        }
    }
}

impl Addressing {
    pub(super) fn to_wit(self) -> wit::Addressing {
        match self {
            Self::Automatic => wit::Addressing::Automatic,
            Self::VirtualHosted => wit::Addressing::VirtualHosted,
            Self::Path => wit::Addressing::Path,
            Self::CustomDomain => wit::Addressing::CustomDomain,
        }
    }
}

impl ObjectAcl {
    fn to_wit(self) -> wit::ObjectAcl {
        match self {
            Self::Private => wit::ObjectAcl::Private,
            Self::Default => wit::ObjectAcl::Default,
        }
    }
}

impl Endpoint {
    pub(super) fn to_wit(&self) -> wit::Endpoint {
        match self {
            Self::Public => wit::Endpoint::Public,
            Self::Internal => wit::Endpoint::Internal,
            Self::DualStack => wit::Endpoint::DualStack,
            Self::Accelerate => wit::Endpoint::Accelerate,
            Self::AccelerateOverseas => wit::Endpoint::AccelerateOverseas,
            Self::Custom(host) => wit::Endpoint::Custom(host.clone()),
        }
    }
}

impl Credentials {
    fn to_wit(&self) -> wit::Credentials {
        wit::Credentials {
            access_key_id: self.access_key_id.clone(),
            access_key_secret: self.access_key_secret.expose_secret().to_owned(),
            security_token: self.security_token.as_ref().map(|token| token.expose_secret().to_owned()),
        }
    }
}

impl TemporaryCredentials {
    pub(crate) fn from_wit(given: wit::TemporaryCredentials) -> Self {
        let wit::Credentials { access_key_id, access_key_secret, security_token } = given.credentials;
        let credentials = Credentials::new(access_key_id, access_key_secret);
        let credentials = match security_token {
            Some(token) => credentials.security_token(token),
            None => credentials,
        };
        // A moment beyond what the platform can tell is as good as none.
        let moment = |seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        Self { credentials, expires: given.expires.and_then(moment) }
    }

    pub(crate) fn to_wit(&self) -> wit::TemporaryCredentials {
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        wit::TemporaryCredentials { credentials: self.credentials.to_wit(), expires: self.expires.map(seconds) }
    }
}

impl CredentialSource {
    fn to_wit(&self) -> Result<wit::CredentialSource, ConfigProblem> {
        Ok(match self {
            Self::Fixed(credentials) => wit::CredentialSource::Fixed(credentials.to_wit()),
            Self::EcsRole(given) => wit::CredentialSource::EcsRole(wit::EcsRole {
                role: given.role.clone(),
                hardened_only: given.hardened_only,
                endpoint: given.endpoint.clone(),
            }),
            Self::OidcRole(given) => wit::CredentialSource::OidcRole(wit::OidcRole {
                role_arn: given.role_arn.clone(),
                provider_arn: given.provider_arn.clone(),
                token: given.token()?,
                session_name: given.session_name.clone(),
                duration_seconds: given.duration_seconds,
                policy: given.policy.clone(),
                endpoint: given.endpoint.clone(),
            }),
            Self::Host => wit::CredentialSource::Host,
            Self::RamRole(role) => role.base.innermost().to_wit()?,
        })
    }

    fn roles_to_wit(&self) -> Vec<wit::AssumedRole> {
        let roles = self.roles().into_iter();
        let told = roles.map(|role| wit::AssumedRole {
            role_arn: role.role_arn.clone(),
            session_name: role.session_name.clone(),
            duration_seconds: role.duration_seconds,
            policy: role.policy.clone(),
            external_id: role.external_id.clone(),
            endpoint: role.endpoint.clone(),
        });
        told.collect()
    }
}

impl SignatureVersion {
    fn to_wit(self) -> wit::SignatureVersion {
        match self {
            Self::V4 => wit::SignatureVersion::V4,
            Self::V1 => wit::SignatureVersion::V1,
        }
    }
}
