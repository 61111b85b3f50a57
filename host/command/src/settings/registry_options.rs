//! What a registry's configuration says besides where its blobs are: its variables, and its config.yml after them.
//!
//! What changes who may do what, or what is stored where, and can't be heeded, is refused by its name. Anything else that is
//! not heeded is named in a warning.

use super::origin::Origin;
use super::problem::Problem;
use super::registry::{Registry, VARIABLE as STORAGE, document};
use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// What the variables of a registry begin with.
const VARIABLE: &str = "REGISTRY_";

/// The parts of a registry's configuration. (An orchestrator may set variables such as REGISTRY_PORT for a service of this
/// name, which are none of them.)
const PARTS: [&str; 14] = [
    "auth",
    "catalog",
    "compatibility",
    "health",
    "http",
    "log",
    "loglevel",
    "middleware",
    "notifications",
    "policy",
    "proxy",
    "redis",
    "storage",
    "validation",
];

/// What can't be left unheeded, by how its place begins, and why.
const REFUSED: [(&str, &str); 8] = [
    ("auth.", "only htpasswd and token are known"),
    ("http.prefix", "the registry is at /v2/"),
    ("http.tls.clientcas", "certificates of clients are not asked for"),
    ("http.tls.letsencrypt", "certificates are not fetched: give http.tls.certificate and http.tls.key"),
    ("middleware.", "there are no middlewares"),
    ("notifications.", "notifications are not sent"),
    ("policy.", "there are no policies"),
    ("proxy.", "a cache of another registry is not what this is"),
];

/// When uploads that nobody finished are removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purging {
    pub is_off: bool,
    pub age: Option<Duration>,
    pub interval: Option<Duration>,
    pub dry_run: bool,
}

/// `auth.htpasswd`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HtpasswdOptions {
    pub realm: String,
    pub path: PathBuf,
}

/// `auth.token`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenOptions {
    pub realm: String,
    pub service: String,
    pub issuer: String,
    pub root_cert_bundle: Option<PathBuf>,
    pub jwks: Option<PathBuf>,
    pub signing_algorithms: Vec<String>,
}

/// What a registry's configuration says besides where its blobs are.
#[derive(Default)]
pub struct RegistryOptions {
    pub listen: Option<SocketAddr>,
    pub secret: Option<Zeroizing<String>>,
    /// The certificate and its key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// What stands before paths in a `Location`; none where it is a path.
    pub host: Option<String>,
    pub drain_timeout: Option<Duration>,
    pub delete_enabled: bool,
    pub redirect_disabled: bool,
    pub read_only: bool,
    pub purging: Purging,
    pub htpasswd: Option<HtpasswdOptions>,
    pub token: Option<TokenOptions>,
    /// What is set and not heeded.
    pub unheeded: Vec<String>,
}

/// A value and where it came from.
struct Given {
    text: Zeroizing<String>,
    origin: String,
}

/// The values by their places; what was read is taken out.
struct Values(BTreeMap<String, Vec<Given>>);

impl RegistryOptions {
    /// Reads them, for settings that are a registry's.
    pub fn read(registry: &Registry) -> Result<Self, Problem> {
        let mut values = BTreeMap::<String, Vec<Given>>::new();
        if let Some(path) = registry.file() {
            for entry in document(path)?.others {
                let origin = Origin::File { path: path.to_owned(), line: Some(entry.line) }.to_string();
                values.entry(entry.name).or_default().push(Given { text: entry.value.into(), origin });
            }
        }
        for (name, text) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| !name.starts_with(STORAGE)) else { continue };
            let Some(place) = name.strip_prefix(VARIABLE).map(|place| place.to_ascii_lowercase().replace('_', "."))
            else {
                continue;
            };
            if !PARTS.contains(&place.split('.').next().unwrap_or_default()) {
                continue;
            }
            let text = text.into_string().map_err(|_| Problem::new(format!("{name} is not UTF-8")))?;
            values.insert(place, vec![Given { text: text.into(), origin: name.to_owned() }]);
        }
        Self::of(Values(values))
    }

    fn of(mut values: Values) -> Result<Self, Problem> {
        if let Some((net, origin)) = values.take("http.net")?.filter(|(net, _)| !matches!(net.as_str(), "" | "tcp")) {
            return Err(refused("http.net", &origin, &format!("{} is not listened on, only tcp", net.as_str())));
        }
        let mut options = Self {
            listen: values.address("http.addr")?,
            secret: values.take("http.secret")?.map(|(secret, _)| secret).filter(|secret| !secret.is_empty()),
            tls: values.tls()?,
            drain_timeout: values.duration("http.draintimeout")?,
            delete_enabled: values.truth("storage.delete.enabled")?.unwrap_or(false),
            redirect_disabled: values.truth("storage.redirect.disable")?.unwrap_or(false),
            read_only: values.truth("storage.maintenance.readonly.enabled")?.unwrap_or(false),
            purging: Purging {
                is_off: values.truth("storage.maintenance.uploadpurging.enabled")? == Some(false),
                age: values.duration("storage.maintenance.uploadpurging.age")?,
                interval: values.duration("storage.maintenance.uploadpurging.interval")?,
                dry_run: values.truth("storage.maintenance.uploadpurging.dryrun")?.unwrap_or(false),
            },
            htpasswd: values.htpasswd()?,
            token: values.token()?,
            ..Self::default()
        };
        if options.htpasswd.is_some() && options.token.is_some() {
            return Err(Problem::new("auth: both htpasswd and token are set, and one can decide"));
        }
        let is_relative = values.truth("http.relativeurls")?.unwrap_or(false);
        let host = values.text("http.host")?.map(|host| host.trim_end_matches('/').to_owned());
        options.host = host.filter(|_| !is_relative);
        // These change nothing: versions of the file, and the kind of the storage.
        for place in ["version", "storage", "auth"] {
            values.0.remove(place);
        }
        for (place, given) in &values.0 {
            let origin = given.first().map(|given| given.origin.as_str()).unwrap_or_default();
            if let Some((_, why)) = REFUSED.iter().find(|(begin, _)| place.starts_with(begin)) {
                return Err(refused(place, origin, why));
            }
        }
        options.unheeded = values.0.into_keys().collect();
        Ok(options)
    }
}

