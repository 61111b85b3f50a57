//! Who may do what with a tenant, by the file.

use std::path::PathBuf;

use serde::Deserialize;

use super::error::ConfigError;
use crate::auth::{Authenticator, HtpasswdSettings, TokenSettings};

/// Users of an htpasswd file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Htpasswd {
    path: PathBuf,
    realm: Option<String>,
    rights: Option<PathBuf>,
    #[serde(default)]
    anonymous_pull: bool,
}

/// Bearers of a token server's tokens.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Token {
    realm: String,
    service: String,
    issuer: String,
    rootcertbundle: Option<PathBuf>,
    jwks: Option<PathBuf>,
}

/// How a tenant asks for credentials, as far as its clients see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme<'a> {
    /// For a user and a password.
    Password,
    /// For a token.
    Token { realm: &'a str, service: &'a str, issuer: &'a str },
}

impl<'a> Scheme<'a> {
    /// How a tenant with these settings asks; `None` if it does not.
    pub fn of(htpasswd: Option<&Htpasswd>, token: Option<&'a Token>) -> Option<Self> {
        match (htpasswd, token) {
            (_, Some(Token { realm, service, issuer, .. })) => Some(Self::Token { realm, service, issuer }),
            (Some(_), None) => Some(Self::Password),
            (None, None) => None,
        }
    }
}

/// Who may do what.
pub(super) fn access(
    name: &str,
    htpasswd: Option<Htpasswd>,
    token: Option<Token>,
) -> Result<Authenticator, ConfigError> {
    let opened = match (htpasswd, token) {
        (None, None) => return Ok(Authenticator::open()),
        (Some(_), Some(_)) => {
            return Err(ConfigError::tenant(name, "both htpasswd and token are set, and one can decide"));
        }
        (Some(Htpasswd { path, realm, rights, anonymous_pull }), None) => {
            let usual = HtpasswdSettings::default();
            let realm = realm.unwrap_or(usual.realm);
            Authenticator::htpasswd(HtpasswdSettings { realm, path, rights, anonymous_pull })
        }
        (None, Some(Token { realm, service, issuer, rootcertbundle, jwks })) => {
            let usual = TokenSettings::default();
            Authenticator::token(TokenSettings { realm, service, issuer, rootcertbundle, jwks, ..usual })
        }
    };
    opened.map_err(|error| ConfigError::tenant(name, error))
}
