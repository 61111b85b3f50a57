//! The resources that an instance opens before its first call.

use crate::admission::PartSizes;
use crate::config::{Config, Parameters};
use crate::engine::{Exports, Interface, StoreData};
use crate::error::{Error, StorageError};
use crate::wit::{blob_driver, types};
use wasmtime::component::{Accessor, ResourceAny};

/// What the instances of a tenant open before their first call.
pub(crate) struct ResourceSpec {
    /// For a registry's parameters what these say as a config, which certificates and locks are opened by.
    pub(crate) config: Config,
    /// What blobs are opened by instead, where the tenant is opened by a registry's parameters.
    pub(crate) parameters: Option<Parameters>,
    /// What the instances are for that locks are opened in.
    pub(crate) locks: Interface,
}

/// What was opened.
pub(super) struct Opened {
    /// The certificate storage, or the driver of blobs.
    pub(super) storage: ResourceAny,
    /// The locks, in an instance where they are. A registry's parameters may say more than a config can, which is no failure
    /// until a lock is wanted.
    pub(super) locks: Option<Result<ResourceAny, types::Error>>,
}

impl ResourceSpec {
    /// How large the parts of uploads are in an instance for this interface.
    pub(crate) fn part_sizes(&self, interface: Interface) -> PartSizes {
        match (interface, &self.parameters) {
            // There are no uploads.
            (Interface::CertStorage, _) => PartSizes::new(Some(1 << 20), None),
            (Interface::BlobDriver, None) => {
                PartSizes::new(self.config.blobs.part_size, self.config.blobs.parts_in_flight)
            }
            (Interface::BlobDriver, Some(parameters)) => PartSizes::new(parameters.chunk_size(), None),
        }
    }

    /// Opens what an instance for this interface has. The component may refuse.
    pub(super) async fn open(
        &self,
        interface: Interface,
        accessor: &Accessor<StoreData>,
        exports: &Exports,
    ) -> wasmtime::Result<Result<Opened, Error>> {
        let config = &self.config;
        let wit = match config.to_wit() {
            Ok(wit) => wit,
            Err(problem) => return Ok(Err(Error::Config(problem))),
        };
        let locks = match interface == self.locks {
            true => Some(exports.locks().call_open(accessor, wit.clone(), config.locks.to_wit()).await?),
            false => None,
        };
        let storage = match (interface, &self.parameters) {
            (Interface::CertStorage, _) => {
                let options = match config.cert_options_to_wit() {
                    Ok(options) => options,
                    Err(problem) => return Ok(Err(Error::Config(problem))),
                };
                let locks = match locks.clone().transpose() {
                    Ok(locks) => locks,
                    Err(error) => return Ok(Err(explained(config, error))),
                };
                let opened = exports.certificates()?.call_open(accessor, wit, options, locks).await?;
                opened.map_err(|error| explained(config, error))
            }
            (Interface::BlobDriver, None) => {
                let driver = exports.blobs()?.driver();
                let options = config.blobs.to_wit();
                refused(driver.call_open(accessor, wit, options).await?, |error| config.with_files(error))
            }
            // A registry's parameters are looked at by the component, which also looks whether the bucket can be reached.
            (Interface::BlobDriver, Some(parameters)) => {
                let driver = exports.blobs()?.driver();
                refused(driver.call_from_parameters(accessor, parameters.exposed()).await?, |error| error)
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
        None => Error::component("it does not say why it does not open"),
    })
}
