//! The settings: which bucket, how to reach it, who asks. From flags, the environment and a file, in this order.

mod blobs;
mod check;
mod credentials;
mod encryption;
mod environment;
mod field;
mod file;
mod flags;
mod given;
mod location;
mod lock_flags;
mod locks;
mod origin;
mod problem;

pub use blobs::BlobFlags;
pub use credentials::Chosen;
pub use field::Field;
pub use flags::Flags;
pub use location::{use_file, used as used_file, warn_if_open};
pub use origin::Origin;
pub use problem::Problem;

use credentials::Surroundings;
use given::{Given, Value};
use ossicle::{Addressing, Config, ConfigProblem, Endpoint, ObjectAcl, SignatureVersion, Timeouts};
use ossicle_guest::config::check_region;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, MapDeserializer};
use std::path::Path;

/// For `--help`.
pub const HELP: &str = "\
Credentials come from the first of these that is there, in the order of Alibaba Cloud's libraries:
  OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET [, OSS_SESSION_TOKEN]
  ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET [, ALIBABA_CLOUD_SECURITY_TOKEN]
  ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN, ALIBABA_CLOUD_OIDC_TOKEN_FILE
    [, ALIBABA_CLOUD_ROLE_SESSION_NAME, ALIBABA_CLOUD_STS_REGION, ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED]
  [credentials] in the config file
  ~/.aliyun/config.json, the profile ALIBABA_CLOUD_PROFILE or the current one, of any mode but External
    [ALIBABA_CLOUD_CLI_PROFILE_DISABLED=true passes it over]
  ALIBABA_CLOUD_CREDENTIALS_FILE, ~/.alibabacloud/credentials.ini or ~/.alibabacloud/credentials
  the RAM role of the ECS instance, ALIBABA_CLOUD_ECS_METADATA or the one it has
    [ALIBABA_CLOUD_ECS_METADATA_DISABLED=true, ALIBABA_CLOUD_IMDSV1_DISABLED=true]
  ALIBABA_CLOUD_CREDENTIALS_URI
Over plain HTTP only this machine and the metadata service's address are asked for credentials.
What is empty of these is passed over.
--credentials SOURCE names one; ram-role takes on role-arn of the config file with the access key. The access key has no flag: a command line is seen by everybody on the machine and kept in the shell's history.
For the rest a flag counts before an environment variable, and that before the config file: the one of --config or
OSSICLE_CONFIG, or else ossicle/ossicle.toml in the user's config folder. Nothing is taken from the working directory unless it is named. Relative paths in the file begin at its folder. -v and errors name the file.
HTTPS trusts the authorities that Mozilla and the operating system trust; SSL_CERT_FILE names others.
HTTPS_PROXY, HTTP_PROXY and ALL_PROXY name a proxy, http://[USER:PASSWORD@]HOST:PORT, and NO_PROXY the hosts, with all below
them, and networks that it is not for. An https:// endpoint is reached in a tunnel, with TLS from end to end. This machine and
the metadata service are never reached through a proxy.

A config file:
  bucket = \"my-certificates\"
  region = \"cn-hangzhou\"
  endpoint = \"internal\"          # or public, dual-stack, accelerate, or a host; one that is bound
                                 # to the bucket with addressing = \"custom-domain\"
  root = \"production\"            # keys are kept below this prefix
  acl = \"private\"                # or default: the bucket's own
  [credentials]                  # then: chmod 600
  access-key-id = \"...\"
  access-key-secret = \"...\"
  [encryption]
  key-set-file = \"keys.json\"     # made by `ossicle keyset create`; beside the config file
  [timeouts]
  operation = \"30s\"
  [locks]
  lease = \"30s\"                  # how long a holder that died blocks a lock";

/// A config, and where each of its values came from.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The config.
    pub config: Config,
    /// Who asks.
    pub credentials: Chosen,
    given: Given,
}

impl Settings {
    /// Gathers them from everywhere.
    pub fn gather(flags: &Flags) -> Result<Self, Problem> {
        let settings = Self::gather_with(flags, Given::default())?;
        settings.check()?;
        Ok(settings)
    }

