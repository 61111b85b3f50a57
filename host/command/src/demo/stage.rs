//! What the demo plays on: an emulator with a bucket, and the components with tenants.

use crate::component::Component;
use crate::error::CommandError;
use crate::session::engine::{self, Started};
use ossicle::{BlobOptions, Config, Credentials, Endpoint, Limits, SignatureVersion, Tenant};
use ossicle_emulator::{BucketSpec, Emulator};
use std::collections::BTreeSet;

/// The bucket's name.
pub const BUCKET: &str = "demo-certificates";
/// Its region.
pub const REGION: &str = "cn-hangzhou";
/// The access key's id.
pub const KEY_ID: &str = "demo-key";
/// Its secret, which opens nothing but this emulator.
pub const SECRET: &str = "demo-secret";

/// The size of the parts in which blobs go up.
pub const PART: usize = 4 << 20;

/// An emulator with a bucket, and the components with tenants.
pub struct Stage {
    /// The emulator.
    pub emulator: Emulator,
    /// The components, compiled.
    pub started: Started,
    /// What it imports.
    pub imports: BTreeSet<String>,
    /// The tenant whose bucket it is, with certificates and the blobs of a registry.
    pub tenant: Tenant,
    signature: SignatureVersion,
}

/// Starts an emulator on a free port.
pub async fn emulator() -> Result<Emulator, CommandError> {
    let builder = Emulator::builder().bucket(BucketSpec::new(BUCKET).region(REGION)).access_key(KEY_ID, SECRET);
    builder.start().await.map_err(|error| CommandError::Demo(error.to_string()))
}

impl Stage {
    /// Starts the components beside an emulator.
    pub async fn set(emulator: Emulator, signature: SignatureVersion) -> Result<Self, CommandError> {
        let started = engine::start(&Component::STORAGES).await?;
        let mut imports = BTreeSet::new();
        for component in Component::STORAGES {
            imports.extend(component.imports()?);
        }
        let config = config(Endpoint::custom(emulator.endpoint()), SECRET, signature);
        let options = BlobOptions::new().part_size(PART as u64);
        let tenant = tenant(&started, "demo", config.blobs(options))?;
        Ok(Self { emulator, started, imports, tenant, signature })
    }

    /// A tenant with the wrong secret.
    pub fn impostor(&self) -> Result<Tenant, CommandError> {
        let endpoint = Endpoint::custom(self.emulator.endpoint());
        tenant(&self.started, "impostor", config(endpoint, "another-secret", self.signature))
    }

    /// A tenant whose requests go to another endpoint.
    pub fn astray(&self, endpoint: &str) -> Result<Tenant, CommandError> {
        tenant(&self.started, "astray", config(Endpoint::custom(endpoint), SECRET, self.signature))
    }
}

fn config(endpoint: Endpoint, secret: &str, signature: SignatureVersion) -> Config {
    Config::new(BUCKET, REGION, Credentials::new(KEY_ID, secret)).endpoint(endpoint).signature(signature)
}

fn tenant(started: &Started, name: &str, config: Config) -> Result<Tenant, CommandError> {
    started.engine.tenant(name, config, Limits::default()).map_err(|error| CommandError::Demo(error.to_string()))
}
