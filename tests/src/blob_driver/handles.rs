//! The built component in wasmtime, by the library's handles.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use ossicle::{
    BlobReason, Blobs, Download, ExposeSecret as _, FileState, Metrics, PageOptions, PublishOptions, ReadCondition,
    ReadOptions, StoredContent, UploadInfo, UrlMethod, Window, WriteOptions, Writer, WriterOptions, WriterStart,
    WrittenFile,
};
use ossicle_guest::blob::{DirectoryPage, FileInfo, Removed, Stored, StoredPiece, Written};
use ossicle_guest::oss::ObjectState;
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};

use super::{BlobContent, BlobDriver, BlobReader, BlobUrl, BlobWriter, Told};
use crate::cert_storage::seconds;

/// A content that can't be read.
pub struct Unreadable;

impl Unreadable {
    /// What is said of it.
    pub const WHY: &str = "a bad sector";
}

impl AsyncRead for Unreadable {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::Error::other(Self::WHY)))
    }
}

/// A file that is being read.
#[derive(Debug)]
pub struct Reading {
    state: ObjectState,
    download: Download,
}

impl BlobReader for Reading {
    fn state(&self) -> &ObjectState {
        &self.state
    }

    async fn piece(&mut self) -> Told<Option<Bytes>> {
        Ok(self.download.next().await.transpose()?)
    }
}

impl BlobWriter for Writer {
    const WAITS: bool = true;

    async fn write(&mut self, content: &[u8]) -> Told<()> {
        let taken = self.write(content).await?;
        assert_eq!(taken, content.len() as u64);
        Ok(())
    }

    async fn size(&self) -> Told<u64> {
        Ok(self.size().await?)
    }

    async fn upload_id(&self) -> Told<Option<String>> {
        Ok(self.upload_id().await?)
    }

    async fn stored(&self) -> Told<Stored> {
        Ok(stored(self.stored().await?))
    }

    async fn close(&mut self) -> Told<()> {
        Ok(self.close().await?)
    }

    async fn cancel(&mut self) -> Told<()> {
        Ok(self.cancel().await?)
    }

    async fn commit_with(&mut self, options: PublishOptions) -> Told<Written> {
        Ok(written(self.commit_with(options).await?))
    }
}

impl BlobDriver for Blobs {
    type Reader = Reading;
    type Writer = Writer;

    async fn check(&self) -> Told<()> {
        Ok(self.check().await?)
    }

    async fn get_with(&self, path: &str, condition: ReadCondition) -> Told<BlobContent> {
        let got = self.get_with(path, condition).await?;
        Ok(BlobContent { content: got.content, crc64: got.crc64, state: state(got.state) })
    }

    async fn read_tail(&self, path: &str, length: u64, condition: ReadCondition) -> Told<BlobContent> {
        let tail = self.read_tail(path, length, condition).await?;
        Ok(BlobContent { content: tail.content, crc64: tail.crc64, state: state(tail.state) })
    }

    async fn read_with(&self, path: &str, offset: u64, options: ReadOptions) -> Told<Reading> {
        let download = self.read_with(path, offset, options).await?;
        Ok(Reading { state: state(download.state().clone()), download })
    }

    async fn stat(&self, path: &str) -> Told<FileInfo> {
        Ok(info(self.stat(path).await?))
    }

    async fn stat_file(&self, path: &str) -> Told<ObjectState> {
        Ok(state(self.stat_file(path).await?))
    }

    async fn list(&self, path: &str) -> Told<Vec<String>> {
        Ok(self.list(path).await?.paths)
    }

    async fn list_page(&self, path: &str, options: PageOptions) -> Told<DirectoryPage> {
        let page = self.list_page(path, options).await?;
        let entries = page.entries.into_iter().map(info).collect();
        Ok(DirectoryPage { entries, next: page.next, date: page.date.map(seconds) })
    }

    async fn url(&self, path: &str, method: UrlMethod, expiry: Option<Duration>) -> Told<BlobUrl> {
        let signed = self.url(path, method, expiry).await?;
        let url = signed.url.expose_secret().to_owned();
        Ok(BlobUrl { url, holds_for: signed.holds_for, time_is_known: signed.time_is_known })
    }

