//! The driver, as the core's storage.

use super::content::StoredContent;
use super::error::{of_one, storage_error};
use super::values::{entry, publish_options, stated, window, write_options, written};
use super::writer::StoredWriter;
use super::{reading, uploads};
use bytes::Bytes;
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{Driver, PageOptions, Reason, UrlMethod};
use ossicle_registry::ports::{
    ByteRange, Depth, Failed, Guard, ListRequest, Loaded, ObjectInfo, Opened, Page, SignedUrl, Storage, StorageError,
    Upload, UploadPage, Window, WriterStart, Written,
};
use std::fmt;
use std::time::Duration;

/// The storage of a registry.
pub struct Bucket {
    driver: Driver,
}

impl Bucket {
    /// Over this driver.
    pub fn new(driver: Driver) -> Self {
        Self { driver }
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").finish_non_exhaustive()
    }
}

impl Storage for Bucket {
    type Content = StoredContent;
    type Writer = StoredWriter;

    async fn load(&self, path: &str, range: ByteRange) -> Result<Loaded, StorageError> {
        reading::load(&self.driver, path, range).await
    }

    async fn open(&self, path: &str, range: ByteRange) -> Result<Opened<StoredContent>, StorageError> {
        reading::open(&self.driver, path, range).await
    }

    async fn stat(&self, path: &str) -> Result<ObjectInfo, StorageError> {
        reading::stat(&self.driver, path).await
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<Page, StorageError> {
        let ListRequest { directory, depth, start_after, limit } = request;
        let options = PageOptions {
            recursive: depth == Depth::All,
            start_after: start_after.map(str::to_owned),
            limit: Some(limit.into()),
        };
        let page = self.driver.list_page(directory.to_owned(), options).await.map_err(storage_error)?;
        let date = stated(page.date, directory, "Date", false)?;
        Ok(Page { entries: page.entries.into_iter().map(entry).collect(), next: page.next, date })
    }

    async fn put(&self, path: &str, content: Bytes, guard: Guard) -> Result<Written, StorageError> {
        let put = self.driver.put_content(path.to_owned(), content.into(), write_options(guard)).await;
        written(path, put.map_err(storage_error)?)
    }

    async fn append(&self, path: &str, position: u64, content: Bytes, during: Window) -> Result<(), StorageError> {
        let appended = self.driver.append(path.to_owned(), position, None, content.into(), Some(window(during))).await;
        appended.map(|_| ()).map_err(storage_error)
    }

    async fn writer(&self, path: &str, start: WriterStart<'_>) -> Result<StoredWriter, StorageError> {
        StoredWriter::begin(&self.driver, path, start).await
    }

    async fn copy(&self, source: &str, destination: &str, guard: Guard) -> Result<Written, StorageError> {
        let copied = self.driver.copy(source.to_owned(), destination.to_owned(), publish_options(guard)).await;
        written(destination, copied.map_err(storage_error)?)
    }

    async fn delete(&self, paths: &[String], during: Option<Window>) -> Result<Failed, StorageError> {
        match self.driver.delete_files(paths.to_vec(), during.map(window)).await {
            Ok(_) => Ok(Failed::new()),
            Err(error) if matches!(error.reason, Reason::Left) => Ok(error.causes.into_iter().map(of_one).collect()),
            Err(error) => Err(storage_error(error)),
        }
    }

    async fn url_for(&self, path: &str, expiry: Duration) -> Result<SignedUrl, StorageError> {
        let signed = self.driver.url_for(path.to_owned(), UrlMethod::Get, Some(expiry.as_secs())).await;
        Ok(SignedUrl { url: signed.map_err(storage_error)?.url })
    }

    async fn uploads(&self, directory: &str, after: Option<&Upload>) -> Result<UploadPage, StorageError> {
        uploads::page(&self.driver, directory, after).await
    }

    async fn abort(&self, aborted: &[Upload]) -> Result<(), StorageError> {
        uploads::abort(&self.driver, aborted).await
    }
}
