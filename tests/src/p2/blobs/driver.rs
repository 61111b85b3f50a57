//! `blob-driver` by the calls of 0.2: bytes come and go by pieces, and listings by pages.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ossicle::{
    PageOptions, PublishOptions, ReadCondition, ReadOptions, UploadInfo, UrlMethod, Window, WriteOptions,
    WriterOptions, WriterStart,
};
use ossicle_guest::blob::{DirectoryPage, FileInfo, Removed, Written};
use ossicle_guest::oss::ObjectState;

use super::instance::{Instance, call};
use super::{Blobs, PIECE, Reading, Upload, Writing};
use crate::blob_driver::{BlobContent, BlobDriver, BlobUrl, Told};
use crate::cert_storage::seconds;
use crate::p2::bindings::blob_driver as wit;

/// An offset as the WIT counts.
fn place(offset: u64) -> i64 {
    i64::try_from(offset).expect("an offset")
}

/// A call of the driver.
macro_rules! ask {
    ($this:expr, $call:ident($($argument:expr),*)) => {{
        let instance = $this.instance();
        call!(instance, driver(instance.driver).$call($($argument),*))
    }};
}

impl Blobs {
    /// `read-stream`.
    pub async fn read_at(&self, path: &str, offset: i64, options: ReadOptions) -> Told<Reading> {
        let condition = options.condition.into();
        let read = ask!(self, call_read_stream(path, offset, options.length, &condition))?;
        Ok(Reading::new(self.instance(), read))
    }

    /// `write-stream`.
    pub async fn upload(&self, path: &str, offset: i64, size_hint: Option<u64>, options: WriteOptions) -> Upload {
        let content = ask!(self, call_write_stream(path, offset, size_hint, &options.into()));
        Upload::new(self.instance(), content)
    }
}

impl BlobDriver for Blobs {
    type Reader = Reading;
    type Writer = Writing;

    async fn check(&self) -> Told<()> {
        Ok(ask!(self, call_check())?)
    }

    async fn get_with(&self, path: &str, condition: ReadCondition) -> Told<BlobContent> {
        let got = ask!(self, call_get_content(path, &condition.into()))?;
        Ok(BlobContent { content: got.content, crc64: got.crc64, state: got.state.into() })
    }

    async fn read_tail(&self, path: &str, length: u64, condition: ReadCondition) -> Told<BlobContent> {
        let tail = ask!(self, call_read_tail(path, length, &condition.into()))?;
        Ok(BlobContent { content: tail.content, crc64: tail.crc64, state: tail.state.into() })
    }

    async fn read_with(&self, path: &str, offset: u64, options: ReadOptions) -> Told<Reading> {
        self.read_at(path, place(offset), options).await
    }

    async fn stat(&self, path: &str) -> Told<FileInfo> {
        Ok(ask!(self, call_stat(path))?.into())
    }

    async fn stat_file(&self, path: &str) -> Told<ObjectState> {
        Ok(ask!(self, call_stat_file(path))?.into())
    }

    async fn list(&self, path: &str) -> Told<Vec<String>> {
        Ok(ask!(self, call_list(path))?.paths)
    }

    async fn list_page(&self, path: &str, options: PageOptions) -> Told<DirectoryPage> {
        Ok(ask!(self, call_list_page(path, &options.into()))?.into())
    }

    async fn url(&self, path: &str, method: UrlMethod, expiry: Option<Duration>) -> Told<BlobUrl> {
        let signed = ask!(self, call_url_for(path, method.into(), expiry.map(|expiry| expiry.as_secs())))?;
        let holds_for = Duration::from_secs(signed.holds_for);
        Ok(BlobUrl { url: signed.url, holds_for, time_is_known: signed.time_is_known })
    }

    async fn put_with(&self, path: &str, content: impl Into<Bytes>, options: WriteOptions) -> Told<Written> {
        Ok(ask!(self, call_put_content(path, &content.into(), &options.into()))?.into())
    }

