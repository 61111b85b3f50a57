//! A RAM role taken on with a token of an OpenID Connect provider, as pods of Kubernetes do (STS documentation:
//! *AssumeRoleWithOIDC*). The request is unsigned: the token stands for the asker.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use super::sts::{Call, Fields, GivenSession, RoleSession, check_arn, timestamp};
use crate::error::ConfigProblem;

const FIELDS: Fields = Fields {
    role_arn: "credentials.role-arn",
    session_name: "credentials.session-name",
    duration_seconds: "credentials.duration-seconds",
    endpoint: "credentials.endpoint",
};

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

/// A role that was checked.
#[derive(Clone, Debug)]
pub struct OidcSession {
    pub(super) role: RoleSession,
    provider_arn: String,
}

impl OidcRole {
    pub(super) fn check(self) -> Result<(OidcSession, Zeroizing<String>), ConfigProblem> {
        check_arn(FIELDS.role_arn, &self.role_arn)?;
        check_arn("credentials.provider-arn", &self.provider_arn)?;
        check_token(&self.token)?;
        let given = GivenSession {
            role_arn: self.role_arn,
            session_name: self.session_name,
            duration_seconds: self.duration_seconds,
            policy: self.policy,
            endpoint: self.endpoint,
        };
        Ok((OidcSession { role: given.check(&FIELDS)?, provider_arn: self.provider_arn }, self.token))
    }
}

impl OidcSession {
    /// The call, at this time.
    pub(super) fn call(&self, token: &str, now: Duration) -> Call {
        let time = timestamp(now);
        let query = [
            ("Action", "AssumeRoleWithOIDC"),
            ("Format", "JSON"),
            ("Version", "2015-04-01"),
            ("Timestamp", time.as_str()),
        ];
        let mut form = self.role.form();
        form.extend([("OIDCProviderArn", self.provider_arn.as_str()), ("OIDCToken", token)]);
        Call::new(&query, &form)
    }
}

/// A token's text, without the line end that a file brings along.
pub(super) fn check_token(token: &str) -> Result<(), ConfigProblem> {
    if !token.is_empty() && token.len() <= 20_000 && token.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    Err(ConfigProblem::new("credentials.token", "is empty, too long, or holds white space or what no token holds"))
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
