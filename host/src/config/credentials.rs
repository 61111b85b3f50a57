use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// An access key. Its secrets never show in `Debug` output and are wiped from memory when it is dropped.
///
/// The component's own copy lives in its linear memory for as long as the instance does.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Credentials {
    /// The AccessKey ID.
    pub access_key_id: String,
    /// The AccessKey secret.
    pub access_key_secret: SecretString,
    /// The token that came with a temporary access key of STS.
    #[serde(default)]
    pub security_token: Option<SecretString>,
}

impl Credentials {
    /// A permanent access key.
    pub fn new(access_key_id: impl Into<String>, access_key_secret: impl Into<SecretString>) -> Self {
        Self { access_key_id: access_key_id.into(), access_key_secret: access_key_secret.into(), security_token: None }
    }

    /// Makes it a temporary access key of STS.
    pub fn security_token(mut self, token: impl Into<SecretString>) -> Self {
        self.security_token = Some(token.into());
        self
    }
}

/// Two that let the same be done, for whoever compares a config with the one that was read before.
impl PartialEq for Credentials {
    fn eq(&self, other: &Self) -> bool {
        let Self { access_key_id, access_key_secret, security_token } = self;
        *access_key_id == other.access_key_id
            && access_key_secret.expose_secret() == other.access_key_secret.expose_secret()
            && security_token.as_ref().map(ExposeSecret::expose_secret)
                == other.security_token.as_ref().map(ExposeSecret::expose_secret)
    }
}

impl Eq for Credentials {}
