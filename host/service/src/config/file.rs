//! The file.

use std::collections::BTreeSet;
use std::time::Duration;

use ossicle::{Config, Engine, EngineLimits, Limits, parse_duration};
use ossicle_registry::gc::GcSettings;
use ossicle_registry::{Options, Redirects, RepositoryName};
use serde::Deserialize;

use super::access::{Htpasswd, Scheme, Token, access};
use super::error::ConfigError;
use super::sharing::{self, Asker};
use super::sizes::Sizes;
use crate::environment::Environment;
use crate::tenant::{Reach, Tenant, TenantSettings, Tenants};
use crate::upkeep::{Collecting, Purging};

/// A file of tenants, which was read and can be opened.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TenantsFile {
    #[serde(default)]
    engine: EngineLimits,
    #[serde(default)]
    tenant: Vec<Entry>,
}

/// A tenant.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default)]
    hosts: Vec<String>,
    path: Option<String>,
    #[serde(default)]
    read_only: bool,
    #[serde(default)]
    allow_delete: bool,
    #[serde(default)]
    no_redirect: bool,
    #[serde(default)]
    durable_uploads: bool,
    location_base: Option<String>,
    grace: Option<String>,
    gc_every: Option<String>,
    storage: Config,
    limits: Option<Limits>,
    htpasswd: Option<Htpasswd>,
    token: Option<Token>,
}

/// What all tenants of a process have in common.
#[derive(Clone, Copy)]
pub struct Common<'a> {
    /// The secret from which each tenant's is made.
    pub secret: &'a [u8],
    /// The clock and the random numbers.
    pub environment: Environment,
}

impl TenantsFile {
    /// Reads it.
    ///
    /// # Errors
    /// When it is not such a file, or tenants could not be told apart.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        let file: Self = toml::from_str(text).map_err(|error| ConfigError::of_toml(text, &error))?;
        file.check()?;
        Ok(file)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.engine.check().map_err(|problem| ConfigError::Engine(problem.to_string()))?;
        if self.tenant.is_empty() {
            return Err(ConfigError::Empty);
        }
        let mut known = BTreeSet::new();
        for entry in &self.tenant {
            let mut ways: Vec<String> =
                entry.hosts.iter().map(|host| format!("the host {host:?}").to_lowercase()).collect();
            ways.extend(entry.path.iter().map(|path| format!("the path {path:?}")));
            if ways.is_empty() {
                ways.push("whatever leads to no other".to_owned());
            }
            ways.push(format!("the name {:?}", entry.name));
            for way in ways {
                if !known.insert(way.clone()) {
                    return Err(ConfigError::Twice(way));
                }
            }
            if entry.path.as_ref().is_some_and(|path| !is_component(path)) {
                let reason = "path: must be the first part of its repositories' names: lower-case letters and digits, between \
                              which ., _ and - may stand";
                return Err(ConfigError::tenant(&entry.name, reason));
            }
        }
        let askers = self.tenant.iter().filter_map(|entry| {
            let has_hosts = !entry.hosts.is_empty();
            Some(Asker {
                name: &entry.name,
                scheme: Scheme::of(entry.htpasswd.as_ref(), entry.token.as_ref())?,
                has_hosts,
                shares_hosts: entry.path.is_some() || !has_hosts,
            })
        });
        sharing::check(&askers.collect::<Vec<_>>())
    }

    /// What all tenants may take together, as far as the file says it: the engine that they are opened on must be made so.
    pub fn engine(&self) -> &EngineLimits {
        &self.engine
    }

    /// Opens the tenants on an engine that has the limits of [`TenantsFile::engine`]. Sends nothing.
    ///
    /// # Errors
    /// When one can't be opened, or the engine has other limits.
    pub fn open(self, engine: &Engine, common: Common<'_>) -> Result<Tenants, ConfigError> {
        if self.engine.clone().or(engine.limits()) != *engine.limits() {
            return Err(ConfigError::Engine("the engine was made with other limits".to_owned()));
        }
        let tenants = self.tenant.into_iter().map(|entry| entry.open(engine, common));
        Ok(Tenants::new(tenants.collect::<Result<_, _>>()?))
    }
}

/// Whether names of repositories may begin with it and a slash.
fn is_component(text: &str) -> bool {
    !text.contains('/') && RepositoryName::parse(text).is_some()
}

impl Entry {
    fn span(&self, field: &str, text: &str) -> Result<Duration, ConfigError> {
        parse_duration(text).map_err(|error| ConfigError::tenant(&self.name, format!("{field}: {error}")))
    }

    fn grace(&self) -> Result<GcSettings, ConfigError> {
        let Some(text) = &self.grace else { return Ok(GcSettings::default()) };
        let grace = self.span("grace", text)?;
        GcSettings::with_grace(grace.as_secs())
            .map_err(|error| ConfigError::tenant(&self.name, format!("grace: {error}")))
    }

