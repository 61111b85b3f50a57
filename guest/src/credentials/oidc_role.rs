//! A RAM role that is assumed with a token of an OpenID Connect provider, as pods of Kubernetes do (STS documentation:
//! *AssumeRoleWithOIDC*). The request is not signed: the token authenticates it.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use super::sts::{Call, Fields, RoleRequest, RoleSession, check_arn, timestamp};
use crate::error::ConfigProblem;

const FIELDS: Fields = Fields {
    role_arn: "credentials.role-arn",
    session_name: "credentials.session-name",
    duration_seconds: "credentials.duration-seconds",
    endpoint: "credentials.endpoint",
};

/// A RAM role that is assumed with a token.
#[derive(Clone)]
pub struct OidcRole {
    /// The role, and the session of it.
    pub role: RoleRequest,
    /// The identity provider that issues the tokens.
    pub provider_arn: String,
    /// The token's text.
    pub token: Zeroizing<String>,
}

/// A checked role.
#[derive(Clone, Debug)]
pub struct OidcSession {
    pub(super) role: RoleSession,
    provider_arn: String,
}

impl OidcRole {
    pub(super) fn check(self) -> Result<(OidcSession, Zeroizing<String>), ConfigProblem> {
        let role = self.role.check(&FIELDS)?;
        check_arn("credentials.provider-arn", &self.provider_arn)?;
        check_token(&self.token)?;
        Ok((OidcSession { role, provider_arn: self.provider_arn }, self.token))
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

/// Checks a token's text. A line end, as in a file, is not allowed.
pub(super) fn check_token(token: &str) -> Result<(), ConfigProblem> {
    if !token.is_empty() && token.len() <= 20_000 && token.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    Err(ConfigProblem::new("credentials.token", "is empty, too long, or holds white space or what no token holds"))
}

impl fmt::Debug for OidcRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcRole")
            .field("role", &self.role)
            .field("provider_arn", &self.provider_arn)
            .field("token", &"[redacted]")
            .finish()
    }
}
