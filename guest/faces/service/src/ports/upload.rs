//! Uploads in several requests.

use super::blobs::{publish_options, written};
use super::error::{blob_error, is_unsupported};
use bytes::Bytes;
use futures_util::Stream;
use ossicle_api::ports::{ContentError, Publishing, StorageError, StorageErrorKind, Upload, UploadStart, WrittenFile};
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{Driver, FileWriter, WriterOptions, WriterStart};
use ossicle_face_storage::writing::{self, WriteError};

/// A file that is being uploaded, by the driver's writer.
pub struct BucketUpload(FileWriter);

impl BucketUpload {
    /// Begins it, or goes on with it.
    pub async fn begin(driver: &Driver, path: &str, start: UploadStart<'_>) -> Result<Self, StorageError> {
        let mut options = WriterOptions { size_hint: None, content_type: None, at: None };
        let start = match start {
            UploadStart::New { size_hint, content_type } => {
                options.size_hint = size_hint;
                options.content_type = content_type.map(str::to_owned);
                WriterStart::Anew
            }
            UploadStart::Resume { id, at } => {
                options.at = at;
                WriterStart::Upload(id.to_owned())
            }
        };
        let begun = driver.writer(path.to_owned(), start, options).await;
        begun.map(Self).map_err(|error| {
            // The upload of a call is none that a client could go on with.
            let is_anothers = is_unsupported(&error);
            let error = blob_error(error);
            if is_anothers { StorageError { kind: StorageErrorKind::NotFound, ..error } } else { error }
        })
    }
}

impl Upload for BucketUpload {
    async fn id(&self) -> Result<String, StorageError> {
        let id = self.0.upload_id();
        id.ok_or_else(|| StorageError::new(StorageErrorKind::Defect, "an upload that was begun has no id"))
    }

    async fn size(&self) -> Result<u64, StorageError> {
        Ok(self.0.size())
    }

    async fn write<C>(&mut self, content: C) -> Result<(), StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        writing::append(&self.0, content).await.map_err(|error| match error {
            WriteError::Content(ContentError(why)) => {
                StorageError::new(StorageErrorKind::BrokenContent, format!("the content broke off: {why}"))
            }
            WriteError::Driver(error) => blob_error(error),
        })
    }

    async fn close(&mut self) -> Result<(), StorageError> {
        self.0.close().await.map_err(blob_error)
    }

    async fn cancel(&mut self) -> Result<(), StorageError> {
        self.0.cancel().await.map_err(blob_error)
    }

    async fn commit(&mut self, publishing: Publishing) -> Result<WrittenFile, StorageError> {
        self.0.commit(publish_options(publishing)).await.map(written).map_err(blob_error)
    }
}
