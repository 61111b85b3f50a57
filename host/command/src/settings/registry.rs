//! Settings as a registry has them.

use super::config_yml::{self, Document, Entry, LARGEST};
use super::location::{use_file, warn_if_open};
use super::problem::Problem;
use clap::Args;
use ossicle::Parameters;
use ossicle_guest::blob;
use ossicle_terms::Origin;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// For `--help`.
pub const HELP: &str = "\
With --registry the settings are those of a registry's `oss` storage driver, by the variables that a registry reads:
  REGISTRY_STORAGE_OSS_ACCESSKEYID, _ACCESSKEYSECRET, _REGION, _BUCKET, _ENDPOINT, _INTERNAL, _SECURE, _ENCRYPT,
  _ENCRYPTIONKEYID, _CHUNKSIZE, _ROOTDIRECTORY; and _OBJECTACL, _SECURITYTOKEN, _SIGNATURE (v4 or v1) and _URLENDPOINT,
  which a registry has not
With --registry-config FILE they are what its config.yml has below storage.oss; those variables count before it, as in a
registry.";

/// What the variables of a registry begin with.
pub const VARIABLE: &str = "REGISTRY_STORAGE_OSS_";

/// Settings as a registry has them.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Registry")]
pub struct Registry {
    /// Take the settings of a registry: the variables REGISTRY_STORAGE_OSS_..., and nothing from elsewhere
    #[arg(long, global = true, conflicts_with_all = OTHERS)]
    registry: bool,
    /// Take the settings of a registry from its config.yml, and from those variables before it
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with_all = OTHERS)]
    registry_config: Option<PathBuf>,
    /// One more of its parameters, such as chunksize=20971520; accesskeysecret by its variable alone
    #[arg(long, global = true, value_name = "NAME=VALUE")]
    parameter: Vec<String>,
}

/// What would be left unheeded beside a registry's settings.
const OTHERS: [&str; 30] = [
    "config",
    "bucket",
    "region",
    "endpoint",
    "addressing",
    "root",
    "key_set",
    "clear_values",
    "key_encryption_key_set",
    "key_encryption_associated_data",
    "credentials",
    "signature",
    "acl",
    "https",
    "http",
    "attempts",
    "timeout_connect",
    "timeout_first_byte",
    "timeout_between_bytes",
    "timeout_operation",
    "part_size",
    "parts_in_flight",
    "storage_class",
    "encryption",
    "kms_key_id",
    "copy_threshold",
    "copy_part_size",
    "part_md5",
    "url_endpoint",
    "url_addressing",
];

/// A registry's parameters, which can work as far as can be told without asking OSS.
pub struct CheckedParameters {
    pub parameters: Parameters,
    /// Where those of a file stand.
    pub origins: BTreeMap<String, Origin>,
    /// The size of a part of an upload.
    pub part_size: u64,
    /// How many parts of an upload are sent at once.
    pub parts_in_flight: usize,
}

impl Registry {
    /// Whether a registry's settings were asked for.
    pub fn is_asked_for(&self) -> bool {
        self.registry || self.registry_config.is_some()
    }

    /// The same, with the variables of a registry asked for.
    pub fn with_variables(&self) -> Self {
        Self { registry: true, registry_config: self.registry_config.clone(), parameter: self.parameter.clone() }
    }

    /// The config.yml that was named.
    pub fn file(&self) -> Option<&Path> {
        self.registry_config.as_deref()
    }