fn refused(place: &str, origin: &str, why: &str) -> Problem {
    Problem::new(format!("{place}, set by {origin}, can't be heeded: {why}"))
}

impl Values {
    /// A single value, and where it came from.
    fn take(&mut self, place: &str) -> Result<Option<(Zeroizing<String>, String)>, Problem> {
        let Some(mut given) = self.0.remove(place) else { return Ok(None) };
        if given.len() > 1 {
            return Err(Problem::new(format!("the registry's config: {place} is given twice")));
        }
        Ok(given.pop().map(|given| (given.text, given.origin)))
    }

    /// A text that is not empty.
    fn text(&mut self, place: &str) -> Result<Option<String>, Problem> {
        Ok(self.take(place)?.map(|(text, _)| text.to_string()).filter(|text| !text.is_empty()))
    }

    fn path(&mut self, place: &str) -> Result<Option<PathBuf>, Problem> {
        Ok(self.text(place)?.map(PathBuf::from))
    }

    fn truth(&mut self, place: &str) -> Result<Option<bool>, Problem> {
        let Some((text, origin)) = self.take(place)? else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "true" | "yes" | "on" | "1" => Ok(Some(true)),
            "false" | "no" | "off" | "0" => Ok(Some(false)),
            _ => Err(refused(place, &origin, "it must be true or false")),
        }
    }

    fn duration(&mut self, place: &str) -> Result<Option<Duration>, Problem> {
        let Some((text, origin)) = self.take(place)? else { return Ok(None) };
        if text.is_empty() {
            return Ok(None);
        }
        let refused = || refused(place, &origin, "it must be a span of time such as 168h or 1h30m");
        go_duration(&text).map(Some).ok_or_else(refused)
    }

    /// As Go's: without a host it is every address of this machine.
    fn address(&mut self, place: &str) -> Result<Option<SocketAddr>, Problem> {
        let Some((text, origin)) = self.take(place)? else { return Ok(None) };
        if text.is_empty() {
            return Ok(None);
        }
        let whole = if text.starts_with(':') { format!("[::]{}", text.as_str()) } else { text.to_string() };
        let refused = |why: String| refused(place, &origin, &why);
        let mut addresses = whole.to_socket_addrs().map_err(|error| refused(error.to_string()))?;
        addresses.next().map(Some).ok_or_else(|| refused("the host has no address".to_owned()))
    }

    fn tls(&mut self) -> Result<Option<(PathBuf, PathBuf)>, Problem> {
        let (certificate, key) = (self.path("http.tls.certificate")?, self.path("http.tls.key")?);
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (None, None) => Ok(None),
            _ => Err(Problem::new("http.tls: the certificate needs its key, and the key its certificate")),
        }
    }

    fn htpasswd(&mut self) -> Result<Option<HtpasswdOptions>, Problem> {
        let (realm, path) = (self.text("auth.htpasswd.realm")?, self.path("auth.htpasswd.path")?);
        match (realm, path) {
            (None, None) => Ok(None),
            (realm, Some(path)) => {
                Ok(Some(HtpasswdOptions { realm: realm.unwrap_or_else(|| "Registry".to_owned()), path }))
            }
            (Some(_), None) => Err(Problem::new("auth.htpasswd: its path is missing")),
        }
    }

    fn token(&mut self) -> Result<Option<TokenOptions>, Problem> {
        let [realm, service, issuer] =
            ["realm", "service", "issuer"].map(|name| self.text(&format!("auth.token.{name}")));
        let (realm, service, issuer) = (realm?, service?, issuer?);
        let root_cert_bundle = self.path("auth.token.rootcertbundle")?;
        let jwks = self.path("auth.token.jwks")?;
        let algorithms = self.0.remove("auth.token.signingalgorithms.-").unwrap_or_default();
        let signing_algorithms: Vec<String> = algorithms.into_iter().map(|given| given.text.to_string()).collect();
        if realm.is_none() && service.is_none() && issuer.is_none() && root_cert_bundle.is_none() && jwks.is_none() {
            return Ok(None);
        }
        let needed = |value: Option<String>, name: &str| {
            value.ok_or_else(|| Problem::new(format!("auth.token: its {name} is missing")))
        };
        Ok(Some(TokenOptions {
            realm: needed(realm, "realm")?,
            service: needed(service, "service")?,
            issuer: needed(issuer, "issuer")?,
            root_cert_bundle,
            jwks,
            signing_algorithms,
        }))
    }
}

