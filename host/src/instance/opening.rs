//! What an instance opens before its first call.

use super::State;
use crate::bindings::{Ossicle, blob_driver, types};
use crate::error::{Error, StorageError};
use wasmtime::component::{Accessor, ResourceAny};

/// What an instance opens before its first call.
pub(crate) enum Opening {
    /// A certificate storage.
    Certificates(types::Config),
    /// A driver of blobs.
    Blobs(types::Config, blob_driver::BlobOptions),
    /// A driver of blobs by a registry's parameters, which looks whether the bucket can be reached.
    Parameters(Vec<(String, String)>),
}

impl Opening {
    /// Opens it. The component may refuse.
    pub(super) async fn open(
        self,
        accessor: &Accessor<State>,
        exports: &Ossicle,
    ) -> wasmtime::Result<Result<ResourceAny, Error>> {
        let driver = exports.ossicle_storage_blob_driver();
        Ok(match self {
            Self::Certificates(config) => {
                let opened = exports.ossicle_storage_cert_storage().storage().call_open(accessor, config).await?;
                opened.map_err(|error| StorageError::from(error).into_error())
            }
            Self::Blobs(config, options) => refused(driver.driver().call_open(accessor, config, options).await?),
            Self::Parameters(given) => refused(driver.driver().call_from_parameters(accessor, given).await?),
        })
    }
}

/// Whoever calls knows path and offset; there are none yet.
fn refused(opened: Result<ResourceAny, blob_driver::DriverError>) -> Result<ResourceAny, Error> {
    opened.map_err(|error| match error.causes.into_iter().next() {
        Some(cause) => StorageError::from(cause.error).into_error(),
        None => Error::Component("it does not say why it does not open".to_owned()),
    })
}
