//! A tenant of the file.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use ossicle::{Config, Limits};
use ossicle_api::token::{TokenHash, TokenId};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::ServeConfigError;
use super::grant::{Allowance, Allowed};
use crate::server::Fingerprint;

/// How long the client of a stream may stand still, where a tenant's limits are not said: as long as a connection may be idle.
const CALLER_TIMEOUT: Duration = Duration::from_secs(60);

/// A tenant, as the file's text has it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct EntryText {
    name: String,
    storage: Config,
    limits: Option<Limits>,
    #[serde(default)]
    token: Vec<TokenText>,
    #[serde(default)]
    certificate: Vec<CertificateText>,
}

// Beside `flatten` serde denies no unknown fields, neither here nor in what is flattened: they are collected and looked at.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct TokenText {
    id: String,
    sha256: String,
    #[serde(flatten)]
    allowance: Allowance,
    #[serde(flatten)]
    unknown: Unknown,
}

/// A client's certificate.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct CertificateText {
    name: Option<String>,
    fingerprint: Option<String>,
    #[serde(flatten)]
    allowance: Allowance,
    #[serde(flatten)]
    unknown: Unknown,
}

/// Fields that there are none of.
type Unknown = BTreeMap<String, IgnoredAny>;

fn refuse(unknown: &Unknown) -> Result<(), String> {
    unknown.keys().next().map_or(Ok(()), |name| Err(format!("unknown field {name:?}")))
}

/// A tenant of the file, checked.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: String,
    pub storage: Config,
    pub limits: Limits,
    pub tokens: Vec<KnownToken>,
    pub certificates: Vec<(CertificateName, Allowed)>,
}

/// A token of the file, checked.
#[derive(Clone, Debug)]
pub(super) struct KnownToken {
    pub id: TokenId,
    pub hash: TokenHash,
    pub allowed: Allowed,
}

/// By what a client's certificate is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CertificateName {
    /// The SHA-256 of all of it.
    Fingerprint(Fingerprint),
    /// One of the names that it is for.
    Name(String),
}

impl CertificateName {
    /// For logs.
    pub fn describe(&self) -> String {
        match self {
            Self::Fingerprint(fingerprint) => format!("certificate {fingerprint:?}"),
            Self::Name(name) => format!("certificate of {name}"),
        }
    }
}

impl EntryText {
    /// Checks it. The reason names the tenant and the field.
    pub fn check(self) -> Result<Entry, ServeConfigError> {
        let Self { name, storage, limits, token, certificate } = self;
        if name.is_empty() {
            return Err(ServeConfigError::tenant(&name, "name: must not be empty"));
        }
        let wrong = |reason| ServeConfigError::tenant(&name, reason);
        let tokens = token.into_iter().map(|token| token.check().map_err(wrong)).collect::<Result<_, _>>()?;
        let certificates = certificate.into_iter().map(|text| text.check().map_err(wrong)).collect::<Result<_, _>>()?;
        let mut limits = limits.unwrap_or_default();
        limits.caller_timeout.get_or_insert(CALLER_TIMEOUT);
        Ok(Entry { name, storage, limits, tokens, certificates })
    }
}

impl TokenText {
    fn check(self) -> Result<KnownToken, String> {
        let id = TokenId::parse(&self.id);
        // An id that is none may be something else, such as the token itself.
        let named = id.as_ref().map_or_else(|_| String::new(), |id| format!(" {:?}", id.as_str()));
        let wrong = |reason: &dyn Display| format!("token{named}: {reason}");
        refuse(&self.unknown).map_err(|reason| wrong(&reason))?;
        Ok(KnownToken {
            id: id.map_err(|error| wrong(&error))?,
            hash: TokenHash::parse(&self.sha256).map_err(|error| wrong(&error))?,
            allowed: self.allowance.check().map_err(|reason| wrong(&reason))?,
        })
    }
}

impl CertificateText {
    fn check(self) -> Result<(CertificateName, Allowed), String> {
        let wrong = |reason: &str| format!("certificate: {reason}");
        refuse(&self.unknown).map_err(|reason| wrong(&reason))?;
        let name = match (self.name, self.fingerprint) {
            (Some(name), None) if !name.is_empty() => CertificateName::Name(name),
            (None, Some(text)) => {
                let reason = "fingerprint: must be the SHA-256 of the certificate, 64 hexadecimal digits";
                CertificateName::Fingerprint(Fingerprint::parse(&text).ok_or_else(|| wrong(reason))?)
            }
            _ => return Err(wrong("one of name and fingerprint must be set")),
        };
        Ok((name, self.allowance.check().map_err(|reason| wrong(&reason))?))
    }
}
