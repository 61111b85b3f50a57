//! Uploads in several requests.

use bytes::Bytes;
use futures_util::Stream;
use ossicle::{ErrorKind, Writer, WriterOptions, WriterStart};
use ossicle_api::ports::{ContentError, Publishing, StorageError, StorageErrorKind, Upload, UploadStart, WrittenFile};

use super::blobs::{pieces, publish_options, written};
use super::error::blob_error;

/// A file that is being uploaded, by the library's writer.
#[derive(Debug)]
pub struct BucketUpload(Writer);

impl BucketUpload {
    pub(super) async fn begin(
        blobs: &ossicle::Blobs,
        path: &str,
        start: UploadStart<'_>,
    ) -> Result<Self, StorageError> {
        let mut options = WriterOptions::new();
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
        let begun = blobs.writer_with(path, start, options).await;
        begun.map(Self).map_err(|error| {
            // The upload of a call is none that a client could go on with.
            let is_anothers = error.kind() == Some(ErrorKind::Unsupported);
            let error = blob_error(&error);
            if is_anothers { StorageError { kind: StorageErrorKind::NotFound, ..error } } else { error }
        })
    }
}

impl Upload for BucketUpload {
    async fn id(&self) -> Result<String, StorageError> {
        let id = self.0.upload_id().await.map_err(|error| blob_error(&error))?;
        id.ok_or_else(|| StorageError::new(StorageErrorKind::Defect, "an upload that was begun has no id"))
    }

    async fn size(&self) -> Result<u64, StorageError> {
        self.0.size().await.map_err(|error| blob_error(&error))
    }

    async fn write<C>(&mut self, content: C) -> Result<(), StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        self.0.write_stream(pieces(content)).await.map(|_| ()).map_err(|error| blob_error(&error))
    }

    async fn close(&mut self) -> Result<(), StorageError> {
        self.0.close().await.map_err(|error| blob_error(&error))
    }

    async fn cancel(&mut self) -> Result<(), StorageError> {
        self.0.cancel().await.map_err(|error| blob_error(&error))
    }

    async fn commit(&mut self, publishing: Publishing) -> Result<WrittenFile, StorageError> {
        let committed = self.0.commit_with(publish_options(publishing)).await;
        committed.map(written).map_err(|error| blob_error(&error))
    }
}