    /// Gathers them from everywhere, further flags among that.
    fn gather_with(flags: &Flags, more: Given) -> Result<Self, Problem> {
        let [usual, fallback] = environment::read(|name| std::env::var(name))?;
        let mut sources = vec![more, flags.given(), usual, fallback];
        let found = location::read(flags.config.as_deref())?;
        if let Some(found) = &found {
            let given = file::read(&found.path, &found.text)?;
            if given.get(Field::AccessKeySecret).or(given.get(Field::SecurityToken)).is_some() {
                location::warn_if_open(&found.path);
            }
            sources.push(given);
        }
        let given = Given::merge(&sources);
        // An encrypted key set is no secret; what it is encrypted with is.
        if let Some(file) = given.get(Field::KeyEncryptionFile).or(given.get(Field::KeySetFile)) {
            location::warn_if_open(Path::new(&file.text));
        }
        let gathered = gather(&given);
        let (config, credentials) = gathered.map_err(|problem| match found {
            None if problem.origin().is_none() => {
                let problem = match location::usual() {
                    Some(path) => problem.hint(format!("no config file was found: there is no {}", path.display())),
                    None => problem,
                };
                if Path::new(location::NAME).exists() {
                    problem.hint(format!(
                        "the working directory's {0} is read if it is named: --config {0}",
                        location::NAME
                    ))
                } else {
                    problem
                }
            }
            _ => problem,
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
    fn located(&self, field: &str, problem: Problem) -> Problem {
        let origin = Field::of_problem(field).and_then(|field| self.origin(field)).cloned();
        match origin {
            Some(origin) => problem.given_by(origin),
            None => problem,
        }
    }
}

/// What is there is looked for only when the rest is complete.
fn gather(given: &Given) -> Result<(Config, Chosen), Problem> {
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
    let around = Surroundings {
        variable: &|name| std::env::var(name).ok().filter(|text| !text.is_empty()),
        home: std::env::home_dir().filter(|home| home.is_absolute()),
        has_metadata: &credentials::is_there,
        has_role: &credentials::has_role,
    };
    let chosen = credentials::choose(given, &around)?;
    let config = Config::new(bucket, region, chosen.source());
    Ok((complete(config, given)?, chosen))
}

fn complete(mut config: Config, given: &Given) -> Result<Config, Problem> {
    let text = |field| given.get(field).map(|value| value.text.as_str());

    // What an endpoint may be, the library says; text of any kind is a host to it.
    // A slash at its end is how many write a URL, and leads nowhere else.
    let endpoint = text(Field::Endpoint).map(|text| text.strip_suffix('/').unwrap_or(text));
    if let Some(Ok(endpoint)) = endpoint.map(str::parse::<Endpoint>) {
        config.endpoint = endpoint;
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

/// A word by the library's own reading.
fn word<'de, T: Deserialize<'de>>(field: Field, value: &'de Value) -> Result<T, Problem> {
    let read = T::deserialize(IntoDeserializer::<ValueError>::into_deserializer(value.text.as_str()));
    read.map_err(|error| Problem::of(field, error.to_string()).given_by(value.origin.clone()))
}

/// Spans of time by the library's own reading, one by one so that each knows its origin.
fn timeouts(given: &Given) -> Result<Timeouts, Problem> {
    let mut timeouts = Timeouts::new();
    for (field, put) in [
        (Field::Connect, (|all, one| all.connect = one.connect) as fn(&mut Timeouts, Timeouts)),
        (Field::FirstByte, |all, one| all.first_byte = one.first_byte),
        (Field::BetweenBytes, |all, one| all.between_bytes = one.between_bytes),
        (Field::Operation, |all, one| all.operation = one.operation),
    ] {
        let Some(value) = given.get(field) else { continue };
        let name = field.name().trim_start_matches("timeouts.");
        let entries = std::iter::once((name, value.text.as_str()));
        let read = Timeouts::deserialize(MapDeserializer::<_, ValueError>::new(entries));
        put(&mut timeouts, read.map_err(|error| Problem::of(field, error.to_string()).given_by(value.origin.clone()))?);
    }
    Ok(timeouts)
}
