//! Blobs.

use std::io;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use ossicle::{BlobError, ExposeSecret, PageOptions, PublishOptions, ReadCondition, ReadOptions, WriteOptions};
use ossicle_api::ports::{
    Blobs, ContentError, Download, Entry, FileState, Page, PageRequest, Publishing, ReadRequest, SignedUrl,
    StorageError, UploadStart, UrlMethod, UrlRequest, Window, WriteRequest, WrittenFile,
};

use super::content::{FileContent, WalkedEntries, entry};
use super::error::blob_error;
use super::time::{seconds, to_library};
use super::upload::BucketUpload;

/// The blobs of a tenant.
#[derive(Clone, Debug)]
pub struct BucketBlobs(pub(super) ossicle::Blobs);

fn failed(error: BlobError) -> StorageError {
    blob_error(&error)
}

fn state(state: &ossicle::FileState) -> FileState {
    FileState {
        size: state.size,
        etag: state.etag.clone(),
        modified: state.modified.map(seconds),
        content_type: state.content_type.clone(),
    }
}

/// Conditions as the library has them.
pub(super) fn publish_options(publishing: Publishing) -> PublishOptions {
    let mut options = PublishOptions::new();
    options.create_only = publishing.create_only;
    options.window = publishing.window.map(to_library);
    options
}

/// A file that was written, as the core has it.
pub(super) fn written(file: ossicle::WrittenFile) -> WrittenFile {
    WrittenFile { size: file.size, etag: file.etag, crc64: file.crc64, perhaps_again: file.perhaps_again }
}

/// Content as the library takes it.
pub(super) fn pieces<C>(content: C) -> impl Stream<Item = io::Result<Bytes>>
where
    C: Stream<Item = Result<Bytes, ContentError>>,
{
    content.map(|piece| piece.map_err(|error| io::Error::other(error.to_string())))
}

impl Blobs for BucketBlobs {
    type Content = FileContent;
    type Walk = WalkedEntries;
    type Upload = BucketUpload;

    async fn stat_file(&self, path: &str) -> Result<FileState, StorageError> {
        self.0.stat_file(path).await.map(|found| state(&found)).map_err(failed)
    }

    async fn stat(&self, path: &str) -> Result<Entry, StorageError> {
        self.0.stat(path).await.map(entry).map_err(failed)
    }

    async fn open(&self, request: ReadRequest<'_>) -> Result<Download<FileContent>, StorageError> {
        let ReadRequest { path, offset, length, if_match } = request;
        let mut condition = ReadCondition::new();
        condition.if_match = if_match.map(str::to_owned);
        let options = ReadOptions::new().length(length).condition(condition);
        let download = self.0.read_with(path, offset, options).await.map_err(failed)?;
        Ok(Download { state: state(download.state()), content: FileContent(download) })
    }

    async fn write<C>(&self, request: WriteRequest<'_>, content: C) -> Result<WrittenFile, StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        let WriteRequest { path, content_type, size_hint, publishing } = request;
        let mut options = WriteOptions::new().publish(publish_options(publishing));
        options.content_type = content_type.map(str::to_owned);
        let result = self.0.write_stream(path, 0, pieces(content), size_hint, options).await;
        result.map(|(_, file)| written(file)).map_err(failed)
    }

    async fn delete_file(&self, path: &str, window: Option<Window>) -> Result<bool, StorageError> {
        let removed = self.0.delete_files(vec![path.to_owned()], window.map(to_library)).await;
        removed.map(|removal| removal.perhaps_again).map_err(failed)
    }

    async fn delete_tree(&self, path: &str, window: Option<Window>) -> Result<bool, StorageError> {
        let removed = self.0.delete_within(path, window.map(to_library)).await;
        removed.map(|removal| removal.perhaps_again).map_err(failed)
    }

    async fn list(&self, request: PageRequest<'_>) -> Result<Page, StorageError> {
        let PageRequest { directory, recursive, after, limit } = request;
        let options = PageOptions::new().recursive(recursive).limit(limit).start_after(after.map(str::to_owned));
        let page = self.0.list_page(directory, options).await.map_err(failed)?;
        Ok(Page { entries: page.entries.into_iter().map(entry).collect(), next: page.next })
    }

    async fn walk(&self, directory: &str, after: Option<&str>) -> Result<WalkedEntries, StorageError> {
        self.0.walk(directory, after).await.map(WalkedEntries).map_err(failed)
    }

    async fn copy(&self, source: &str, destination: &str, publishing: Publishing) -> Result<WrittenFile, StorageError> {
        let copied = self.0.copy(source, destination, publish_options(publishing)).await;
        copied.map(written).map_err(failed)
    }

    async fn rename(
        &self,
        source: &str,
        destination: &str,
        publishing: Publishing,
    ) -> Result<WrittenFile, StorageError> {
        let renamed = self.0.rename_with(source, destination, publish_options(publishing)).await;
        renamed.map(written).map_err(failed)
    }

    async fn url(&self, request: UrlRequest<'_>) -> Result<SignedUrl, StorageError> {
        let method = match request.method {
            UrlMethod::Get => ossicle::UrlMethod::Get,
            UrlMethod::Head => ossicle::UrlMethod::Head,
        };
        let signed = self.0.url(request.path, method, Some(request.expiry)).await.map_err(failed)?;
        let (url, holds_for, time_is_known) =
            (signed.url.expose_secret().to_owned(), signed.holds_for, signed.time_is_known);
        Ok(SignedUrl { url, holds_for, time_is_known })
    }

    async fn upload(&self, path: &str, start: UploadStart<'_>) -> Result<BucketUpload, StorageError> {
        BucketUpload::begin(&self.0, path, start).await
    }
}
