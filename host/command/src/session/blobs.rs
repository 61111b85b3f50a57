//! A config, and the blobs that are opened from it.

use super::hints::Around;
use super::{blob_hints, engine};
use crate::component::Component;
use crate::error::{Action, CommandError};
use crate::settings::{BlobFlags, CheckedParameters, Flags, Origin, Problem, Registry, Settings};
use ossicle::{BlobError, BlobReason, Blobs, ConfigProblem, Error, Limits, TenantConfig};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long nothing at all may move. A person can interrupt before that.
const CALL_TIMEOUT: Duration = Duration::from_secs(600);
/// Parts of the largest size there is, several at once. What is not used is not taken.
const MEMORY: usize = 4 << 30;

/// Settings that are complete.
pub struct Session {
    config: TenantConfig,
    /// None of a registry's parameters.
    settings: Option<Settings>,
    /// Where a registry's parameters stand in a file.
    origins: BTreeMap<String, Origin>,
}

/// Blobs to call for.
pub struct Storage {
    /// The blobs.
    pub blobs: Blobs,
    settings: Option<Settings>,
    origins: BTreeMap<String, Origin>,
}

impl Session {
    /// Reads the settings. What is wrong with them shows before anything else is done or read.
    pub fn gather(flags: &Flags, storing: &BlobFlags, registry: &Registry) -> Result<Self, CommandError> {
        if let Some(CheckedParameters { parameters, origins, .. }) = registry.parameters()? {
            return Ok(Self { config: parameters.into(), settings: None, origins });
        }
        let settings = Settings::gather_for_blobs(flags, storing)?;
        let config = settings.config.clone().into();
        Ok(Self { config, settings: Some(settings), origins: BTreeMap::new() })
    }

    /// Starts the component.
    pub async fn open(self) -> Result<Storage, CommandError> {
        let engine = engine::start(&[Component::Blobs]).await?.engine;
        let mut limits = Limits::default().call_timeout(CALL_TIMEOUT).memory(MEMORY);
        limits.hostcall_bytes = MEMORY;
        match engine.tenant("command", self.config, limits) {
            Ok(tenant) => {
                tracing::debug!(config = %tenant.config(), "blobs");
                let blobs = tenant.blobs();
                if let Some(settings) = &self.settings {
                    let supplied = tenant;
                    settings.credentials.supply(move |given| supplied.supply_credentials(given)).await?;
                }
                Ok(Storage::new(blobs, self.settings, self.origins))
            }
            Err(Error::Config(problem)) => Err(explain(self.settings.as_ref(), &self.origins, problem).into()),
            Err(error) => Err(CommandError::Engine(error)),
        }
    }
}

impl Storage {
    /// Blobs that were opened elsewhere.
    pub fn new(blobs: Blobs, settings: Option<Settings>, origins: BTreeMap<String, Origin>) -> Self {
        Self { blobs, settings, origins }
    }

    /// An error of a call, with what was to be done and what may help.
    pub fn call_error(&self, action: Action, path: &str, error: BlobError) -> CommandError {
        let path = error.path.clone().unwrap_or_else(|| path.to_owned());
        let (settings, problems) = (self.settings.as_ref(), self.blobs.tenant().connection_problems());
        let around = Around { settings, config: self.blobs.tenant().config(), problems };
        let hints = blob_hints::of(&around, action, &path, &error);
        match error.reason {
            BlobReason::Failed(Error::Config(problem)) => {
                explain(self.settings.as_ref(), &self.origins, problem).into()
            }
            BlobReason::Failed(error) => {
                let cause = around.cause(&error);
                CommandError::Call { action, key: path, error: Box::new(error), cause, hints }
            }
            _ => CommandError::Blob { action, path, error: Box::new(error), hints },
        }
    }
}

fn explain(settings: Option<&Settings>, origins: &BTreeMap<String, Origin>, problem: ConfigProblem) -> Problem {
    match settings {
        Some(settings) => settings.explain(problem),
        None => match origins.get(&problem.field).cloned() {
            Some(origin) => Problem::from(problem).given_by(origin),
            None => problem.into(),
        },
    }
}
