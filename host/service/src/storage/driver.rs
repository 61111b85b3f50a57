//! The driver.

use std::time::Duration;

use bytes::Bytes;
use ossicle::{BlobReason, Blobs, ExposeSecret, FileInfo, PageOptions, UrlMethod, WriteOptions};
use ossicle_registry::ports::{
    ByteRange, Depth, Entry, Failed, Guard, ListRequest, Loaded, ObjectInfo, Opened, Page, SignedUrl, Storage,
    StorageError, Upload, UploadPage, Window, WriterStart, Written,
};

use super::content::StoredContent;
use super::error::{component_error, storage_error};
use super::time::{oss_time, stated, window};
use super::writer::{StoredWriter, publish_options, written};
use super::{reading, uploads};

/// The storage of a registry: blobs of the library.
#[derive(Clone, Debug)]
pub struct Driver {
    blobs: Blobs,
}

impl Driver {
    /// Over these blobs.
    pub fn new(blobs: Blobs) -> Self {
        Self { blobs }
    }

    /// The blobs.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }
}

fn entry(info: FileInfo) -> Entry {
    let file = (!info.is_dir).then(|| (info.size, oss_time(info.modified)));
    Entry { path: info.path, file }
}

impl Storage for Driver {
    type Content = StoredContent;
    type Writer = StoredWriter;

    async fn load(&self, path: &str, range: ByteRange) -> Result<Loaded, StorageError> {
        reading::load(&self.blobs, path, range).await
    }

    async fn open(&self, path: &str, range: ByteRange) -> Result<Opened<StoredContent>, StorageError> {
        reading::open(&self.blobs, path, range).await
    }

    async fn stat(&self, path: &str) -> Result<ObjectInfo, StorageError> {
        reading::stat(&self.blobs, path).await
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<Page, StorageError> {
        let ListRequest { directory, depth, start_after, limit } = request;
        let options = PageOptions::new().recursive(depth == Depth::All).limit(limit.into());
        let options = options.start_after(start_after.map(str::to_owned));
        let page = self.blobs.list_page(directory, options).await.map_err(storage_error)?;
        let date = oss_time(stated(page.date, directory, "Date", false)?);
        Ok(Page { entries: page.entries.into_iter().map(entry).collect(), next: page.next, date })
    }

    async fn put(&self, path: &str, content: Bytes, guard: Guard) -> Result<Written, StorageError> {
        let options = WriteOptions::new().publish(publish_options(guard));
        written(path, self.blobs.put_with(path, content, options).await.map_err(storage_error)?)
    }

    async fn append(&self, path: &str, position: u64, content: Bytes, during: Window) -> Result<(), StorageError> {
        let appended = self.blobs.append(path, position, None, content, Some(window(during))).await;
        appended.map(|_| ()).map_err(storage_error)
    }

    async fn writer(&self, path: &str, start: WriterStart<'_>) -> Result<StoredWriter, StorageError> {
        StoredWriter::begin(&self.blobs, path, start).await
    }

    async fn copy(&self, source: &str, destination: &str, guard: Guard) -> Result<Written, StorageError> {
        let copied = self.blobs.copy(source, destination, publish_options(guard)).await;
        written(destination, copied.map_err(storage_error)?)
    }

    async fn delete(&self, paths: &[String], during: Option<Window>) -> Result<Failed, StorageError> {
        match self.blobs.delete_files(paths.to_vec(), during.map(window)).await {
            Ok(_) => Ok(Failed::new()),
            Err(error) if matches!(error.reason, BlobReason::Left) => Ok(error
                .causes
                .iter()
                .map(|cause| (cause.path.clone().unwrap_or_default(), component_error(&cause.error)))
                .collect()),
            Err(error) => Err(storage_error(error)),
        }
    }

    async fn url_for(&self, path: &str, expiry: Duration) -> Result<SignedUrl, StorageError> {
        let signed = self.blobs.url(path, UrlMethod::Get, Some(expiry)).await.map_err(storage_error)?;
        Ok(SignedUrl { url: signed.url.expose_secret().to_owned() })
    }

    async fn uploads(&self, directory: &str, after: Option<&Upload>) -> Result<UploadPage, StorageError> {
        uploads::page(&self.blobs, directory, after).await
    }

    async fn abort(&self, aborted: &[Upload]) -> Result<(), StorageError> {
        uploads::abort(&self.blobs, aborted).await
    }
}
