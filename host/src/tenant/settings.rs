//! The settings that a tenant of a set is opened with, and the errors of those that can't work.

use crate::config::Config;
use crate::error::Error;
use crate::limits::Limits;
use serde::Deserialize;

/// What a tenant is opened by. In a file: the fields of [`Config`] in the table `config`, those of [`Limits`] in the table
/// `limits`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct TenantSettings {
    /// Its bucket, and how to reach it.
    pub config: Config,
    /// What it may take.
    #[serde(default)]
    pub limits: Limits,
}

impl TenantSettings {
    /// A tenant with the default limits.
    pub fn new(config: Config) -> Self {
        Self { config, limits: Limits::default() }
    }

    /// What it may take.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// Why a set of tenants was refused: one of them can't be opened. Everything stays as it is.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the tenant {name:?}: {error}")]
#[non_exhaustive]
pub struct RefusedTenant {
    /// The tenant's name.
    pub name: String,
    /// Why it can't be opened.
    #[source]
    pub error: Error,
}
