//! Files that are being written.

use super::error::{is_unsupported, storage_error};
use super::values::{publish_options, written};
use bytes::Bytes;
use futures_util::Stream;
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{
    Driver, FileWriter, WriterOptions, WriterStart as DriverStart,
};
use ossicle_face_storage::writing::{self, WriteError};
use ossicle_registry::ports::{ContentError, Guard, StorageError, StorageErrorKind, Writer, WriterStart, Written};
use std::fmt;

/// A file that is being written, by the driver's writer.
pub struct StoredWriter {
    path: String,
    writer: FileWriter,
}

impl StoredWriter {
    /// Begins it.
    pub async fn begin(driver: &Driver, path: &str, start: WriterStart<'_>) -> Result<Self, StorageError> {
        let mut options = WriterOptions { size_hint: None, content_type: None, at: None };
        let start = match start {
            WriterStart::New { size_hint } => {
                options.size_hint = size_hint;
                DriverStart::Anew
            }
            WriterStart::Resume { upload_id } => DriverStart::Upload(upload_id.to_owned()),
            WriterStart::Extend => DriverStart::File,
        };
        let writer = driver.writer(path.to_owned(), start, options).await.map_err(|error| {
            // The upload of a copy is none that a writer could go on with.
            let is_anothers = is_unsupported(&error);
            let error = storage_error(error);
            if is_anothers { StorageError { kind: StorageErrorKind::NotFound, ..error } } else { error }
        })?;
        Ok(Self { path: path.to_owned(), writer })
    }
}

impl fmt::Debug for StoredWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredWriter").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Writer for StoredWriter {
    fn size(&self) -> u64 {
        self.writer.size()
    }

    async fn write<C>(&mut self, content: C) -> Result<(), StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        writing::append(&self.writer, content).await.map_err(|error| match error {
            WriteError::Content(ContentError(why)) => {
                let message = format!("{}: the content broke off: {why}", self.path);
                StorageError::new(StorageErrorKind::BrokenContent, message)
            }
            WriteError::Driver(error) => storage_error(error),
        })
    }

    async fn close(&mut self) -> Result<(), StorageError> {
        self.writer.close().await.map_err(storage_error)
    }

    async fn cancel(&mut self) -> Result<(), StorageError> {
        self.writer.cancel().await.map_err(storage_error)
    }

    async fn commit(&mut self, guard: Guard) -> Result<Written, StorageError> {
        let file = self.writer.commit(publish_options(guard)).await.map_err(storage_error)?;
        written(&self.path, file)
    }
}
