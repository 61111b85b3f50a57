use super::credentials::Credentials;
use super::ram_role::RamRole;
use super::secret::Secret;
use crate::error::ConfigProblem;
use secrecy::SecretString;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::SystemTime;

/// Where credentials come from. Temporary ones are kept by the component and renewed ahead of their end.
///
/// In a file they are the table `[credentials]`. Its `source` may be left out where the other fields leave no doubt:
///
/// ```
/// let config: ossicle::Config = toml::from_str(r#"
///     bucket = "certificates"
///     region = "cn-hangzhou"
///     [credentials]
///     source = "oidc-role"            # or ecs-role, ram-role, host
///     role-arn = "acs:ram::1234567890123456:role/certificates"
///     provider-arn = "acs:ram::1234567890123456:oidc-provider/ack"
///     token-file = "/var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token"
/// "#).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
#[non_exhaustive]
pub enum CredentialSource {
    /// They are given and never change.
    Fixed(Credentials),
    /// The RAM role of the ECS instance, by its metadata service.
    EcsRole(EcsRole),
    /// A RAM role taken on at STS with a token of an OpenID Connect provider (RRSA in ACK).
    OidcRole(OidcRole),
    /// A RAM role taken on at STS with the credentials of another source.
    RamRole(RamRole),
    /// The host hands them over with [`Tenant::supply_credentials`](crate::Tenant::supply_credentials).
    Host,
}

/// The RAM role of an ECS instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EcsRole {
    /// The role's name. Default: the metadata service is asked for it.
    pub role: Option<String>,
    /// Whether the metadata service may be asked in its hardened form only. Otherwise that is tried first.
    pub hardened_only: bool,
    /// The metadata service. Default `http://100.100.100.200`.
    pub endpoint: Option<String>,
}

/// A RAM role taken on with AssumeRoleWithOIDC.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OidcRole {
    /// The role, `acs:ram::<account>:role/<name>`.
    pub role_arn: String,
    /// The identity provider, `acs:ram::<account>:oidc-provider/<name>`.
    pub provider_arn: String,
    /// The token. A file is read again when it changes, and white space around the token is left out.
    pub token: Secret,
    /// The session's name in logs. Default `ossicle`.
    pub session_name: Option<String>,
    /// For how long credentials hold: 900 to 43 200 seconds. Default 3 600.
    pub duration_seconds: Option<u32>,
    /// A policy that narrows the role's rights.
    pub policy: Option<String>,
    /// STS: `sts.<region>.aliyuncs.com`, or `sts-vpc.<region>.aliyuncs.com` from within a VPC. Default
    /// `https://sts.aliyuncs.com`.
    pub endpoint: Option<String>,
}

/// An access key that holds for a while.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TemporaryCredentials {
    /// The access key, with its token.
    pub credentials: Credentials,
    /// When it ceases to hold. Without it, it is used until OSS refuses it.
    pub expires: Option<SystemTime>,
}

impl TemporaryCredentials {
    /// An access key that holds until then, or until OSS refuses it.
    pub fn new(credentials: Credentials, expires: Option<SystemTime>) -> Self {
        Self { credentials, expires }
    }
}

impl EcsRole {
    /// Whichever role the instance has.
    pub fn new() -> Self {
        Self::default()
    }
}

impl OidcRole {
    /// A role, the provider of its tokens, and a token.
    pub fn new(role_arn: impl Into<String>, provider_arn: impl Into<String>, token: impl Into<Secret>) -> Self {
        Self {
            role_arn: role_arn.into(),
            provider_arn: provider_arn.into(),
            token: token.into(),
            session_name: None,
            duration_seconds: None,
            policy: None,
            endpoint: None,
        }
    }

    /// The token as it is now, without white space around it.
    pub(crate) fn token(&self) -> Result<String, ConfigProblem> {
        let bytes = self.token.read("credentials.token")?;
        let text = std::str::from_utf8(&bytes).map_err(|_| ConfigProblem::new("credentials.token", "is not text"))?;
        Ok(text.trim().to_owned())
    }
}

impl From<Credentials> for CredentialSource {
    fn from(credentials: Credentials) -> Self {
        Self::Fixed(credentials)
    }
}

