//! What a driver is opened by.

use wasmtime::Store;
use wasmtime::component::ResourceAny;

use crate::p2::bindings::blob_driver::{BlobOptions, DriverError, Guest};
use crate::p2::bindings::types::Config;
use crate::p2::instance::Imports;

pub(super) enum Opening {
    Config(Box<(Config, BlobOptions)>),
    Parameters(Vec<(String, String)>),
}

impl Opening {
    pub(super) async fn open(&self, store: &mut Store<Imports>, guest: &Guest) -> Result<ResourceAny, DriverError> {
        let opened = match self {
            Self::Config(given) => guest.driver().call_open(store, &given.0, &given.1).await,
            Self::Parameters(parameters) => guest.driver().call_from_parameters(store, parameters).await,
        };
        opened.expect("no trap")
    }
}
