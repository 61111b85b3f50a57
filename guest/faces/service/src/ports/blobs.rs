//! Blobs.

use super::content::{Checked, content, entries, entry};
use super::error::blob_error;
use super::upload::BucketUpload;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use ossicle_api::ports::{
    Blobs, ContentError, Download, Entry, FileState, Page, PageRequest, Publishing, ReadRequest, SignedUrl,
    StorageError, UploadStart, UrlMethod, UrlRequest, Window, WriteRequest, WrittenFile,
};
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{
    self as driver, Driver, PageOptions, PublishOptions, ReadCondition, WriteOptions,
};
use ossicle_face_storage::bindings::ossicle::storage::types::Window as StorageWindow;
use ossicle_face_storage::writing;
use std::rc::Rc;
use std::time::Duration;

/// The blobs of the bucket.
#[derive(Clone)]
pub struct BucketBlobs(pub(super) Rc<Driver>);

fn window(window: Window) -> StorageWindow {
    StorageWindow { since: window.since, until: window.until }
}

fn state(state: driver::FileState) -> FileState {
    FileState { size: state.size, etag: state.etag, modified: state.modified, content_type: state.content_type }
}

/// Conditions as the driver has them.
pub fn publish_options(publishing: Publishing) -> PublishOptions {
    PublishOptions { create_only: publishing.create_only, window: publishing.window.map(window) }
}

/// A file that was written, as the core has it.
pub fn written(file: driver::Written) -> WrittenFile {
    WrittenFile { size: file.size, etag: file.etag, crc64: file.crc64, perhaps_again: file.perhaps_again }
}

impl Blobs for BucketBlobs {
    type Content = Checked<Bytes>;
    type Walk = Checked<Entry>;
    type Upload = BucketUpload;

    async fn stat_file(&self, path: &str) -> Result<FileState, StorageError> {
        self.0.stat_file(path.to_owned()).await.map(state).map_err(blob_error)
    }

    async fn stat(&self, path: &str) -> Result<Entry, StorageError> {
        self.0.stat(path.to_owned()).await.map(entry).map_err(blob_error)
    }

    async fn open(&self, request: ReadRequest<'_>) -> Result<Download<Checked<Bytes>>, StorageError> {
        let ReadRequest { path, offset, length, if_match } = request;
        let condition = ReadCondition { if_match: if_match.map(str::to_owned), if_none_match: None };
        // The core asks for no place behind a file's end, and OSS has no file that is so large.
        let start = i64::try_from(offset).unwrap_or(i64::MAX);
        let read = self.0.read_stream(path.to_owned(), start, length, condition).await;
        let (found, bytes, end) = read.map_err(blob_error)?;
        Ok(Download { state: state(found), content: content(bytes, end) })
    }

    async fn write<C>(&self, request: WriteRequest<'_>, content: C) -> Result<WrittenFile, StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        let WriteRequest { path, content_type, size_hint, publishing } = request;
        let content_type = content_type.map(str::to_owned);
        let options = WriteOptions { content_type, publish: publish_options(publishing) };
        let content = content.map(|piece| piece.map_err(|ContentError(why)| why));
        writing::whole(&self.0, path, content, size_hint, options).await.map(written).map_err(blob_error)
    }

    async fn delete_file(&self, path: &str, during: Option<Window>) -> Result<bool, StorageError> {
        let removed = self.0.delete_files(vec![path.to_owned()], during.map(window)).await;
        removed.map(|removed| removed.perhaps_again).map_err(blob_error)
    }

    async fn delete_tree(&self, path: &str, during: Option<Window>) -> Result<bool, StorageError> {
        let removed = self.0.delete(path.to_owned(), during.map(window)).await;
        removed.map(|removed| removed.perhaps_again).map_err(blob_error)
    }

    async fn list(&self, request: PageRequest<'_>) -> Result<Page, StorageError> {
        let PageRequest { directory, recursive, after, limit } = request;
        let options = PageOptions { recursive, start_after: after.map(str::to_owned), limit: Some(limit) };
        let page = self.0.list_page(directory.to_owned(), options).await.map_err(blob_error)?;
        Ok(Page { entries: page.entries.into_iter().map(entry).collect(), next: page.next })
    }

    async fn walk(&self, directory: &str, after: Option<&str>) -> Result<Checked<Entry>, StorageError> {
        let walked = self.0.walk(directory.to_owned(), after.map(str::to_owned)).await;
        walked.map(|(infos, end)| entries(infos, end)).map_err(blob_error)
    }

    async fn copy(&self, source: &str, destination: &str, publishing: Publishing) -> Result<WrittenFile, StorageError> {
        let copied = self.0.copy(source.to_owned(), destination.to_owned(), publish_options(publishing)).await;
        copied.map(written).map_err(blob_error)
    }

    async fn rename(
        &self,
        source: &str,
        destination: &str,
        publishing: Publishing,
    ) -> Result<WrittenFile, StorageError> {
        let moved = self.0.move_(source.to_owned(), destination.to_owned(), publish_options(publishing)).await;
        moved.map(written).map_err(blob_error)
    }

    async fn url(&self, request: UrlRequest<'_>) -> Result<SignedUrl, StorageError> {
        let method = match request.method {
            UrlMethod::Get => driver::UrlMethod::Get,
            UrlMethod::Head => driver::UrlMethod::Head,
        };
        let signed = self.0.url_for(request.path.to_owned(), method, Some(request.expiry.as_secs())).await;
        let signed = signed.map_err(blob_error)?;
        let holds_for = Duration::from_secs(signed.holds_for);
        Ok(SignedUrl { url: signed.url, holds_for, time_is_known: signed.time_is_known })
    }

    async fn upload(&self, path: &str, start: UploadStart<'_>) -> Result<BucketUpload, StorageError> {
        BucketUpload::begin(&self.0, path, start).await
    }
}
