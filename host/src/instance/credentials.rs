//! What the host hands to running instances: credentials that it looks after, and tokens whose file has changed.
//!
//! Before a call begins, the instance is given what it has not seen yet. So a call that was made after credentials were
//! supplied has them, and no timer runs.

use super::guest::Guest;
use crate::config::{CredentialSource, OidcRole, TemporaryCredentials};
use crate::error::StorageError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// What a tenant's instances are to have.
#[derive(Debug)]
pub(crate) struct Supplies {
    token: Option<OidcRole>,
    given: Mutex<(u64, Option<Arc<TemporaryCredentials>>)>,
}

/// What one instance has been given.
#[derive(Debug, Default)]
pub(super) struct GivenVersions {
    credentials: u64,
    file: Option<FileVersion>,
}

/// Whether a file is still the one that was read.
#[derive(Debug, PartialEq, Eq)]
struct FileVersion {
    modified: Option<SystemTime>,
    length: u64,
}

impl Supplies {
    pub(crate) fn new(source: &CredentialSource) -> Self {
        let token = match source.innermost() {
            CredentialSource::OidcRole(role) if role.token.path().is_some() => Some(role.clone()),
            _ => None,
        };
        Self { token, given: Mutex::default() }
    }

    pub(crate) fn give(&self, credentials: TemporaryCredentials) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        *given = (given.0 + 1, Some(Arc::new(credentials)));
    }

    /// What an instance knows that is about to read its config.
    pub(super) fn begin(&self) -> GivenVersions {
        GivenVersions { credentials: 0, file: self.file_version() }
    }

    /// Gives an instance what it has not seen. Fails when the instance does.
    pub(super) async fn bring(&self, guest: Guest<'_>, seen: &mut GivenVersions) -> wasmtime::Result<()> {
        let (version, credentials) = self.given.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(credentials) = credentials.filter(|_| version != seen.credentials) {
            seen.credentials = version;
            let given = credentials.to_wit();
            let taken = guest.supply_credentials(given).await?;
            tell(taken.map_err(StorageError::from), "credentials");
        }
        let Some(role) = &self.token else { return Ok(()) };
        let file_version = self.file_version();
        if file_version.is_none() || file_version == seen.file {
            return Ok(());
        }
        match role.token() {
            Ok(token) => {
                let taken = guest.supply_oidc_token(token).await?;
                tell(taken.map_err(StorageError::from), "token");
            }
            Err(problem) => tracing::warn!(%problem, "the token's file can't be read; the last token stays"),
        }
        seen.file = file_version;
        Ok(())
    }

    fn file_version(&self) -> Option<FileVersion> {
        let found = std::fs::metadata(self.token.as_ref()?.token.path()?).ok()?;
        Some(FileVersion { modified: found.modified().ok(), length: found.len() })
    }
}

fn tell(taken: Result<(), StorageError>, what: &str) {
    match taken {
        Ok(()) => tracing::debug!(what, "supplied"),
        Err(error) => tracing::warn!(%error, what, "not taken"),
    }
}
