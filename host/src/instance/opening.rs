//! What an instance opens before its first call.

use crate::admission::PartSizes;
use crate::config::{Config, Purpose};
use crate::engine::{Exports, Interface, StoreData};
use crate::error::{Error, StorageError};
use crate::wit::{blob_driver, types};
use wasmtime::component::{Accessor, ResourceAny};

/// What an instance opens before its first call, beside the locks of its config.
pub(crate) struct Opening {
    /// For a registry's parameters what these say as a config, which the locks are opened by.
    pub(crate) config: Config,
    pub(crate) purpose: Purpose,
}

/// What was opened.
pub(super) struct Opened {
    /// The certificate storage, or the driver of blobs.
    pub(super) storage: ResourceAny,
    /// The locks. A registry's parameters may say more than a config can, which is no failure until a lock is wanted.
    pub(super) locks: Result<ResourceAny, types::Error>,
}

impl Opening {
    /// What a component has to export for it.
    pub(crate) fn interface(&self) -> Interface {
        match self.purpose {
            Purpose::Certificates => Interface::CertStorage,
            Purpose::Blobs(_) | Purpose::Parameters(_) => Interface::BlobDriver,
        }
    }

    /// How large the parts of its uploads are.
    pub(crate) fn part_sizes(&self) -> PartSizes {
        match &self.purpose {
            // There are no uploads.
            Purpose::Certificates => PartSizes::new(Some(1 << 20), None),
            Purpose::Blobs(options) => PartSizes::new(options.part_size, options.parts_in_flight),
            Purpose::Parameters(parameters) => PartSizes::new(parameters.chunk_size(), None),
        }
    }

    /// Opens it. The component may refuse.
    pub(super) async fn open(
        &self,
        accessor: &Accessor<StoreData>,
        exports: &Exports,
    ) -> wasmtime::Result<Result<Opened, Error>> {
        let config = &self.config;
        let (wit, encryption) = match config.to_wit().and_then(|wit| Ok((wit, config.encryption_to_wit()?))) {
            Ok(read) => read,
            Err(problem) => return Ok(Err(Error::Config(problem))),
        };
        let locks = exports.locks().call_open(accessor, wit.clone(), config.locks.to_wit()).await?;
        let storage = match &self.purpose {
            // A registry's parameters are looked at by the component, which also looks whether the bucket can be reached.
            Purpose::Parameters(given) => {
                let driver = exports.blobs()?.driver();
                refused(driver.call_from_parameters(accessor, given.exposed()).await?, |error| error)
            }
            Purpose::Certificates => {
                let locks = match &locks {
                    Ok(locks) => *locks,
                    Err(error) => return Ok(Err(explained(config, error.clone()))),
                };
                let storage = exports.certificates()?;
                let opened = storage.call_open(accessor, wit, encryption, Some(locks)).await?;
                opened.map_err(|error| explained(config, error))
            }
            Purpose::Blobs(options) => {
                if let Err(error) = &locks {
                    return Ok(Err(explained(config, error.clone())));
                }
                let driver = exports.blobs()?.driver();
                refused(driver.call_open(accessor, wit, options.to_wit()).await?, |error| config.with_files(error))
            }
        };
        Ok(storage.map(|storage| Opened { storage, locks }))
    }
}

fn explained(config: &Config, error: types::Error) -> Error {
    config.with_files(StorageError::from(error)).into_error()
}

/// Whoever calls knows path and offset; there are none yet.
fn refused(
    opened: Result<ResourceAny, blob_driver::DriverError>,
    explain: impl FnOnce(StorageError) -> StorageError,
) -> Result<ResourceAny, Error> {
    opened.map_err(|error| match error.causes.into_iter().next() {
        Some(cause) => explain(StorageError::from(cause.error)).into_error(),
        None => Error::Component("it does not say why it does not open".to_owned()),
    })
}
