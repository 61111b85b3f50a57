//! A config, and the storage that is opened from it.

use super::hints::Around;
use super::{certificate_hints, engine};
use crate::component::Component;
use crate::error::{Action, CommandError};
use crate::settings::{CertificateFlags, Flags, Settings};
use crate::terminal::foreign;
use ossicle::{Certificates, ClearValues, Error, Limits, LockError, Tenant};
use std::time::Duration;

/// A person can interrupt a call that takes too long; this one is for those nobody looks at.
const CALL_TIMEOUT: Duration = Duration::from_secs(3600);
/// Room for a listing of some million keys.
const MEMORY: usize = 1 << 30;

/// A config that is complete.
pub struct Session {
    settings: Settings,
}

/// A storage to call.
pub struct Storage {
    /// The storage.
    pub certificates: Certificates,
    tenant: Tenant,
    settings: Settings,
}

impl Session {
    /// Reads the config. What is wrong with it shows before anything else is done or read.
    pub fn gather(flags: &Flags, storing: &CertificateFlags) -> Result<Self, CommandError> {
        Ok(Self { settings: Settings::gather_for_certificates(flags, storing)? })
    }

    /// Whether values are encrypted.
    pub fn encrypts(&self) -> bool {
        self.settings.config.encryption.is_some()
    }

    /// Starts the component.
    pub async fn open(self) -> Result<Storage, CommandError> {
        let engine = engine::start(&[Component::Certificates]).await?.engine;
        let mut limits = Limits::default().call_timeout(CALL_TIMEOUT).memory(MEMORY);
        limits.hostcall_bytes = MEMORY;
        let tenant = match engine.tenant("command", self.settings.config.clone(), limits) {
            Ok(tenant) => tenant,
            Err(Error::Config(problem)) => return Err(self.settings.explain(problem).into()),
            Err(error) => return Err(CommandError::Engine(error)),
        };
        let supplied = tenant.clone();
        self.settings.credentials.supply(move |given| supplied.supply_credentials(given)).await?;
        tracing::debug!(config = %self.settings.config, "storage");
        Ok(Storage { certificates: tenant.certificates(), tenant, settings: self.settings })
    }
}

impl Storage {
    /// Whether values are encrypted, so that it is told how one is kept.
    pub fn encrypts(&self) -> bool {
        self.settings.config.encryption.is_some()
    }

    /// Whether a value in clear may be there, and is told as such.
    pub fn may_be_clear(&self) -> bool {
        let encryption = self.settings.config.encryption.as_ref();
        encryption.is_some_and(|encryption| encryption.clear_values != ClearValues::Refused)
    }

    /// An error of a call, with what was to be done and what may help.
    pub fn call_error(&self, action: Action, key: &str, error: Error) -> CommandError {
        match error {
            Error::Config(problem) => self.settings.explain(problem).into(),
            error => {
                let settings = &self.settings;
                let problems = self.tenant.connection_problems();
                let around = Around { settings: Some(settings), config: &settings.config, problems };
                let (cause, hints) = (around.cause(&error), certificate_hints::of(&around, action, key, &error));
                CommandError::Call { action, key: key.to_owned(), error: Box::new(error), cause, hints }
            }
        }
    }

    /// An error of a lock as the command tells it.
    pub fn lock_error(&self, action: Action, name: &str, error: LockError) -> CommandError {
        let name = || name.to_owned();
        match error {
            LockError::Held { holder, .. } => {
                let hint = match action {
                    Action::Break => "with --force it is broken: only when its holder is known to be dead",
                    _ => "without --wait it is waited for; `ossicle lock status` tells who holds it",
                };
                CommandError::Held { name: name(), holder, hint }
            }
            LockError::Lost { reason, .. } => CommandError::Lost { name: name(), reason },
            LockError::Failed(error) => self.call_error(action, &name(), error),
            other => CommandError::Lost { name: name(), reason: foreign::shown(&other.to_string()).into_owned() },
        }
    }
}