    fn collecting(&self) -> Result<Option<Collecting>, ConfigError> {
        let Some(text) = &self.gc_every else { return Ok(None) };
        if self.read_only {
            return Err(ConfigError::tenant(&self.name, "gc-every: a read-only registry deletes nothing"));
        }
        let collecting = Collecting::every(self.span("gc-every", text)?);
        collecting.map(Some).map_err(|error| ConfigError::tenant(&self.name, format!("gc-every: {error}")))
    }

    fn open(self, engine: &Engine, common: Common<'_>) -> Result<(Reach, Tenant), ConfigError> {
        let gc = self.grace()?;
        let collecting = self.collecting()?;
        let Self { name, hosts, path, mut storage, .. } = self;
        let sizes = Sizes::of(&mut storage.blobs);
        let limits = self.limits.unwrap_or_else(|| sizes.limits());
        let upload_bytes = Sizes::upload_bytes(&limits);
        let access = access(&name, self.htpasswd, self.token)?;
        let is_open = access.is_open();
        let refused = |error| ConfigError::tenant(&name, error);
        storage.refuse_encryption().map_err(ossicle::Error::Config).map_err(refused)?;
        let opened = engine.tenant(&name, storage, limits).map_err(refused)?.blobs();
        // What one tenant's registry has sealed is nothing to another's.
        let secret = [common.secret, b"\0", name.as_bytes()].concat();
        let options = Options {
            read_only: self.read_only,
            delete_enabled: self.allow_delete,
            redirects: (!self.no_redirect).then(Redirects::default),
            part_size: usize::try_from(sizes.part).unwrap_or(usize::MAX),
            durable_uploads: self.durable_uploads,
            // Without authentication everyone may read everything of the tenant.
            mount_from_anywhere: is_open,
            gc,
            ..Options::new(secret)
        };
        let settings = TenantSettings {
            name,
            blobs: opened,
            access,
            options,
            parts_in_flight: sizes.in_flight,
            upload_bytes,
            location_base: self.location_base,
            purging: (!self.read_only).then(Purging::default),
            collecting,
        };
        Ok((Reach { hosts, path }, Tenant::new(settings, common.environment)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORAGE: &str = "[tenant.storage]\nbucket = \"bkt\"\nregion = \"cn-hangzhou\"\n\
                           credentials = { access-key-id = \"id\", access-key-secret = \"CANARY\" }\n";

    fn problem(text: &str) -> String {
        let problem = TenantsFile::read(text).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(!problem.contains("CANARY"), "{problem}");
        problem
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        let tenant = |more: &str| format!("[[tenant]]\n{more}\n{STORAGE}");
        assert_eq!(problem(&tenant("name = \"a\"\npath = \"a\"")), "");
        for (text, expected) in [
            (String::new(), "no tenant"),
            ("[[tenant]]\nname = \"a\"\n".to_owned(), "storage"),
            (tenant("name = \"a\"\ncolour = 1"), "colour"),
            ("[engine]\nlookups = 0\n".to_owned() + &tenant("name = \"a\""), "engine: lookups: must be at least 1"),
            (tenant("name = \"a\"\npath = \"a/b\""), "path: must be"),
            (tenant("name = \"a\"\npath = \"_catalog\""), "path: must be"),
            (
                tenant("name = \"a\"\npath = \"x\"\nhtpasswd = { path = \"f\" }")
                    + &tenant("name = \"b\"\ntoken = { realm = \"r\", service = \"s\", issuer = \"i\" }"),
                "\"a\" and \"b\" share /v2/",
            ),
            (
                ["h", "g"]
                    .map(|host| {
                        let token = "token = { realm = \"r\", service = \"s\", issuer = \"i\" }";
                        tenant(&format!("name = \"{host}\"\nhosts = [\"{host}\"]\n{token}"))
                    })
                    .concat(),
                "take the same tokens",
            ),
            (tenant("name = \"a\"") + &tenant("name = \"b\""), "no other"),
            (tenant("name = \"a\"\npath = \"x\"") + &tenant("name = \"b\"\npath = \"x\""), "the path \"x\""),
            (tenant("name = \"a\"\nhosts = [\"H\"]") + &tenant("name = \"b\"\nhosts = [\"h\"]"), "the host \"h\""),
            (tenant("name = \"a\"\npath = \"x\"") + &tenant("name = \"a\"\npath = \"y\""), "the name \"a\""),
            (tenant("name = \"a\"\ngc-every = 1"), "line"),
            (tenant("name = \"a\"").replace("\"CANARY\"", "[\"CANARY\"]"), "line"),
        ] {
            let problem = problem(&text);
            assert!(problem.contains(expected), "{expected}: {problem}");
        }
    }
}
