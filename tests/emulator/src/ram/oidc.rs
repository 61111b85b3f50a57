//! Tokens of OpenID Connect providers.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::auth::AccessKey;

/// A token that STS takes. It is told by its text: nothing here looks into a JWT.
#[derive(Clone)]
pub struct OidcToken {
    pub(super) text: String,
    pub(super) provider: String,
    pub(super) expires: Option<i64>,
}

impl OidcToken {
    /// A token of the provider [`OidcToken::provider_arn`], which never expires.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), provider: Self::provider_arn(), expires: None }
    }

    /// The provider that tokens are of unless told otherwise.
    pub fn provider_arn() -> String {
        format!("acs:ram::{}:oidc-provider/ossicle", AccessKey::DEFAULT_OWNER)
    }

    /// The provider, such as `acs:ram::1234567890123456:oidc-provider/name`.
    #[must_use]
    pub fn provider(mut self, arn: impl Into<String>) -> Self {
        self.provider = arn.into();
        self
    }

    /// The time from which the token is refused.
    #[must_use]
    pub fn expires(mut self, time: SystemTime) -> Self {
        self.expires = Some(time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64));
        self
    }
}

impl std::fmt::Debug for OidcToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OidcToken").field("provider", &self.provider).finish_non_exhaustive()
    }
}
