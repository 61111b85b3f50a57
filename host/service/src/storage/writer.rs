//! Files that are being written.

use std::io;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use ossicle::{Blobs, ErrorKind, PublishOptions, WriterOptions};
use ossicle_registry::ports::{ContentError, Guard, StorageError, StorageErrorKind, Writer, WriterStart, Written};

use super::error::storage_error;
use super::time::{oss_time, stated, window};

/// A file that is being written, by the library's writer.
#[derive(Debug)]
pub struct StoredWriter {
    writer: ossicle::Writer,
    /// As the component told last.
    size: u64,
}

/// Conditions as the driver has them.
pub(super) fn publish_options(guard: Guard) -> PublishOptions {
    let mut options = PublishOptions::new();
    options.create_only = guard.create_only;
    options.window = guard.window.map(window);
    options
}

/// What OSS answered to a write.
pub(super) fn written(path: &str, file: ossicle::WrittenFile) -> Result<Written, StorageError> {
    Ok(Written { size: file.size, date: oss_time(stated(file.date, path, "Date", true)?) })
}

impl StoredWriter {
    /// Begins it.
    pub(super) async fn begin(blobs: &Blobs, path: &str, start: WriterStart<'_>) -> Result<Self, StorageError> {
        let options = WriterOptions::new();
        let (start, options) = match start {
            WriterStart::New { size_hint } => (ossicle::WriterStart::Anew, options.size_hint(size_hint)),
            WriterStart::Resume { upload_id } => (ossicle::WriterStart::Upload(upload_id.to_owned()), options),
            WriterStart::Extend => (ossicle::WriterStart::File, options),
        };
        let writer = blobs.writer_with(path, start, options).await.map_err(|error| {
            // The upload of a copy is none that a writer could go on with.
            let is_anothers = error.kind() == Some(ErrorKind::Unsupported);
            let error = storage_error(error);
            if is_anothers { StorageError { kind: StorageErrorKind::NotFound, ..error } } else { error }
        })?;
        let size = writer.size().await.map_err(storage_error)?;
        Ok(Self { writer, size })
    }

    /// Finds out how much was taken, which a failed call does not tell.
    async fn look_at_size(&mut self) -> Result<(), StorageError> {
        self.size = self.writer.size().await.map_err(storage_error)?;
        Ok(())
    }
}

impl Writer for StoredWriter {
    fn size(&self) -> u64 {
        self.size
    }

    async fn write<C>(&mut self, content: C) -> Result<(), StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        let content = content.map(|piece| piece.map_err(|error| io::Error::other(error.to_string())));
        let result = self.writer.write_stream(content).await;
        match result {
            // A call before this one may have been given up in its middle, so that it is not enough to add up.
            Ok(_) => self.look_at_size().await,
            Err(error) => {
                // The failure says more than that the size can't be told either.
                let _ = self.look_at_size().await;
                Err(storage_error(error))
            }
        }
    }

    async fn close(&mut self) -> Result<(), StorageError> {
        self.writer.close().await.map_err(storage_error)
    }

    async fn cancel(&mut self) -> Result<(), StorageError> {
        self.writer.cancel().await.map_err(storage_error)
    }

    async fn commit(&mut self, guard: Guard) -> Result<Written, StorageError> {
        let file = self.writer.commit_with(publish_options(guard)).await.map_err(storage_error)?;
        written(self.writer.path(), file)
    }
}
