//! The settings gathered from everywhere.

use super::credentials::{self, Chosen, CredentialLookup};
use super::flags::Flags;
use super::problem::Problem;
use super::reading::{self, word};
use super::{blobs, certificates, encryption, file, location, locks};
use ossicle::{Addressing, Config, ConfigProblem, Endpoint, ObjectAcl, SignatureVersion, Timeouts};
use ossicle_guest::config::check_region;
use ossicle_terms::{Field, Given, Origin, environment};
use std::env::VarError;
use std::path::Path;

/// A config, and where each of its values came from.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The config.
    pub config: Config,
    /// Who asks.
    pub credentials: Chosen,
    pub(super) given: Given,
}

impl Settings {
    /// Where the bucket's name comes from, if anything names it: the command line, the environment or a file.
    pub fn bucket_origin(flags: &Flags) -> Result<Option<Origin>, Problem> {
        let (given, _) = collect(flags, Given::default())?;
        Ok(given.get(Field::Bucket).map(|value| value.origin.clone()))
    }

    /// Gathers them from everywhere, further flags among that.
    pub(super) fn gather_with(flags: &Flags, more: Given) -> Result<Self, Problem> {
        let (given, has_file) = collect(flags, more)?;
        // An encrypted key set is no secret; what it is encrypted with is.
        if let Some(file) = given.get(Field::KeyEncryptionFile).or(given.get(Field::KeySetFile)) {
            location::warn_if_open(Path::new(&file.text));
        }
        let around = CredentialLookup {
            variable: &|name| std::env::var(name).ok().filter(|text| !text.is_empty()),
            home: std::env::home_dir().filter(|home| home.is_absolute()),
            has_metadata: &credentials::is_there,
            has_role: &credentials::has_role,
        };
        let gathered = gather(&given, &around);
        let (config, credentials) = gathered.map_err(|problem| {
            if has_file || problem.origin().is_some() {
                return problem;
            }
            let problem = match location::usual() {
                Some(path) => problem.hint(format!("no config file was found: there is no {}", path.display())),
                None => problem,
            };
            if Path::new(location::NAME).exists() {
                problem
                    .hint(format!("the working directory's {0} is read if it is named: --config {0}", location::NAME))
            } else {
                problem
            }
        })?;
        Ok(Self { config, credentials, given })
    }

    /// Where a field's value came from; none where it is the default.
    pub fn origin(&self, field: Field) -> Option<&Origin> {
        self.given.get(field).map(|value| &value.origin)
    }

    /// A problem that the library or the component has with the config, with its origin.
    pub fn explain(&self, problem: ConfigProblem) -> Problem {
        let field = problem.field.clone();
        self.located(&field, problem.into())
    }

    /// A problem with the origin of its field.
    pub(super) fn located(&self, field: &str, problem: Problem) -> Problem {
        let origin = Field::of_problem(field).iter().find_map(|field| self.origin(*field)).cloned();
        match origin {
            Some(origin) => problem.given_by(origin),
            None => problem,
        }
    }
}

/// What all sources together give, and whether a file is among them.
fn collect(flags: &Flags, more: Given) -> Result<(Given, bool), Problem> {
    let [usual, fallback] = environment::read(variable).map_err(not_text)?;
    let mut sources = vec![more, flags.given(), usual, fallback];
    let found = location::read(flags.config.as_deref())?;
    if let Some(found) = &found {
        let given = file::read(&found.path, &found.text)?;
        let secrets = [Field::AccessKeySecret, Field::SecurityToken, Field::KeySet, Field::KeyEncryption];
        if secrets.into_iter().any(|field| given.get(field).is_some()) {
            location::warn_if_open(&found.path);
        }
        sources.push(given);
    }
    Ok((Given::merge(&sources), found.is_some()))
}

fn variable(name: &str) -> environment::Variable {
    match std::env::var(name) {
        Ok(text) => Ok(Some(text)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(value)) => Err(value),
    }
}

