//! By what a tenant is opened for blobs.

use super::blobs::BlobOptions;
use super::bucket::Config;
use super::parameters::Parameters;
use crate::error::ConfigProblem;

/// By what a tenant is opened for blobs: a [`Config`], one with [`BlobOptions`], or a registry's [`Parameters`].
#[derive(Debug, Clone)]
pub struct BlobSource(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Config(Box<Config>, BlobOptions),
    Parameters(Parameters),
}

impl BlobSource {
    pub(crate) fn purpose(self) -> Result<(Config, Purpose), ConfigProblem> {
        Ok(match self.0 {
            Kind::Config(config, options) => {
                config.refuse_encryption()?;
                (*config, Purpose::Blobs(options))
            }
            Kind::Parameters(parameters) => (parameters.config()?, Purpose::Parameters(parameters)),
        })
    }
}

impl From<Config> for BlobSource {
    fn from(config: Config) -> Self {
        (config, BlobOptions::default()).into()
    }
}

impl From<(Config, BlobOptions)> for BlobSource {
    fn from((config, options): (Config, BlobOptions)) -> Self {
        Self(Kind::Config(Box::new(config), options))
    }
}

impl From<Parameters> for BlobSource {
    fn from(parameters: Parameters) -> Self {
        Self(Kind::Parameters(parameters))
    }
}

/// What a tenant's instances open.
pub(crate) enum Purpose {
    Certificates,
    Blobs(BlobOptions),
    Parameters(Parameters),
}