    async fn append(
        &self,
        path: &str,
        position: u64,
        before: Option<u64>,
        content: impl Into<Bytes>,
        window: Option<Window>,
    ) -> Told<Written> {
        Ok(ask!(self, call_append(path, position, before, &content.into(), window.map(Into::into)))?.into())
    }

    async fn writer_with(&self, path: &str, start: WriterStart, options: WriterOptions) -> Told<Writing> {
        let writer = ask!(self, call_writer(path, &start.into(), &options.into()))?;
        Ok(Writing::new(self.instance(), writer))
    }

    async fn rename_with(&self, source: &str, destination: &str, options: PublishOptions) -> Told<Written> {
        Ok(ask!(self, call_move(source, destination, options.into()))?.into())
    }

    async fn copy(&self, source: &str, destination: &str, options: PublishOptions) -> Told<Written> {
        Ok(ask!(self, call_copy(source, destination, options.into()))?.into())
    }

    async fn delete_within(&self, path: &str, window: Option<Window>) -> Told<Removed> {
        Ok(ask!(self, call_delete(path, window.map(Into::into)))?.into())
    }

    async fn delete_files(&self, paths: Vec<String>, window: Option<Window>) -> Told<Removed> {
        Ok(ask!(self, call_delete_files(&paths, window.map(Into::into)))?.into())
    }

    async fn remove_uploads(&self, uploads: &[UploadInfo]) -> Told<()> {
        let uploads: Vec<wit::UploadInfo> = uploads
            .iter()
            .map(|upload| wit::UploadInfo {
                path: upload.path.clone(),
                upload_id: upload.upload_id.clone(),
                initiated: seconds(upload.initiated),
            })
            .collect();
        Ok(ask!(self, call_remove_uploads(&uploads))?)
    }

    async fn walk(&self, path: &str, start_after: Option<&str>) -> Told<Vec<FileInfo>> {
        let instance = self.instance();
        let walk = call!(instance, driver(instance.driver).call_walk(path, start_after))?;
        let mut entries = Vec::new();
        let ended = loop {
            match call!(instance, directory_walk(walk).call_next()) {
                Ok(page) if page.is_empty() => break Ok(entries),
                Ok(page) => entries.extend(page.into_iter().map(FileInfo::from)),
                Err(error) => break Err(error.into()),
            }
        };
        instance.drop_resource(walk);
        ended
    }

    async fn dated_uploads(&self, path: &str, older_than: Duration) -> Told<(Option<u64>, Vec<UploadInfo>)> {
        let instance = self.instance();
        let listed = call!(instance, driver(instance.driver).call_list_uploads(path, older_than.as_secs()));
        let (date, list) = listed?;
        let mut uploads = Vec::new();
        let ended = loop {
            match call!(instance, upload_list(list).call_next()) {
                Ok(page) if page.is_empty() => break Ok((date, uploads)),
                Ok(page) => uploads.extend(page.into_iter().map(|upload| {
                    let initiated = SystemTime::UNIX_EPOCH + Duration::from_secs(upload.initiated);
                    UploadInfo::new(upload.path, upload.upload_id, initiated)
                })),
                Err(error) => break Err(error.into()),
            }
        };
        instance.drop_resource(list);
        ended
    }

    async fn write_with(
        &self,
        path: &str,
        offset: u64,
        content: &[u8],
        size_hint: Option<u64>,
        options: WriteOptions,
    ) -> Told<(u64, Written)> {
        let upload = self.upload(path, place(offset), size_hint, options).await;
        for piece in content.chunks(PIECE) {
            upload.write(piece).await?;
        }
        upload.finish().await
    }

    async fn write_broken(&self, path: &str, offset: u64, content: &[u8]) -> Told<()> {
        let upload = self.upload(path, place(offset), None, WriteOptions::new()).await;
        for piece in content.chunks(PIECE) {
            upload.write(piece).await?;
        }
        upload.cancel().await
    }

    async fn change_instance(&self) {
        let other = Instance::start(&self.opening, self.client.clone()).await.expect("a driver");
        self.instance.replace(Rc::new(other));
    }
}
