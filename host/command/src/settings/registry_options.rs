//! What a registry's configuration says besides where its blobs are: its variables, and its config.yml after them.
//!
//! What changes who may do what, or what is stored where, and can't be heeded, is refused by its name. Anything else that is
//! not heeded is named in a warning.

use super::problem::Problem;
use super::registry::{Registry, VARIABLE as STORAGE, document};
use super::registry_values::{Given, Values, refused};
use ossicle_service::auth::{HtpasswdSettings, TokenSettings};
use ossicle_service::notifications::NotificationSettings;
use ossicle_terms::Origin;
use std::collections::BTreeMap;
use std::net::SocketAddr;
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
const REFUSED: [(&str, &str); 9] = [
    ("auth.token.signingalgorithms", "every algorithm with a public key is taken"),
    ("auth.", "only htpasswd and token are known"),
    ("http.prefix", "the registry is at /v2/"),
    ("http.tls.clientcas", "certificates of clients are not asked for"),
    ("http.tls.letsencrypt", "certificates are not fetched: give http.tls.certificate and http.tls.key"),
    ("middleware.", "there are no middlewares"),
    ("notifications.", "notifications have no such setting"),
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
    pub htpasswd: Option<HtpasswdSettings>,
    pub token: Option<TokenSettings>,
    pub notifications: NotificationSettings,
    /// What is set and not heeded.
    pub unheeded: Vec<String>,
}

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
            notifications: values.notifications()?,
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

impl Values {
    fn tls(&mut self) -> Result<Option<(PathBuf, PathBuf)>, Problem> {
        let (certificate, key) = (self.path("http.tls.certificate")?, self.path("http.tls.key")?);
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (None, None) => Ok(None),
            _ => Err(Problem::new("http.tls: the certificate needs its key, and the key its certificate")),
        }
    }
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
        assert_eq!(
            options.htpasswd,
            Some(HtpasswdSettings { realm: "r".to_owned(), path: "/p".into(), ..HtpasswdSettings::default() })
        );
        assert_eq!(options.unheeded, ["log.level", "storage.cache.blobdescriptor"]);
        let told = read(&[
            ("notifications.endpoints.0.name", "a"),
            ("notifications.endpoints.0.url", "https://a.example.com"),
            ("notifications.endpoints.0.headers.Authorization.0", "Bearer x"),
            ("notifications.endpoints.0.ignore.actions.0", "pull"),
            ("notifications.endpoints.0.timeout", "500ms"),
            ("notifications.endpoints.1.name", "b"),
            ("notifications.events.includereferences", "true"),
        ])
        .unwrap()
        .notifications;
        assert_eq!(told.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((told.endpoints[0].headers.len(), told.endpoints[0].ignored_actions.len()), (1, 1));
        assert_eq!((told.endpoints[0].timeout, told.include_references), (Duration::from_millis(500), true));
        let relative = read(&[("http.host", "https://h"), ("http.relativeurls", "true")]).unwrap();
        assert_eq!(relative.host, None);
    }

    #[test]
    fn what_can_not_be_heeded_is_refused_by_its_name() {
        for (place, text) in [
            ("auth.silly.realm", "r"),
            ("notifications.endpoints.0.colour", "blue"),
            ("auth.token.signingalgorithms.0", "RS256"),
            ("proxy.remoteurl", "https://registry-1.docker.io"),
            ("http.net", "unix"),
            ("http.tls.clientcas.0", "/ca.pem"),
            ("http.tls.certificate", "/c"),
            ("http.prefix", "/x/"),
            ("http.draintimeout", "soon"),
            ("storage.delete.enabled", "perhaps"),
            ("auth.token.realm", "https://auth"),
            ("middleware.storage.0.name", "cloudfront"),
        ] {
            let problem = read(&[(place, text)]).err().unwrap_or_default();
            assert!(problem.contains(place.split('.').next().unwrap()), "{place}: {problem}");
        }
    }
}
