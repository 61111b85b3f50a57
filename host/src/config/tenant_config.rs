//! By what a tenant is opened.

use super::blobs::BlobOptions;
use super::bucket::Config;
use super::parameters::Parameters;
use crate::error::ConfigProblem;

/// By what a tenant is opened: a [`Config`], one with [`BlobOptions`], or a registry's [`Parameters`].
#[derive(Debug, Clone)]
pub struct TenantConfig(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Config(Box<Config>, BlobOptions),
    Parameters(Parameters),
}

/// How a tenant's blobs are kept.
pub(crate) enum BlobSettings {
    Options(BlobOptions),
    Parameters(Parameters),
}

impl TenantConfig {
    /// The bucket, and how blobs are kept in it.
    pub(crate) fn into_parts(self) -> Result<(Config, BlobSettings), ConfigProblem> {
        Ok(match self.0 {
            Kind::Config(config, options) => (*config, BlobSettings::Options(options)),
            Kind::Parameters(parameters) => (parameters.config()?, BlobSettings::Parameters(parameters)),
        })
    }
}

impl From<Config> for TenantConfig {
    fn from(config: Config) -> Self {
        (config, BlobOptions::default()).into()
    }
}

impl From<(Config, BlobOptions)> for TenantConfig {
    fn from((config, options): (Config, BlobOptions)) -> Self {
        Self(Kind::Config(Box::new(config), options))
    }
}

impl From<Parameters> for TenantConfig {
    fn from(parameters: Parameters) -> Self {
        Self(Kind::Parameters(parameters))
    }
}