/// A span of time as Go writes it: `1h30m`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, behind) = rest.split_at_checked(digits)?;
        let units = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let (unit, behind) = behind.split_at_checked(units)?;
        let number: u64 = number.parse().ok()?;
        let seconds = |each: u64| number.checked_mul(each).map(Duration::from_secs);
        total = total.checked_add(match unit {
            "h" => seconds(3600)?,
            "m" => seconds(60)?,
            "s" => seconds(1)?,
            "ms" => Duration::from_millis(number),
            _ => return None,
        })?;
        rest = behind;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<RegistryOptions, String> {
        let mut given = BTreeMap::<String, Vec<Given>>::new();
        for (place, text) in values {
            let value = Given { text: (*text).to_owned().into(), origin: "config.yml".to_owned() };
            given.entry((*place).to_owned()).or_default().push(value);
        }
        RegistryOptions::of(Values(given)).map_err(|problem| problem.to_string())
    }

    #[test]
    fn what_is_set_is_heeded() {
        let options = read(&[
            ("version", "0.1"),
            ("http.addr", ":5000"),
            ("http.host", "https://registry.example.com/"),
            ("http.secret", "s"),
            ("http.tls.certificate", "/c"),
            ("http.tls.key", "/k"),
            ("http.draintimeout", "1m30s"),
            ("storage.delete.enabled", "true"),
            ("storage.redirect.disable", "True"),
            ("storage.maintenance.readonly.enabled", "on"),
            ("storage.maintenance.uploadpurging.age", "168h"),
            ("auth.htpasswd.realm", "r"),
            ("auth.htpasswd.path", "/p"),
            ("log.level", "info"),
            ("storage.cache.blobdescriptor", "inmemory"),
        ])
        .unwrap();
        assert_eq!(options.listen, Some("[::]:5000".parse().unwrap()));
        assert_eq!(options.host.as_deref(), Some("https://registry.example.com"));
        assert_eq!(options.secret.as_deref().map(String::as_str), Some("s"));
        assert_eq!(options.tls, Some(("/c".into(), "/k".into())));
        assert_eq!(options.drain_timeout, Some(Duration::from_secs(90)));
        assert!(options.delete_enabled && options.redirect_disabled && options.read_only);
        assert_eq!(options.purging.age, Some(Duration::from_secs(168 * 3600)));
        assert_eq!(options.htpasswd, Some(HtpasswdOptions { realm: "r".to_owned(), path: "/p".into() }));
        assert_eq!(options.unheeded, ["log.level", "storage.cache.blobdescriptor"]);
        let relative = read(&[("http.host", "https://h"), ("http.relativeurls", "true")]).unwrap();
        assert_eq!(relative.host, None);
    }

    #[test]
    fn what_can_not_be_heeded_is_refused_by_its_name() {
        for (place, text) in [
            ("auth.silly.realm", "r"),
            ("proxy.remoteurl", "https://registry-1.docker.io"),
            ("http.net", "unix"),
            ("http.tls.clientcas.-", "/ca.pem"),
            ("http.tls.certificate", "/c"),
            ("http.prefix", "/x/"),
            ("http.draintimeout", "soon"),
            ("storage.delete.enabled", "perhaps"),
            ("auth.token.realm", "https://auth"),
            ("middleware.storage.-.name", "cloudfront"),
        ] {
            let problem = read(&[(place, text)]).err().unwrap_or_default();
            assert!(problem.contains(place.split('.').next().unwrap()), "{place}: {problem}");
        }
    }
}
