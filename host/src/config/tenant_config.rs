//! By what a tenant is opened.

use super::bucket::Config;
use super::parameters::Parameters;
use crate::error::ConfigProblem;

/// By what a tenant is opened: a [`Config`], or a registry's [`Parameters`].
#[derive(Debug, Clone)]
pub struct TenantConfig(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Config(Box<Config>),
    Parameters(Parameters),
}

impl TenantConfig {
    /// The bucket, and the parameters where it is these that the component gets for blobs.
    pub(crate) fn into_parts(self) -> Result<(Config, Option<Parameters>), ConfigProblem> {
        Ok(match self.0 {
            Kind::Config(config) => (*config, None),
            Kind::Parameters(parameters) => (parameters.config()?, Some(parameters)),
        })
    }
}

impl From<Config> for TenantConfig {
    fn from(config: Config) -> Self {
        Self(Kind::Config(Box::new(config)))
    }
}

impl From<Parameters> for TenantConfig {
    fn from(parameters: Parameters) -> Self {
        Self(Kind::Parameters(parameters))
    }
}
