//! The blobs that a registry serves.

use super::arguments::Bucket;
use crate::session::engine;
use crate::settings::{
    BlobFlags, Flags, Problem, Registry as Replaced, RegistryOptions, RegistrySource, Settings, Taken,
};
use crate::trouble::Trouble;
use ossicle::{BlobOptions, BlobSource, Blobs, Config, Credentials, Endpoint, Error, Limits};
use ossicle_emulator::{BucketSpec, Builder, Emulator};
use ossicle_service::registry::gc::GcSettings;
use ossicle_service::registry::{self as core, Options};
use ossicle_service::{Driver, Environment, TenantPorts};
use std::time::Duration;

/// Parts of one upload that are sent at once. Two keep a connection busy; each more is another part that every upload holds
/// in memory.
const PARTS_IN_FLIGHT: u8 = 2;
/// The component's default, which is upstream's.
const PART_SIZE: u64 = 10 << 20;
/// The largest object that one request copies, the most that there is: a layer that came in pieces goes to its place by one
/// request, since OSS copies within a bucket without moving bytes.
const COPY_THRESHOLD: u64 = (1 << 30) - 1;
/// The least memory of an instance: seven uploads with the usual parts.
const MEMORY: u64 = 256 << 20;
/// The most that an instance of WebAssembly has.
const MOST_MEMORY: u64 = 4 << 30;
/// How long a client may bring nothing, or take nothing.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(60);

/// The name of the emulator's bucket.
const BUCKET: &str = "registry";

/// A registry's core over a bucket.
pub type Registry = core::Registry<TenantPorts>;

/// The blobs that a registry serves.
pub struct Opened {
    /// The blobs.
    pub blobs: Blobs,
    /// The size of a part of an upload.
    pub part_size: u64,
    /// Parts of one upload that are sent at once.
    pub parts_in_flight: u8,
    /// How many bytes uploads may hold.
    pub upload_bytes: u64,
    /// The emulator, where nothing names a bucket: it lives as long as this.
    pub emulator: Option<Emulator>,
    /// What the configuration of the registry that is replaced says besides.
    pub replaced: RegistryOptions,
}

/// Where the blobs are and how large the parts of uploads are.
struct Source {
    source: BlobSource,
    settings: Option<Settings>,
    part_size: u64,
    parts_in_flight: u8,
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
pub async fn open(bucket: &Bucket, lacking: Lacking) -> Result<Opened, Trouble> {
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
            let started = started.map_err(|error| Trouble::Emulator(error.into()))?;
            let source = of_emulator(&started);
            emulator = Some(started);
            source
        }
    };
    let Source { source, settings, part_size, parts_in_flight } = source;
    let largest = part_size.saturating_mul(u64::from(parts_in_flight) + 1);
    let memory = largest.saturating_mul(2).clamp(MEMORY, MOST_MEMORY);
    // An eighth is kept for short calls.
    let upload_bytes = memory - memory / 8;
    let engine = engine::start().await?.engine;
    let memory = usize::try_from(memory).unwrap_or(usize::MAX);
    let mut limits = Limits::default().memory(memory).caller_timeout(CLIENT_TIMEOUT);
    limits.hostcall_bytes = memory;
    let blobs = engine.blobs("registry", source, limits).map_err(|error| match (error, &settings) {
        (Error::Config(problem), Some(settings)) => settings.explain(problem).into(),
        (Error::Config(problem), None) => Problem::from(problem).into(),
        (error, _) => Trouble::Engine(error),
    })?;
    if let Some(settings) = &settings {
        let supplied = blobs.clone();
        settings.credentials.supply(move |given| supplied.supply_credentials(given)).await?;
    }
    tracing::debug!(config = %blobs.config(), "blobs");
    Ok(Opened { blobs, part_size, parts_in_flight, upload_bytes, emulator, replaced })
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
    pub fn registry(self, bucket: &Bucket, is_read_only: bool) -> Result<Registry, Trouble> {
        let environment = Environment::new().map_err(|error| Trouble::Random(error.to_string()))?;
        // It seals nothing: whoever goes on with an upload is a process that serves.
        let mut options = Options::new(Vec::new());
        options.part_size = usize::try_from(self.part_size).unwrap_or(usize::MAX);
        options.read_only = is_read_only;
        options.delete_enabled = true;
        options.gc = gc_settings(bucket)?;
        Ok(Registry::new(TenantPorts::new(Driver::new(self.blobs), environment), options))
    }
}

fn of_settings(flags: &Flags, storing: &BlobFlags) -> Result<Source, Problem> {
    let (settings, mut options) = Settings::gather_for_blobs(flags, storing)?;
    let part_size = options.part_size.unwrap_or(PART_SIZE);
    let parts_in_flight = *options.parts_in_flight.get_or_insert(PARTS_IN_FLIGHT);
    options.copy_threshold.get_or_insert(COPY_THRESHOLD);
    let source = (settings.config.clone(), options).into();
    Ok(Source { source, settings: Some(settings), part_size, parts_in_flight })
}

fn of_registry(registry: &Replaced) -> Result<Source, Problem> {
    let taken = registry.parameters()?;
    let Taken { parameters, part_size, parts_in_flight, .. } =
        taken.ok_or_else(|| Problem::new("no settings of a registry were asked for"))?;
    let parts_in_flight = u8::try_from(parts_in_flight).unwrap_or(u8::MAX);
    Ok(Source { source: parameters.into(), settings: None, part_size, parts_in_flight })
}

fn of_emulator(emulator: &Emulator) -> Source {
    let (id, secret) = Builder::DEFAULT_KEY;
    let config = Config::new(BUCKET, Builder::DEFAULT_REGION, Credentials::new(id, secret));
    let config = config.endpoint(Endpoint::custom(emulator.endpoint()));
    let options = BlobOptions::new().parts_in_flight(PARTS_IN_FLIGHT).copy_threshold(COPY_THRESHOLD);
    Source { source: (config, options).into(), settings: None, part_size: PART_SIZE, parts_in_flight: PARTS_IN_FLIGHT }
}
