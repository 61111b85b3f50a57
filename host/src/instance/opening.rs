//! What an instance opens before its first call.

use super::State;
use crate::bindings::{Ossicle, blob_driver};
use crate::config::Config;
use crate::error::{Error, StorageError};
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
    /// Whether what it opens is a driver of blobs.
    pub(super) fn is_driver(&self) -> bool {
        !matches!(self, Self::Certificates(_))
    }

    /// Opens it. The component may refuse.
    pub(super) async fn open(
        self,
        accessor: &Accessor<State>,
        exports: &Ossicle,
    ) -> wasmtime::Result<Result<ResourceAny, Error>> {
        let driver = exports.ossicle_storage_blob_driver();
        Ok(match self {
            Self::Certificates(config) => {
                let wit = match config.to_wit() {
                    Ok(wit) => wit,
                    Err(problem) => return Ok(Err(Error::Config(problem))),
                };
                let storage = exports.ossicle_storage_cert_storage().storage();
                let opened = storage.call_open(accessor, wit, Some(config.locks.to_wit())).await?;
                opened.map_err(|error| config.with_files(StorageError::from(error)).into_error())
            }
            Self::Blobs(config, options) => {
                let wit = match config.to_wit() {
                    Ok(wit) => wit,
                    Err(problem) => return Ok(Err(Error::Config(problem))),
                };
                refused(driver.driver().call_open(accessor, wit, options).await?, |error| config.with_files(error))
            }
            Self::Parameters(given) => {
                refused(driver.driver().call_from_parameters(accessor, given).await?, |error| error)
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