    /// The parameters, if these are to be taken.
    pub fn parameters(&self) -> Result<Option<CheckedParameters>, Problem> {
        if !self.is_asked_for() {
            return match self.parameter.is_empty() {
                true => Ok(None),
                false => Err(Problem::new(
                    "--parameter is one of a registry's: give --registry or --registry-config FILE too",
                )),
            };
        }
        let mut given = BTreeMap::new();
        let mut origins = BTreeMap::new();
        for Entry { name, value, line } in
            self.registry_config.as_deref().map_or_else(|| Ok(Vec::new()), parameters_in)?
        {
            origins.insert(
                name.clone(),
                Origin::File { path: self.registry_config.clone().unwrap_or_default(), line: Some(line) },
            );
            given.insert(name, value);
        }
        for (name, value) in in_environment()?.into_iter().chain(self.in_arguments()?) {
            origins.remove(&name);
            given.insert(name, value);
        }
        let problem = |problem: ossicle_guest::error::ConfigProblem| {
            let origin = origins.get(problem.field).cloned();
            let problem = Problem::from(problem);
            match origin {
                Some(origin) => problem.given_by(origin),
                None => problem,
            }
        };
        let lacking = |problem: Problem| match problem.field().filter(|field| !given.contains_key(*field)) {
            Some(field) => {
                let hint = format!("set {VARIABLE}{}", field.to_ascii_uppercase());
                problem.hint(hint)
            }
            None => problem,
        };
        let listed = given.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let (_, options) =
            blob::Parameters::new(listed).and_then(blob::Parameters::check).map_err(|flaw| lacking(problem(flaw)))?;
        let (part_size, parts_in_flight) = (options.part_size, options.parts_in_flight);
        Ok(Some(CheckedParameters { parameters: given.into_iter().collect(), origins, part_size, parts_in_flight }))
    }

    fn in_arguments(&self) -> Result<Vec<(String, String)>, Problem> {
        let mut found = Vec::new();
        for given in &self.parameter {
            let Some((name, value)) = given.split_once('=') else {
                return Err(Problem::new("--parameter must be NAME=VALUE").hint("--parameter chunksize=20971520, say"));
            };
            if name == "accesskeysecret" {
                let reason = "accesskeysecret: not on the command line, which everybody on the machine can see";
                return Err(Problem::new(reason).hint(format!("set {VARIABLE}ACCESSKEYSECRET")));
            }
            found.push((name.to_owned(), value.to_owned()));
        }
        Ok(found)
    }
}

/// The variable that names a registry's bucket.
pub const BUCKET_VARIABLE: &str = "REGISTRY_STORAGE_OSS_BUCKET";

fn in_environment() -> Result<Vec<(String, String)>, Problem> {
    let mut found = Vec::new();
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str().and_then(|name| name.strip_prefix(VARIABLE)) else { continue };
        let value = value.into_string().map_err(|_| Problem::new(format!("{VARIABLE}{name} is not UTF-8")))?;
        found.push((name.to_ascii_lowercase(), value));
    }
    Ok(found)
}

/// What stands in a config.yml.
pub fn document(path: &Path) -> Result<Document, Problem> {
    let unreadable = |error: std::io::Error| {
        Problem::new(format!("the registry's config {} can't be read: {error}", path.display()))
            .given_by(Origin::Flag("--registry-config"))
    };
    let mut text = Zeroizing::new(String::new());
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text)).map_err(unreadable)?;
    if text.len() as u64 > LARGEST {
        return Err(
            Problem::new(format!("the registry's config has more than {LARGEST} bytes")).given_by(origin(path, None))
        );
    }
    use_file(path);
    config_yml::read(text.strip_prefix('\u{feff}').unwrap_or(&text)).map_err(|flaw| {
        Problem::new(format!("the registry's config: {}", flaw.reason)).given_by(origin(path, Some(flaw.line)))
    })
}

fn parameters_in(path: &Path) -> Result<Vec<Entry>, Problem> {
    let entries = document(path)?.parameters.ok_or_else(|| {
        Problem::new("the registry's config has nothing below storage.oss, where the bucket would be")
            .given_by(origin(path, None))
    })?;
    if entries.iter().any(|entry| entry.name == "accesskeysecret" && !entry.value.is_empty()) {
        warn_if_open(path);
    }
    Ok(entries)
}

fn origin(path: &Path, line: Option<usize>) -> Origin {
    Origin::File { path: path.to_owned(), line }
}
