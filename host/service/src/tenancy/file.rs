//! The file.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ossicle::{ConfigProblem, EngineLimits, InvalidDuration, parse_duration};
use serde::Deserialize;

use super::entry::{Entry, EntryText};
use super::error::ServeConfigError;
use crate::server::TlsFiles;
use crate::toml_problem;

/// The file's text.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct FileText {
    listen: Option<SocketAddr>,
    #[serde(default)]
    insecure_http: bool,
    #[serde(default)]
    open_metrics: bool,
    shutdown_timeout: Option<String>,
    tls: Option<TlsText>,
    #[serde(default)]
    engine: EngineLimits,
    #[serde(default)]
    components: Vec<PathBuf>,
    #[serde(default)]
    tenant: Vec<EntryText>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct TlsText {
    certificate: PathBuf,
    key: PathBuf,
    client_authorities: Option<PathBuf>,
}

/// The config of a server of the API, which was read and checked and can be opened.
#[derive(Clone, Debug)]
pub struct ServeFile {
    listen: Option<SocketAddr>,
    insecure_http: bool,
    open_metrics: bool,
    shutdown_timeout: Option<Duration>,
    tls: Option<TlsFiles>,
    engine: EngineLimits,
    components: Vec<PathBuf>,
    pub(super) tenants: Vec<Entry>,
}

impl ServeFile {
    /// Reads it.
    ///
    /// # Errors
    /// When it is not such a file, or what tenants are known by is not theirs alone.
    pub fn read(text: &str) -> Result<Self, ServeConfigError> {
        let read: FileText = toml::from_str(text).map_err(|error| {
            let (line, reason) = toml_problem::describe(text, &error);
            ServeConfigError::File { line, reason }
        })?;
        let FileText { listen, insecure_http, open_metrics, shutdown_timeout, tls, engine, components, tenant } = read;
        let refused =
            |error: InvalidDuration| ServeConfigError::Setting { field: "shutdown-timeout", reason: error.to_string() };
        let shutdown_timeout = shutdown_timeout.as_deref().map(parse_duration).transpose().map_err(refused)?;
        let tls = tls.map(|TlsText { certificate, key, client_authorities }| TlsFiles {
            certificate,
            key,
            client_authorities,
        });
        let tenants = tenant.into_iter().map(EntryText::check).collect::<Result<_, _>>()?;
        let file = Self { listen, insecure_http, open_metrics, shutdown_timeout, tls, engine, components, tenants };
        file.check()?;
        Ok(file)
    }

    /// Looks at the tenants beside each other.
    fn check(&self) -> Result<(), ServeConfigError> {
        let refused =
            |problem: ConfigProblem| ServeConfigError::Setting { field: "engine", reason: problem.to_string() };
        self.engine.check().map_err(refused)?;
        if self.tenants.is_empty() {
            return Err(ServeConfigError::Empty);
        }
        let asks_for_certificates = self.tls.as_ref().is_some_and(|tls| tls.client_authorities.is_some());
        let mut known = BTreeSet::new();
        let mut once = |what: String| match known.insert(what.clone()) {
            true => Ok(()),
            false => Err(ServeConfigError::Twice(what)),
        };
        for entry in &self.tenants {
            once(format!("the tenant {:?}", entry.name))?;
            for token in &entry.tokens {
                once(format!("the token {:?}", token.id.as_str()))?;
            }
            for (name, _) in &entry.certificates {
                once(format!("the {}", name.describe()))?;
            }
            if !asks_for_certificates && !entry.certificates.is_empty() {
                let reason = "certificate: clients are asked for certificates only where tls.client-authorities is set";
                return Err(ServeConfigError::tenant(&entry.name, reason));
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
    pub fn tls(&self) -> Option<&TlsFiles> {
        self.tls.as_ref()
    }

    /// How long requests may take to end once the server is told to stop, where that is said.
    pub fn shutdown_timeout(&self) -> Option<Duration> {
        self.shutdown_timeout
    }

    /// What all tenants may take together, as far as the file says it: the engine that they are opened on must be made so.
    pub fn engine(&self) -> &EngineLimits {
        &self.engine
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
        } else if self.tls != other.tls {
            Some("tls")
        } else if self.shutdown_timeout != other.shutdown_timeout {
            Some("shutdown-timeout")
        } else if self.engine != other.engine {
            Some("engine")
        } else if self.components != other.components {
            // What is in these files may change.
            Some("components")
        } else {
            None
        }
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
            ("[engine]\nconnections = 0\n".to_owned() + &tenant("a", ""), "engine: connections: must be at least 1"),
            ("[engine]\ncolour = 0\n".to_owned() + &tenant("a", ""), "colour"),
            ("[engine]\n\nmemory = \"much\"\n".to_owned() + &tenant("a", ""), "line 3"),
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
