//! Hands credentials and tokens to running instances: those that the host was given, those that one instance fetched for all,
//! and tokens whose file has changed.
//!
//! Before a call begins, the instance is given what it has not seen yet. So a call that was made after credentials were
//! supplied has them, and no timer runs. After a call that sent a request to a service that gives credentials, the instance is
//! asked what it has now, for the others: one fetches for all. Where calls in two instances have nothing yet and come at the
//! same moment, each fetches, and so does each where OSS refuses credentials before their end.

use super::guest::Guest;
use crate::config::{CredentialSource, OidcRole, TemporaryCredentials};
use crate::error::StorageError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// What a tenant's instances are to have.
#[derive(Debug)]
pub(crate) struct CredentialUpdates {
    token: Option<OidcRole>,
    /// Whether the component fetches what requests are signed with, and its instances share it.
    is_fetched: bool,
    /// What the host looks after.
    given: Latest,
    /// What an instance fetched last.
    fetched: Latest,
}

/// Credentials, and how often there were others.
type Latest = Mutex<(u64, Option<Arc<TemporaryCredentials>>)>;

/// What one instance has been given.
#[derive(Debug, Default)]
pub(super) struct GivenVersions {
    given: u64,
    fetched: u64,
    file: Option<FileVersion>,
}

/// Whether a file is still the one that was read.
#[derive(Debug, PartialEq, Eq)]
struct FileVersion {
    modified: Option<SystemTime>,
    length: u64,
}

impl CredentialUpdates {
    pub(crate) fn new(source: &CredentialSource) -> Self {
        let token = match source.innermost() {
            CredentialSource::OidcRole(role) if role.token.path().is_some() => Some(role.clone()),
            _ => None,
        };
        let is_fetched = !matches!(source, CredentialSource::Fixed(_) | CredentialSource::Host);
        Self { token, is_fetched, given: Mutex::default(), fetched: Mutex::default() }
    }

    pub(crate) fn give(&self, credentials: TemporaryCredentials) {
        replace(&self.given, credentials);
    }

    /// What an instance knows that is about to read its config.
    pub(super) fn begin(&self) -> GivenVersions {
        GivenVersions { file: self.file_version(), ..GivenVersions::default() }
    }

    /// Gives an instance what it has not seen. Fails when the instance does.
    pub(super) async fn bring(&self, guest: Guest<'_>, seen: &mut GivenVersions) -> wasmtime::Result<()> {
        if let Some(given) = unseen(&self.given, &mut seen.given) {
            let taken = guest.supply_credentials(given.to_wit()).await?;
            log_supply(taken.map_err(StorageError::from), "credentials");
        }
        if self.is_fetched
            && let Some(fetched) = unseen(&self.fetched, &mut seen.fetched)
        {
            let taken = guest.adopt_credentials(fetched.to_wit()).await?;
            log_supply(taken.map_err(StorageError::from), "credentials of another instance");
        }
        let Some(role) = &self.token else { return Ok(()) };
        let file_version = self.file_version();
        if file_version.is_none() || file_version == seen.file {
            return Ok(());
        }
        match role.token() {
            Ok(token) => {
                let taken = guest.supply_oidc_token(token).await?;
                log_supply(taken.map_err(StorageError::from), "token");
            }
            Err(problem) => tracing::warn!(%problem, "the token's file can't be read; the last token stays"),
        }
        seen.file = file_version;
        Ok(())
    }

    /// Keeps what an instance has fetched, for the others and for whatever else it has opened itself. Fails when the instance
    /// does.
    pub(super) async fn collect(&self, guest: Guest<'_>) -> wasmtime::Result<()> {
        if !self.is_fetched {
            return Ok(());
        }
        for fetched in guest.current_credentials().await? {
            let fetched = TemporaryCredentials::from_wit(fetched);
            let present = self.fetched.lock().unwrap_or_else(PoisonError::into_inner).1.clone();
            // Of two the one that holds for longer, whichever call comes to its end first.
            let is_newer = present.is_none_or(|present| {
                present.credentials.access_key_id != fetched.credentials.access_key_id
                    && fetched.expires.is_none_or(|end| present.expires.is_some_and(|other| end >= other))
            });
            if is_newer {
                replace(&self.fetched, fetched);
            }
        }
        Ok(())
    }

    fn file_version(&self) -> Option<FileVersion> {
        let found = std::fs::metadata(self.token.as_ref()?.token.path()?).ok()?;
        Some(FileVersion { modified: found.modified().ok(), length: found.len() })
    }
}

fn replace(latest: &Latest, credentials: TemporaryCredentials) {
    let mut latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
    *latest = (latest.0 + 1, Some(Arc::new(credentials)));
}

/// Credentials that were not seen yet, which they now are.
fn unseen(latest: &Latest, seen: &mut u64) -> Option<Arc<TemporaryCredentials>> {
    let latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
    let version = std::mem::replace(seen, latest.0);
    latest.1.clone().filter(|_| version != latest.0)
}

fn log_supply(taken: Result<(), StorageError>, what: &str) {
    match taken {
        Ok(()) => tracing::debug!(what, "supplied"),
        Err(error) => tracing::warn!(%error, what, "not taken"),
    }
}