impl From<EcsRole> for CredentialSource {
    fn from(role: EcsRole) -> Self {
        Self::EcsRole(role)
    }
}

impl From<OidcRole> for CredentialSource {
    fn from(role: OidcRole) -> Self {
        Self::OidcRole(role)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    source: Option<Kind>,
    access_key_id: Option<String>,
    access_key_secret: Option<SecretString>,
    security_token: Option<SecretString>,
    role: Option<String>,
    hardened_only: Option<bool>,
    role_arn: Option<String>,
    provider_arn: Option<String>,
    token_file: Option<PathBuf>,
    session_name: Option<String>,
    duration_seconds: Option<u32>,
    policy: Option<String>,
    external_id: Option<String>,
    endpoint: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Fixed,
    EcsRole,
    OidcRole,
    RamRole,
    Host,
}

impl TryFrom<Written> for CredentialSource {
    type Error = String;

    fn try_from(mut written: Written) -> Result<Self, String> {
        let made = match written.source.unwrap_or_else(|| written.likely()) {
            Kind::Fixed => Self::Fixed(written.credentials()?),
            Kind::RamRole => {
                let base = written.credentials()?;
                let mut role = RamRole::new(base, written.role_arn.take().ok_or_else(|| missing("role-arn"))?);
                role.session_name = written.session_name.take();
                role.duration_seconds = written.duration_seconds.take();
                role.policy = written.policy.take();
                role.external_id = written.external_id.take();
                role.endpoint = written.endpoint.take();
                Self::RamRole(role)
            }
            Kind::EcsRole => Self::EcsRole(EcsRole {
                role: written.role.take(),
                hardened_only: written.hardened_only.take().unwrap_or_default(),
                endpoint: written.endpoint.take(),
            }),
            Kind::OidcRole => Self::OidcRole(OidcRole {
                role_arn: written.role_arn.take().ok_or_else(|| missing("role-arn"))?,
                provider_arn: written.provider_arn.take().ok_or_else(|| missing("provider-arn"))?,
                token: Secret::file(written.token_file.take().ok_or_else(|| missing("token-file"))?),
                session_name: written.session_name.take(),
                duration_seconds: written.duration_seconds.take(),
                policy: written.policy.take(),
                endpoint: written.endpoint.take(),
            }),
            Kind::Host => Self::Host,
        };
        match written.left() {
            None => Ok(made),
            Some(name) => Err(format!("the field `{name}` is of another source of credentials")),
        }
    }
}

fn missing(name: &str) -> String {
    format!("missing field `{name}`")
}

impl Written {
    /// The source whose fields are there, where none is named.
    fn likely(&self) -> Kind {
        let (has_key, has_role) = (self.access_key_id.is_some(), self.role_arn.is_some());
        if self.provider_arn.is_some() || self.token_file.is_some() || has_role && !has_key {
            Kind::OidcRole
        } else if has_role {
            Kind::RamRole
        } else if self.role.is_some() {
            Kind::EcsRole
        } else {
            Kind::Fixed
        }
    }

    fn credentials(&mut self) -> Result<Credentials, String> {
        Ok(Credentials {
            access_key_id: self.access_key_id.take().ok_or_else(|| missing("access-key-id"))?,
            access_key_secret: self.access_key_secret.take().ok_or_else(|| missing("access-key-secret"))?,
            security_token: self.security_token.take(),
        })
    }

    /// A field that the source did not want.
    fn left(&self) -> Option<&'static str> {
        let fields = [
            ("access-key-id", self.access_key_id.is_some()),
            ("access-key-secret", self.access_key_secret.is_some()),
            ("security-token", self.security_token.is_some()),
            ("role", self.role.is_some()),
            ("hardened-only", self.hardened_only.is_some()),
            ("role-arn", self.role_arn.is_some()),
            ("provider-arn", self.provider_arn.is_some()),
            ("token-file", self.token_file.is_some()),
            ("session-name", self.session_name.is_some()),
            ("duration-seconds", self.duration_seconds.is_some()),
            ("policy", self.policy.is_some()),
            ("external-id", self.external_id.is_some()),
            ("endpoint", self.endpoint.is_some()),
        ];
        fields.into_iter().find(|(_, is_there)| *is_there).map(|(name, _)| name)
    }
}
