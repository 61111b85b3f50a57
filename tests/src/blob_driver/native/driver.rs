//! `blob-driver` by the core's calls.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ossicle::{
    PageOptions, PublishOptions, ReadCondition, ReadOptions, UploadInfo, UrlMethod, Window, WriteOptions,
    WriterOptions, WriterStart,
};
use ossicle_guest::blob::{self as core, DirectoryPage, Driver, FileInfo, Reason, Removed, Written};
use ossicle_guest::oss::{ObjectState, PresignMethod};

use super::reading::Reading;
use super::writing::Writing;
use super::{NativeBlobs, convert};
use crate::blob_driver::{BlobContent, BlobDriver, BlobUrl, Told};
use crate::cert_storage::seconds;
use crate::native::Native;

/// An offset as the core counts.
fn place(offset: u64) -> i64 {
    i64::try_from(offset).expect("an offset")
}

impl BlobDriver for NativeBlobs {
    type Reader = Reading;
    type Writer = Writing;

    async fn check(&self) -> Told<()> {
        self.driver().check().await?;
        Ok(())
    }

    async fn get_with(&self, path: &str, condition: ReadCondition) -> Told<BlobContent> {
        let loaded = self.driver().get_content(path, convert::condition(&condition)).await?;
        Ok(BlobContent { state: loaded.state(), crc64: loaded.crc64, content: loaded.bytes.into() })
    }

    async fn read_tail(&self, path: &str, length: u64, condition: ReadCondition) -> Told<BlobContent> {
        let tail = self.driver().read_tail(path, length, convert::condition(&condition)).await?;
        Ok(BlobContent { content: tail.bytes.into(), crc64: tail.crc64, state: tail.state })
    }

    async fn read_with(&self, path: &str, offset: u64, options: ReadOptions) -> Told<Reading> {
        let options = core::ReadOptions { length: options.length, condition: convert::condition(&options.condition) };
        Ok(Reading(self.driver().read(path, place(offset), options).await?))
    }

    async fn stat(&self, path: &str) -> Told<FileInfo> {
        Ok(self.driver().stat(path).await?)
    }

    async fn stat_file(&self, path: &str) -> Told<ObjectState> {
        Ok(self.driver().stat_file(path).await?)
    }

    async fn list(&self, path: &str) -> Told<Vec<String>> {
        Ok(self.driver().list(path).await?.paths)
    }

    async fn list_page(&self, path: &str, options: PageOptions) -> Told<DirectoryPage> {
        let PageOptions { recursive, start_after, limit, .. } = options;
        let options = core::PageOptions { recursive, start_after: start_after.as_deref(), limit };
        Ok(self.driver().list_page(path, options).await?)
    }

    async fn url(&self, path: &str, method: UrlMethod, expiry: Option<Duration>) -> Told<BlobUrl> {
        let method = match method {
            UrlMethod::Get => PresignMethod::Get,
            UrlMethod::Head => PresignMethod::Head,
            other => panic!("{other:?}"),
        };
        let signed = self.driver().url_for(path, method, expiry.map(|expiry| expiry.as_secs())).await?;
        let holds_for = Duration::from_secs(signed.seconds);
        Ok(BlobUrl { url: signed.url.to_string(), holds_for, time_is_known: signed.time_is_known })
    }

    async fn put_with(&self, path: &str, content: impl Into<Bytes>, options: WriteOptions) -> Told<Written> {
        Ok(self.driver().put_content(path, content.into(), &convert::write(options)).await?)
    }

    async fn append(
        &self,
        path: &str,
        position: u64,
        before: Option<u64>,
        content: impl Into<Bytes>,
        window: Option<Window>,
    ) -> Told<Written> {
        let window = window.map(convert::window);
        Ok(self.driver().append(path, position, before, content.into(), window).await?)
    }

    async fn writer_with(&self, path: &str, start: WriterStart, options: WriterOptions) -> Told<Writing> {
        let WriterOptions { size_hint, content_type, at, .. } = options;
        let start = match &start {
            WriterStart::Anew => core::WriterStart::Anew,
            WriterStart::Newest => core::WriterStart::Newest,
            WriterStart::File => core::WriterStart::File,
            WriterStart::Upload(id) => core::WriterStart::Upload(id),
            other => panic!("{other:?}"),
        };
        let options = core::WriterOptions { size_hint, content_type, at };
        Ok(Writing(self.driver().writer(path, start, &options).await?))
    }

    async fn rename_with(&self, source: &str, destination: &str, options: PublishOptions) -> Told<Written> {
        Ok(self.driver().move_file(source, destination, convert::publish(options)).await?)
    }

    async fn copy(&self, source: &str, destination: &str, options: PublishOptions) -> Told<Written> {
        Ok(self.driver().copy_file(source, destination, convert::publish(options)).await?)
    }

    async fn delete_within(&self, path: &str, window: Option<Window>) -> Told<Removed> {
        Ok(self.driver().delete(path, window.map(convert::window)).await?)
    }

    async fn delete_files(&self, paths: Vec<String>, window: Option<Window>) -> Told<Removed> {
        Ok(self.driver().delete_files(&paths, window.map(convert::window)).await?)
    }

    async fn remove_uploads(&self, uploads: &[UploadInfo]) -> Told<()> {
        let upload = |upload: &UploadInfo| core::UploadInfo {
            path: upload.path.clone(),
            upload_id: upload.upload_id.clone(),
            initiated: seconds(upload.initiated),
        };
        Ok(self.driver().remove_uploads(uploads.iter().map(upload).collect()).await?)
    }

    async fn walk(&self, path: &str, start_after: Option<&str>) -> Told<Vec<FileInfo>> {
        let mut walk = self.driver().walk(path, start_after).await?;
        let mut entries = Vec::new();
        while let Some(page) = walk.page().await? {
            entries.extend(page);
        }
        Ok(entries)
    }

    async fn dated_uploads(&self, path: &str, older_than: Duration) -> Told<(Option<u64>, Vec<UploadInfo>)> {
        let mut list = self.driver().list_uploads(path, older_than.as_secs()).await?;
        let mut uploads = Vec::new();
        while let Some(page) = list.page().await? {
            uploads.extend(page.into_iter().map(|upload| {
                let initiated = SystemTime::UNIX_EPOCH + Duration::from_secs(upload.initiated);
                UploadInfo::new(upload.path, upload.upload_id, initiated)
            }));
        }
        Ok((list.date(), uploads))
    }

    async fn write_with(
        &self,
        path: &str,
        offset: u64,
        content: &[u8],
        size_hint: Option<u64>,
        options: WriteOptions,
    ) -> Told<(u64, Written)> {
        let (content, end, options) = (convert::pieces(content), convert::end(Ok(())), convert::write(options));
        Ok(self.driver().write_stream(path, place(offset), content, end, size_hint, &options).await?)
    }

    async fn write_broken(&self, path: &str, offset: u64, content: &[u8]) -> Told<()> {
        let (content, end) = (convert::pieces(content), convert::end(Err("a bad sector".to_owned())));
        let options = core::WriteOptions::default();
        let written = self.driver().write_stream(path, place(offset), content, end, None, &options).await;
        match written.expect_err("it was given up") {
            error if matches!(error.reason, Reason::BrokenContent(_)) && error.leftover.is_none() => Ok(()),
            error => Err(error.into()),
        }
    }

    async fn change_instance(&self) {
        self.driver.replace(Driver::new(Native::default(), self.settings.clone(), self.options.clone()));
    }
}