    async fn put_with(&self, path: &str, content: impl Into<Bytes>, options: WriteOptions) -> Told<Written> {
        Ok(written(self.put_with(path, content.into(), options).await?))
    }

    async fn append(
        &self,
        path: &str,
        position: u64,
        before: Option<u64>,
        content: impl Into<Bytes>,
        window: Option<Window>,
    ) -> Told<Written> {
        Ok(written(self.append(path, position, before, content.into(), window).await?))
    }

    async fn writer_with(&self, path: &str, start: WriterStart, options: WriterOptions) -> Told<Writer> {
        Ok(self.writer_with(path, start, options).await?)
    }

    async fn rename_with(&self, source: &str, destination: &str, options: PublishOptions) -> Told<Written> {
        Ok(written(self.rename_with(source, destination, options).await?))
    }

    async fn copy(&self, source: &str, destination: &str, options: PublishOptions) -> Told<Written> {
        Ok(written(self.copy(source, destination, options).await?))
    }

    async fn delete_within(&self, path: &str, window: Option<Window>) -> Told<Removed> {
        let removed = self.delete_within(path, window).await?;
        Ok(Removed { date: removed.date.map(seconds), perhaps_again: removed.perhaps_again })
    }

    async fn delete_files(&self, paths: Vec<String>, window: Option<Window>) -> Told<Removed> {
        let removed = self.delete_files(paths, window).await?;
        Ok(Removed { date: removed.date.map(seconds), perhaps_again: removed.perhaps_again })
    }

    async fn remove_uploads(&self, uploads: &[UploadInfo]) -> Told<()> {
        Ok(self.remove_uploads(uploads).await?)
    }

    async fn walk(&self, path: &str, start_after: Option<&str>) -> Told<Vec<FileInfo>> {
        Ok(self.walk(path, start_after).await?.map_ok(info).try_collect().await?)
    }

    async fn dated_uploads(&self, path: &str, older_than: Duration) -> Told<(Option<u64>, Vec<UploadInfo>)> {
        let uploads = self.uploads(path, older_than).await?;
        Ok((uploads.date().map(seconds), uploads.try_collect().await?))
    }

    async fn write_with(
        &self,
        path: &str,
        offset: u64,
        content: &[u8],
        size_hint: Option<u64>,
        options: WriteOptions,
    ) -> Told<(u64, Written)> {
        let (count, made) = self.write_with(path, offset, content, size_hint, options).await?;
        Ok((count, written(made)))
    }

    async fn write_broken(&self, path: &str, offset: u64, content: &[u8]) -> Told<()> {
        let error = self.write(path, offset, content.chain(Unreadable), None).await.expect_err("it can't be read");
        match &error.reason {
            BlobReason::BrokenContent(why) if why.to_string() == Unreadable::WHY && error.causes.is_empty() => Ok(()),
            _ => Err(error.into()),
        }
    }

    async fn change_instance(&self) {
        self.tenant().recycle().await;
    }

    fn metrics(&self) -> Option<Metrics> {
        Some(self.tenant().metrics())
    }
}

fn state(state: FileState) -> ObjectState {
    ObjectState {
        size: state.size,
        etag: state.etag,
        modified: state.modified.map(seconds),
        content_type: state.content_type,
        date: state.date.map(seconds),
    }
}

fn info(info: ossicle::FileInfo) -> FileInfo {
    FileInfo {
        path: info.path,
        size: info.size,
        modified: seconds(info.modified),
        is_dir: info.is_dir,
        etag: info.etag,
        date: info.date.map(seconds),
    }
}

fn written(written: WrittenFile) -> Written {
    Written {
        size: written.size,
        etag: written.etag,
        crc64: written.crc64,
        date: written.date.map(seconds),
        perhaps_again: written.perhaps_again,
    }
}

fn stored(stored: StoredContent) -> Stored {
    let pieces = stored.pieces.into_iter().map(|piece| StoredPiece {
        part: piece.part,
        size: piece.size,
        crc64: piece.crc64,
        etag: piece.etag,
    });
    Stored { is_resumed: stored.is_resumed, kept: stored.kept, pieces: pieces.collect() }
}
