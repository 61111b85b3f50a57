//! The file.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ossicle::{BlobOptions, Config, InvalidDuration, Limits, parse_duration};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::ServeConfigError;
use super::grant::{Allowance, Allowed};
use super::token::{TokenHash, TokenId};
use crate::server::{Fingerprint, TlsFiles};
use crate::toml_problem;

/// How long the client of a stream may stand still, where a tenant's limits are not said: as long as a connection may be idle.
const CALLER_TIMEOUT: Duration = Duration::from_secs(60);

/// The config of a server of the API, which was read and can be opened.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServeFile {
    listen: Option<SocketAddr>,
    #[serde(default)]
    insecure_http: bool,
    #[serde(default)]
    open_metrics: bool,
    shutdown_timeout: Option<String>,
    tls: Option<Tls>,
    #[serde(default)]
    components: Vec<PathBuf>,
    #[serde(default)]
    pub(super) tenant: Vec<Entry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    client_authorities: Option<PathBuf>,
}

/// A tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Entry {
    pub name: String,
    pub storage: Config,
    #[serde(default)]
    pub blobs: BlobOptions,
    pub limits: Option<Limits>,
    #[serde(default)]
    token: Vec<Token>,
    #[serde(default)]
    certificate: Vec<Certificate>,
}

// Beside `flatten` serde denies no unknown fields, neither here nor in what is flattened: they are collected and looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Token {
    id: String,
    sha256: String,
    #[serde(flatten)]
    allowance: Allowance,
    #[serde(flatten)]
    unknown: Unknown,
}

/// A client's certificate.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Certificate {
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

/// A token as the file has it, checked.
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

impl ServeFile {
    /// Reads it.
    ///
    /// # Errors
    /// When it is not such a file, or what tenants are known by is not theirs alone.
    pub fn read(text: &str) -> Result<Self, ServeConfigError> {
        let file: Self = toml::from_str(text).map_err(|error| {
            let (line, reason) = toml_problem::describe(text, &error);
            ServeConfigError::File { line, reason }
        })?;
        file.check()?;
        Ok(file)
    }

    fn check(&self) -> Result<(), ServeConfigError> {
        if self.tenant.is_empty() {
            return Err(ServeConfigError::Empty);
        }
        self.shutdown_timeout()?;
        let mut known = BTreeSet::new();
        let mut once = |what: String| match known.insert(what.clone()) {
            true => Ok(()),
            false => Err(ServeConfigError::Twice(what)),
        };
        for entry in &self.tenant {
            if entry.name.is_empty() {
                return Err(ServeConfigError::tenant(&entry.name, "name: must not be empty"));
            }
            once(format!("the tenant {:?}", entry.name))?;
            for token in entry.tokens()? {
                once(format!("the token {:?}", token.id.as_str()))?;
            }
            for (name, _) in entry.certificates()? {
                once(format!("the {}", name.describe()))?;
                if self.tls.as_ref().is_none_or(|tls| tls.client_authorities.is_none()) {
                    let reason =
                        "certificate: clients are asked for certificates only where tls.client-authorities is set";
                    return Err(ServeConfigError::tenant(&entry.name, reason));
                }
            }
        }
        Ok(())
    }

    /// Where to listen.
    pub fn listen(&self) -> Option<SocketAddr> {
        self.listen
    }

    /// Whether plain HTTP may be spoken beyond this machine.
    pub fn is_insecure_http(&self) -> bool {
        self.insecure_http
    }

    /// Whether the metrics, which name all tenants, may be read from beyond this machine.
    pub(crate) fn has_open_metrics(&self) -> bool {
        self.open_metrics
    }

    /// The server's certificate.
    pub fn tls(&self) -> Option<TlsFiles> {
        self.tls.clone().map(|Tls { certificate, key, client_authorities }| TlsFiles {
            certificate,
            key,
            client_authorities,
        })
    }

    /// How long requests may take to end once the server is told to stop, where that is said.
    ///
    /// # Errors
    /// When it is no span of time.
    pub fn shutdown_timeout(&self) -> Result<Option<Duration>, ServeConfigError> {
        let Some(text) = &self.shutdown_timeout else { return Ok(None) };
        let refused =
            |error: InvalidDuration| ServeConfigError::Setting { field: "shutdown-timeout", reason: error.to_string() };
        parse_duration(text).map(Some).map_err(refused)
    }

    /// Files with components that take the place of those in the program.
    pub(super) fn components(&self) -> &[PathBuf] {
        &self.components
    }

    /// What can't be changed while the server runs and differs from another file's.
    pub(super) fn fixed_difference(&self, other: &Self) -> Option<&'static str> {
        if self.listen != other.listen {
            Some("listen")
        } else if self.insecure_http != other.insecure_http {
            Some("insecure-http")
        } else if self.tls() != other.tls() {
            Some("tls")
        } else if self.shutdown_timeout != other.shutdown_timeout {
            Some("shutdown-timeout")
        } else if self.components != other.components {
            // What is in these files may change.
            Some("components")
        } else {
            None
        }
    }
}