fn not_text(environment::NotText { field, variable }: environment::NotText) -> Problem {
    Problem::of(field, "is not UTF-8").given_by(Origin::Environment(variable))
}

/// What is there is looked for only when the rest is complete.
fn gather(given: &Given, around: &CredentialLookup<'_>) -> Result<(Config, Chosen), Problem> {
    let bucket = needed(given, Field::Bucket, "--bucket NAME")?;
    let region = needed(given, Field::Region, "--region REGION")?;
    if let Err(problem) = check_region(&region) {
        let problem = Problem::of(Field::Region, problem.reason);
        return Err(given
            .get(Field::Region)
            .map(|value| value.origin.clone())
            .into_iter()
            .fold(problem, Problem::given_by));
    }
    let chosen = credentials::choose(given, around)?;
    let config = Config::new(bucket, region, chosen.source());
    Ok((complete(config, given)?, chosen))
}

fn complete(mut config: Config, given: &Given) -> Result<Config, Problem> {
    let text = |field| given.get(field).map(|value| value.text.as_str());

    // A slash at its end is how many write a URL, and leads nowhere else.
    if let Some(endpoint) = text(Field::Endpoint).map(|text| text.strip_suffix('/').unwrap_or(text)) {
        // The check of the whole config refuses what is none, and says what is wrong with it.
        config.endpoint = endpoint.parse().unwrap_or_else(|_| Endpoint::custom(endpoint));
    }
    config.root = text(Field::Root).map(str::to_owned);
    if let Some(value) = given.get(Field::Addressing) {
        config.addressing = word::<Addressing>(Field::Addressing, value)?;
    }
    if let Some(value) = given.get(Field::Signature) {
        config.signature = word::<SignatureVersion>(Field::Signature, value)?;
    }
    if let Some(value) = given.get(Field::Acl) {
        config.acl = word::<ObjectAcl>(Field::Acl, value)?;
    }
    if let Some(value) = given.get(Field::Secure) {
        config.secure = Some(value.text == "true");
    }
    if let Some(value) = given.get(Field::Attempts) {
        let attempts = value.text.parse().ok().filter(|attempts| (1..=10).contains(attempts));
        let refused = || Problem::of(Field::Attempts, "must be 1 to 10").given_by(value.origin.clone());
        config.attempts = Some(attempts.ok_or_else(refused)?);
    }
    config.encryption = encryption::of(given)?;
    config.certificates = certificates::read(given)?;
    config.blobs = blobs::read(given)?;
    config.timeouts = timeouts(given)?;
    config.locks = locks::read(given)?;
    Ok(config)
}

fn needed(given: &Given, field: Field, flag: &str) -> Result<String, Problem> {
    let name = field.name();
    let hint = || {
        let variable = field.variables().first().unwrap_or(&"");
        format!("give {flag}, set {variable}, or write {name} = \"...\" into {}", location::NAME)
    };
    let value = given.get(field).ok_or_else(|| Problem::of(field, "is missing").hint(hint()))?;
    Ok(value.text.clone())
}

/// Spans of time, one by one so that each knows its origin.
fn timeouts(given: &Given) -> Result<Timeouts, Problem> {
    let mut timeouts = Timeouts::new();
    for (field, put) in [
        (Field::Connect, (|all, one| all.connect = one.connect) as fn(&mut Timeouts, Timeouts)),
        (Field::FirstByte, |all, one| all.first_byte = one.first_byte),
        (Field::BetweenBytes, |all, one| all.between_bytes = one.between_bytes),
        (Field::Operation, |all, one| all.operation = one.operation),
    ] {
        if let Some(one) = reading::options::<Timeouts>(given, &[field])? {
            put(&mut timeouts, one);
        }
    }
    Ok(timeouts)
}

#[cfg(test)]
#[path = "library_tests.rs"]
mod library_tests;
