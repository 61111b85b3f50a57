//! Reads a file whose content the caller verifies, one call at a time.

use std::cell::Cell;

use futures_util::lock::Mutex;
use wit_bindgen::StreamReader;

use super::transport::{IncomingBody, Transmission};
use crate::blob;
use crate::error::{Error, ErrorKind};
use crate::wasi::Wasi;
use crate::wasi::bindings::exports::ossicle::storage::blob_driver::{DriverError, GuestUncheckedRead};

/// A read that refuses a call while another one is in flight.
pub(in crate::wasi) struct Unchecked {
    path: String,
    read: Mutex<blob::UncheckedRead<Wasi>>,
    /// The resources of the body that is being read.
    transmission: Cell<Option<Transmission>>,
}

impl Unchecked {
    pub(in crate::wasi) fn new(
        path: String,
        read: blob::UncheckedRead<Wasi>,
        transmission: Option<Transmission>,
    ) -> Self {
        Self { path, read: Mutex::new(read), transmission: Cell::new(transmission) }
    }
}

impl GuestUncheckedRead for Unchecked {
    async fn next(
        &self,
        received: u64,
        crc64: Option<u64>,
        why: Option<String>,
    ) -> Result<Option<StreamReader<u8>>, DriverError> {
        let Some(mut read) = self.read.try_lock() else {
            let error = Error::new(ErrorKind::Conflict, &self.path, "another call of the read's is in flight");
            return Err(blob::DriverError::from(error).into());
        };
        let rest = read.next(received, crc64, why.as_deref()).await?;
        Ok(rest.map(|body| {
            let (stream, transmission) = IncomingBody::handed_on(Some(body));
            self.transmission.set(transmission);
            stream
        }))
    }
}
