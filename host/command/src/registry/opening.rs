//! The blobs that a registry serves.

use super::arguments::Bucket;
use crate::component::Component;
use crate::error::CommandError;
use crate::session::blobs::Storage;
use crate::session::engine;
use crate::settings::{
    BlobFlags, CheckedParameters, Flags, Origin, Problem, Registry as Replaced, RegistryOptions, RegistrySource,
    Settings,
};
use ossicle::{Config, Credentials, Endpoint, Error, TenantConfig};
use ossicle_emulator::{BucketSpec, Builder, Emulator};
use ossicle_service::auth::Authenticator;
use ossicle_service::registry::gc::GcSettings;
use ossicle_service::registry::{self as core, Options};
use ossicle_service::{Driver, Environment, Sizes, TenantPorts};
use std::collections::BTreeMap;

/// The name of the emulator's bucket.
const BUCKET: &str = "registry";

/// A registry's core over a bucket.
pub type Registry = core::Registry<TenantPorts>;

/// The blobs that a registry serves.
pub struct Opened {
    /// The blobs, and where the settings of their bucket came from.
    pub storage: Storage,
    /// How large the parts of uploads are.
    pub sizes: Sizes,
    /// How many bytes uploads may hold.
    pub upload_bytes: u64,
    /// The emulator, where nothing names a bucket: it lives as long as this.
    pub emulator: Option<Emulator>,
    /// What the configuration of the registry that is replaced says besides.
    pub replaced: RegistryOptions,
}

/// Where the blobs are and how large the parts of uploads are.
struct Source {
    config: TenantConfig,
    settings: Option<Settings>,
    /// Where a registry's parameters stand in a file.
    origins: BTreeMap<String, Origin>,
    sizes: Sizes,
}

/// What to do where nothing names a bucket.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// To take one of an emulator.
    Emulator,
    /// To say that it is missing.
    Refused,
}

/// Opens them.
pub async fn open(bucket: &Bucket, lacking: Lacking) -> Result<Opened, CommandError> {
    let Bucket { flags, storing, replaced: registry, .. } = bucket;
    let wanted = RegistrySource::of(flags, storing, registry)?;
    let mut replaced = RegistryOptions::default();
    let mut emulator = None;
    let source = match wanted {
        RegistrySource::Settings => of_settings(flags, storing)?,
        RegistrySource::Replaced(registry) => {
            replaced = RegistryOptions::read(&registry)?;
            of_registry(&registry)?
        }
        RegistrySource::Emulator if lacking == Lacking::Refused => of_settings(flags, storing)?,
        RegistrySource::Emulator => {
            let started = Emulator::builder().bucket(BucketSpec::new(BUCKET)).start().await;
            let started = started.map_err(|error| CommandError::Emulator(error.into()))?;
            let source = of_emulator(&started);
            emulator = Some(started);
            source
        }
    };
    let Source { config, settings, origins, sizes } = source;
    let limits = sizes.limits();
    let upload_bytes = Sizes::upload_bytes(&limits);
    let engine = engine::start(&[Component::Blobs]).await?.engine;
    let tenant = engine.tenant("registry", config, limits).map_err(|error| match (error, &settings) {
        (Error::Config(problem), Some(settings)) => settings.explain(problem).into(),
        (Error::Config(problem), None) => Problem::from(problem).into(),
        (error, _) => CommandError::Engine(error),
    })?;
    tracing::debug!(config = %tenant.config(), "blobs");
    let blobs = tenant.blobs();
    if let Some(settings) = &settings {
        let supplied = tenant;
        settings.credentials.supply(move |given| supplied.supply_credentials(given)).await?;
    }
    let storage = Storage::new(blobs, settings, origins);
    Ok(Opened { storage, sizes, upload_bytes, emulator, replaced })
}

/// What all processes of a registry must agree on for the collection of garbage.
pub fn gc_settings(bucket: &Bucket) -> Result<GcSettings, Problem> {
    bucket.grace.map_or_else(
        || Ok(GcSettings::default()),
        |grace| GcSettings::with_grace(grace.as_secs()).map_err(|error| Problem::new(format!("--grace: {error}"))),
    )
}

impl Opened {
    /// The registry, for work on it that is not serving.
    pub fn registry(self, bucket: &Bucket, is_read_only: bool) -> Result<Registry, CommandError> {
        let environment = Environment::new().map_err(|error| CommandError::Random(error.to_string()))?;
        // It seals nothing: whoever goes on with an upload is a process that serves.
        let mut options = Options::new(Vec::new());
        options.part_size = usize::try_from(self.sizes.part).unwrap_or(usize::MAX);
        options.read_only = is_read_only;
        options.gc = gc_settings(bucket)?;
        Ok(Registry::new(
            TenantPorts::new(Driver::new(self.storage.blobs), environment, Authenticator::open()),
            options,
        ))
    }
}

fn of_settings(flags: &Flags, storing: &BlobFlags) -> Result<Source, Problem> {
    let mut settings = Settings::gather_for_blobs(flags, storing)?;
    let sizes = Sizes::of(&mut settings.config.blobs);
    let config = settings.config.clone().into();
    Ok(Source { config, settings: Some(settings), origins: BTreeMap::new(), sizes })
}

fn of_registry(registry: &Replaced) -> Result<Source, Problem> {
    let taken = registry.parameters()?;
    let CheckedParameters { parameters, origins, part_size, parts_in_flight } =
        taken.ok_or_else(|| Problem::new("no settings of a registry were asked for"))?;
    let sizes = Sizes { part: part_size, in_flight: u8::try_from(parts_in_flight).unwrap_or(u8::MAX) };
    Ok(Source { config: parameters.into(), settings: None, origins, sizes })
}

fn of_emulator(emulator: &Emulator) -> Source {
    let (id, secret) = Builder::DEFAULT_KEY;
    let config = Config::new(BUCKET, Builder::DEFAULT_REGION, Credentials::new(id, secret));
    let mut config = config.endpoint(Endpoint::custom(emulator.endpoint()));
    let sizes = Sizes::of(&mut config.blobs);
    Source { config: config.into(), settings: None, origins: BTreeMap::new(), sizes }
}
