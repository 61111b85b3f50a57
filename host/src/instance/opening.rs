//! What an instance opens before its first call.

use crate::admission::PartSizes;
use crate::config::{Config, Purpose};
use crate::engine::{Exports, Interface, StoreData};
use crate::error::{Error, StorageError};
use crate::wit::blob_driver;
use wasmtime::component::{Accessor, ResourceAny};

/// What an instance opens before its first call.
pub(crate) struct Opening {
    pub(crate) config: Config,
    pub(crate) purpose: Purpose,
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
    ) -> wasmtime::Result<Result<ResourceAny, Error>> {
        let config = &self.config;
        Ok(match &self.purpose {
            // A registry's parameters are looked at by the component, which also looks whether the bucket can be reached.
            Purpose::Parameters(given) => {
                let driver = exports.blobs()?.driver();
                refused(driver.call_from_parameters(accessor, given.exposed()).await?, |error| error)
            }
            Purpose::Certificates => {
                let (wit, encryption) = match config.to_wit().and_then(|wit| Ok((wit, config.encryption_to_wit()?))) {
                    Ok(read) => read,
                    Err(problem) => return Ok(Err(Error::Config(problem))),
                };
                let (storage, locks) = (exports.certificates()?, config.locks.to_wit());
                let opened = storage.call_open(accessor, wit, encryption, Some(locks)).await?;
                opened.map_err(|error| config.with_files(StorageError::from(error)).into_error())
            }
            Purpose::Blobs(options) => {
                let wit = match config.to_wit() {
                    Ok(wit) => wit,
                    Err(problem) => return Ok(Err(Error::Config(problem))),
                };
                let driver = exports.blobs()?.driver();
                refused(driver.call_open(accessor, wit, options.to_wit()).await?, |error| config.with_files(error))
            }
        })
    }
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
