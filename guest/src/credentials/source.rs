//! Where credentials come from, as a config says it and as it is once checked.

use std::fmt;

use zeroize::Zeroizing;

use super::access_key::Credentials;
use super::metadata::{Metadata, is_role};
use super::sts::Sts;
use crate::endpoint::Service;
use crate::error::ConfigProblem;

/// The metadata service's address, which is the same everywhere.
const METADATA: &str = "http://100.100.100.200";
/// STS's central endpoint.
const STS: &str = "https://sts.aliyuncs.com";
const SESSION_NAME: &str = "ossicle";
const DURATION_SECONDS: u32 = 3600;

/// Where credentials come from.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// They are given, with or without a security token, and never change.
    Static(Credentials),
    /// The RAM role of the ECS instance that this runs on.
    EcsRole(EcsRole),
    /// A RAM role taken on with a token of an OpenID Connect provider.
    OidcRole(OidcRole),
    /// The host hands them over and renews them.
    Host,
}

/// The RAM role of an ECS instance.
#[derive(Clone, Debug, Default)]
pub struct EcsRole {
    /// The role's name. Default: asked for.
    pub role: Option<String>,
    /// Whether the metadata service may be asked in its hardened form only.
    pub hardened_only: bool,
    /// The metadata service. Default: `http://100.100.100.200`.
    pub endpoint: Option<String>,
}

/// A RAM role taken on with a token.
#[derive(Clone)]
pub struct OidcRole {
    /// The role.
    pub role_arn: String,
    /// The identity provider that gives the tokens.
    pub provider_arn: String,
    /// The token's text.
    pub token: Zeroizing<String>,
    /// The session's name in logs. Default: `ossicle`.
    pub session_name: Option<String>,
    /// For how long the credentials hold: 900 to 43200. Default 3600.
    pub duration_seconds: Option<u32>,
    /// A policy that narrows the role's rights further.
    pub policy: Option<String>,
    /// STS. Default: `https://sts.aliyuncs.com`.
    pub endpoint: Option<String>,
}

impl fmt::Debug for OidcRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcRole")
            .field("role_arn", &self.role_arn)
            .field("provider_arn", &self.provider_arn)
            .field("token", &"[redacted]")
            .field("session_name", &self.session_name)
            .field("duration_seconds", &self.duration_seconds)
            .field("policy", &self.policy)
            .field("endpoint", &self.endpoint)
            .finish()
    }
}

/// A source that was checked.
#[derive(Clone)]
pub enum Source {
    /// They never change.
    Static(Credentials),
    /// The metadata service gives them.
    Metadata(Metadata),
    /// STS gives them for a token.
    Sts(Sts, Zeroizing<String>),
    /// The host hands them over.
    Host,
}

impl CredentialSource {
    /// Checks everything that can be checked without sending a request.
    ///
    /// # Errors
    /// Names the field.
    pub fn check(self) -> Result<Source, ConfigProblem> {
        match self {
            Self::Static(credentials) => credentials.check().map(|()| Source::Static(credentials)),
            Self::EcsRole(given) => given.check().map(Source::Metadata),
            Self::OidcRole(given) => given.check(),
            Self::Host => Ok(Source::Host),
        }
    }
}

impl EcsRole {
    fn check(self) -> Result<Metadata, ConfigProblem> {
        if self.role.as_deref().is_some_and(|role| !is_role(role)) {
            return Err(ConfigProblem::new(
                "credentials.role",
                "is no RAM role's name: up to 64 letters, digits, . _ -",
            ));
        }
        let service = service(self.endpoint.as_deref(), METADATA, false)?;
        Ok(Metadata { service, role: self.role, hardened_only: self.hardened_only })
    }
}

impl OidcRole {
    fn check(self) -> Result<Source, ConfigProblem> {
        for (field, arn) in [("credentials.role-arn", &self.role_arn), ("credentials.provider-arn", &self.provider_arn)]
        {
            if !arn.starts_with("acs:ram::") || !arn.chars().all(|c| c.is_ascii_graphic()) {
                return Err(ConfigProblem::new(field, format!("{arn:?} is no ARN: they begin with acs:ram::")));
            }
        }
        check_token(&self.token)?;
        let session_name = self.session_name.unwrap_or_else(|| SESSION_NAME.to_owned());
        if !(2..=64).contains(&session_name.len()) || !is_role(&session_name) {
            let reason = "is no session's name: 2 to 64 letters, digits, . @ _ -";
            return Err(ConfigProblem::new("credentials.session-name", reason));
        }
        let duration_seconds = self.duration_seconds.unwrap_or(DURATION_SECONDS);
        if !(900..=43_200).contains(&duration_seconds) {
            let reason = format!("is {duration_seconds}, and 900 to 43200 can be used");
            return Err(ConfigProblem::new("credentials.duration-seconds", reason));
        }
        let service = service(self.endpoint.as_deref(), STS, true)?;
        let (role_arn, provider_arn, policy) = (self.role_arn, self.provider_arn, self.policy);
        let sts = Sts { service, role_arn, provider_arn, session_name, duration_seconds, policy };
        Ok(Source::Sts(sts, self.token))
    }
}

/// A token's text, without the line end that a file brings along.
pub(super) fn check_token(token: &str) -> Result<(), ConfigProblem> {
    if !token.is_empty() && token.len() <= 20_000 && token.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    Err(ConfigProblem::new("credentials.token", "is empty, too long, or holds white space or what no token holds"))
}

fn service(given: Option<&str>, default: &str, secure: bool) -> Result<Service, ConfigProblem> {
    Service::parse(given.unwrap_or(default), secure)
        .map_err(|reason| ConfigProblem::new("credentials.endpoint", reason))
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static(credentials) => f.debug_tuple("Static").field(credentials).finish(),
            Self::Metadata(metadata) => f.debug_tuple("Metadata").field(metadata).finish(),
            Self::Sts(sts, _) => f.debug_tuple("Sts").field(sts).field(&"[redacted]").finish(),
            Self::Host => f.write_str("Host"),
        }
    }
}