impl Entry {
    pub fn limits(&self) -> Limits {
        let mut limits = self.limits.clone().unwrap_or_default();
        limits.caller_timeout.get_or_insert(CALLER_TIMEOUT);
        limits
    }

    pub fn tokens(&self) -> Result<Vec<KnownToken>, ServeConfigError> {
        let wrong = |token: &Token, reason: &dyn std::fmt::Display| {
            // An id that is none may be something else, such as the token itself.
            let id = TokenId::parse(&token.id).map_or_else(|_| String::new(), |id| format!(" {:?}", id.as_str()));
            ServeConfigError::tenant(&self.name, format!("token{id}: {reason}"))
        };
        let tokens = self.token.iter().map(|token| {
            refuse(&token.unknown).map_err(|reason| wrong(token, &reason))?;
            Ok(KnownToken {
                id: TokenId::parse(&token.id).map_err(|error| wrong(token, &error))?,
                hash: TokenHash::parse(&token.sha256).map_err(|error| wrong(token, &error))?,
                allowed: token.allowance.check().map_err(|reason| wrong(token, &reason))?,
            })
        });
        tokens.collect()
    }

    pub fn certificates(&self) -> Result<Vec<(CertificateName, Allowed)>, ServeConfigError> {
        let wrong = |reason: &str| ServeConfigError::tenant(&self.name, format!("certificate: {reason}"));
        let certificates = self.certificate.iter().map(|certificate| {
            refuse(&certificate.unknown).map_err(|reason| wrong(&reason))?;
            let name = match (&certificate.name, &certificate.fingerprint) {
                (Some(name), None) if !name.is_empty() => CertificateName::Name(name.clone()),
                (None, Some(text)) => {
                    let read = Fingerprint::parse(text);
                    let reason = "fingerprint: must be the SHA-256 of the certificate, 64 hexadecimal digits";
                    CertificateName::Fingerprint(read.ok_or_else(|| wrong(reason))?)
                }
                _ => return Err(wrong("one of name and fingerprint must be set")),
            };
            Ok((name, certificate.allowance.check().map_err(|reason| wrong(&reason))?))
        });
        certificates.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORAGE: &str = "[tenant.storage]\nbucket = \"bkt\"\nregion = \"cn-hangzhou\"\n\
                           credentials = { access-key-id = \"id\", access-key-secret = \"CANARY\" }\n";

    fn tenant(name: &str, more: &str) -> String {
        format!("[[tenant]]\nname = \"{name}\"\n{STORAGE}{more}")
    }

    fn token(id: &str) -> String {
        let hash = "a".repeat(64);
        format!("[[tenant.token]]\nid = \"{id}\"\nsha256 = \"{hash}\"\nrights = [\"read\"]\n")
    }

    fn problem(text: &str) -> String {
        let problem = ServeFile::read(text).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(!problem.contains("CANARY"), "{problem}");
        problem
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        const ID: &str = "0123456789abcdef";
        let tls = "[tls]\ncertificate = \"c\"\nkey = \"k\"\nclient-authorities = \"a\"\n";
        let by_name = "[[tenant.certificate]]\nname = \"x.example\"\nrights = [\"read\"]\n";
        assert_eq!(problem(&(tls.to_owned() + &tenant("a", &(token(ID) + by_name)))), "");
        for (text, expected) in [
            (String::new(), "no tenant"),
            ("[[tenant]]\nname = \"a\"\n".to_owned(), "storage"),
            (tenant("", ""), "name"),
            ("colour = 1\n".to_owned() + &tenant("a", ""), "colour"),
            ("shutdown-timeout = \"soon\"\n".to_owned() + &tenant("a", ""), "shutdown-timeout"),
            (tenant("a", "") + &tenant("a", ""), "the tenant \"a\" is there twice"),
            (tenant("a", &token(ID)) + &tenant("b", &token(ID)), "the token \"0123456789abcdef\" is there twice"),
            (tenant("a", &token("ossicle_CANARY")), "token: id: must be"),
            (tenant("a", &(token(ID) + "colour = 1\n")), "colour"),
            (tenant("a", &token(ID).replace("read", "all")), "rights"),
            (tenant("a", by_name), "tls.client-authorities"),
            (tls.to_owned() + &tenant("a", &by_name.replace("name", "colour")), "colour"),
            (tls.to_owned() + &tenant("a", &by_name.replace("name = \"x.example\"", "fingerprint = \"x\"")), "SHA-256"),
            (tls.to_owned() + &tenant("a", by_name) + &tenant("b", by_name), "x.example is there twice"),
            (tenant("a", "").replace("\"CANARY\"", "[\"CANARY\"]"), "line"),
        ] {
            let problem = problem(&text);
            assert!(problem.contains(expected), "{expected}: {problem}");
        }
    }
}
