//! Writes a content into a file, piece by piece.

use std::cell::RefCell;

use super::content_call::ContentCall;
use super::piece;
use crate::blob;
use crate::error::{Error, ErrorKind};
use crate::wasi::Wasi;
use crate::wasi::bindings::exports::ossicle::storage::blob_driver::{DriverError, GuestContentWriter, Written};

type Outcome = Result<(u64, blob::Written), blob::DriverError>;

/// A call of `write_stream` until it has ended.
pub(in crate::wasi) struct ContentUpload {
    path: String,
    call: RefCell<Option<ContentCall<Outcome>>>,
}

impl ContentUpload {
    pub(in crate::wasi) fn begin(
        driver: blob::Driver<Wasi>,
        path: String,
        offset: i64,
        size_hint: Option<u64>,
        options: blob::WriteOptions,
    ) -> Self {
        let to = path.clone();
        let call = ContentCall::begin(|content, end| async move {
            driver.write_stream(&to, offset, content, end, size_hint, &options).await
        });
        Self { path, call: RefCell::new(Some(call)) }
    }

    fn take(&self) -> Result<ContentCall<Outcome>, blob::DriverError> {
        self.call.take().ok_or_else(|| self.ended())
    }

    fn ended(&self) -> blob::DriverError {
        Error::new(ErrorKind::Conflict, &self.path, "the content was finished or cancelled, or has failed").into()
    }
}

impl GuestContentWriter for ContentUpload {
    fn write(&self, content: Vec<u8>) -> Result<(), DriverError> {
        let piece = piece::given(&self.path, content)?;
        let mut call = self.take()?;
        match call.push(piece) {
            Ok(()) => {
                self.call.replace(Some(call));
                Ok(())
            }
            // The call accepts no more content only if it has failed.
            Err(Some(Err(error))) => Err(error.into()),
            Err(Some(Ok(_)) | None) => Err(self.ended().into()),
        }
    }

    fn finish(&self) -> Result<(u64, Written), DriverError> {
        let (count, written) = self.take()?.end(Ok(())).unwrap_or_else(|| Err(self.ended()))?;
        Ok((count, written.into()))
    }

    fn cancel(&self) -> Result<(), DriverError> {
        match self.take()?.end(Err("it was cancelled".to_owned())) {
            Some(Err(error)) if error.leftover.is_some() => Err(error.into()),
            _ => Ok(()),
        }
    }
}
