//! A file that is being written, one call at a time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::lock::{Mutex, MutexGuard};
use wit_bindgen::StreamReader;

use super::streams::content;
use crate::blob;
use crate::error::{Error, ErrorKind};
use crate::wasi::Wasi;
use crate::wasi::bindings::exports::ossicle::storage::blob_driver::{
    DriverError, GuestFileWriter, PublishOptions, StoredContent, Written,
};

/// A writer that refuses a call while another one is in flight.
pub(in crate::wasi) struct Writer {
    path: String,
    writer: Mutex<blob::Writer<Wasi>>,
    size: Rc<Cell<u64>>,
    upload_id: Rc<RefCell<Option<Rc<str>>>>,
    stored: Rc<blob::Stored>,
}

impl Writer {
    pub(in crate::wasi) fn new(path: String, writer: blob::Writer<Wasi>) -> Self {
        let (size, upload_id, stored) = (writer.watched_size(), writer.watched_id(), writer.stored());
        Self { path, size, upload_id, stored, writer: Mutex::new(writer) }
    }

    fn lock(&self) -> Result<MutexGuard<'_, blob::Writer<Wasi>>, blob::DriverError> {
        self.writer.try_lock().ok_or_else(|| {
            let message = "another call of the writer's is in flight";
            Error::new(ErrorKind::Conflict, &self.path, message).into()
        })
    }
}

impl GuestFileWriter for Writer {
    async fn write(&self, stream: StreamReader<u8>) -> Result<u64, DriverError> {
        Ok(self.lock()?.write(&mut content(stream)).await?)
    }

    fn size(&self) -> u64 {
        self.size.get()
    }

    fn upload_id(&self) -> Option<String> {
        self.upload_id.borrow().as_deref().map(str::to_owned)
    }

    fn stored(&self) -> StoredContent {
        (*self.stored).clone().into()
    }

    async fn close(&self) -> Result<(), DriverError> {
        Ok(self.lock()?.close().await?)
    }

    async fn cancel(&self) -> Result<(), DriverError> {
        Ok(self.lock()?.cancel().await?)
    }

    async fn commit(&self, options: PublishOptions) -> Result<Written, DriverError> {
        Ok(self.lock()?.commit(options.into()).await?.into())
    }
}
