//! What an instance opens before its first call.

use crate::config::Config;
use crate::engine::{Exports, StoreData};
use crate::error::{Error, StorageError};
use crate::wit::blob_driver;
use wasmtime::component::{Accessor, ResourceAny};

/// What an instance opens before its first call.
pub(crate) enum Opening {
    /// A certificate storage.
    Certificates(Config),
    /// A driver of blobs.
    Blobs(Config, blob_driver::BlobOptions),
    /// A driver of blobs by a registry's parameters, which looks whether the bucket can be reached.
    Parameters(Vec<(String, String)>),
}

impl Opening {
    /// Opens it. The component may refuse.
    pub(super) async fn open(
        self,
        accessor: &Accessor<StoreData>,
        exports: &Exports,
    ) -> wasmtime::Result<Result<ResourceAny, Error>> {
        Ok(match self {
            Self::Certificates(config) => {
                let (wit, encryption) = match config.to_wit().and_then(|wit| Ok((wit, config.encryption_to_wit()?))) {
                    Ok(read) => read,
                    Err(problem) => return Ok(Err(Error::Config(problem))),
                };
                let (storage, locks) = (exports.certificates()?, config.locks.to_wit());
                let opened = storage.call_open(accessor, wit, encryption, Some(locks)).await?;
                opened.map_err(|error| config.with_files(StorageError::from(error)).into_error())
            }
            Self::Blobs(config, options) => {
                let wit = match config.to_wit() {
                    Ok(wit) => wit,
                    Err(problem) => return Ok(Err(Error::Config(problem))),
                };
                let driver = exports.blobs()?.driver();
                refused(driver.call_open(accessor, wit, options).await?, |error| config.with_files(error))
            }
            Self::Parameters(given) => {
                let driver = exports.blobs()?.driver();
                refused(driver.call_from_parameters(accessor, given).await?, |error| error)
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
