//! `blob-driver` as a behaviour suite sees it, whatever implements it.
//!
//! Options are the library's, which anyone can make; results are the core's, since the library's can be made by nobody else.

mod failed;
mod handles;
mod native;
mod read;
mod write;

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use ossicle::{
    Metrics, PageOptions, PublishOptions, ReadCondition, ReadOptions, UploadInfo, UrlMethod, Window, WriteOptions,
    WriterOptions, WriterStart,
};
use ossicle_guest::blob::{DirectoryPage, FileInfo, Removed, Written};
use ossicle_guest::oss::ObjectState;

pub use failed::{BlobCause, BlobFailed, BlobWhy};
pub use handles::Unreadable;
pub use native::NativeBlobs;
pub use read::{BlobContent, BlobReader, BlobUrl};
pub use write::BlobWriter;

/// What a call comes to.
pub type Told<T> = Result<T, BlobFailed>;

/// The operations of the WIT's resource `driver`.
#[allow(missing_docs, reason = "as in the WIT")]
pub trait BlobDriver {
    type Reader: BlobReader;
    type Writer: BlobWriter;

    fn check(&self) -> impl Future<Output = Told<()>>;
    fn get_with(&self, path: &str, condition: ReadCondition) -> impl Future<Output = Told<BlobContent>>;
    fn read_tail(&self, path: &str, length: u64, condition: ReadCondition) -> impl Future<Output = Told<BlobContent>>;
    fn read_with(&self, path: &str, offset: u64, options: ReadOptions) -> impl Future<Output = Told<Self::Reader>>;
    fn stat(&self, path: &str) -> impl Future<Output = Told<FileInfo>>;
    fn stat_file(&self, path: &str) -> impl Future<Output = Told<ObjectState>>;
    fn list(&self, path: &str) -> impl Future<Output = Told<Vec<String>>>;
    fn list_page(&self, path: &str, options: PageOptions) -> impl Future<Output = Told<DirectoryPage>>;
    fn url(&self, path: &str, method: UrlMethod, expiry: Option<Duration>) -> impl Future<Output = Told<BlobUrl>>;
    fn put_with(
        &self,
        path: &str,
        content: impl Into<Bytes>,
        options: WriteOptions,
    ) -> impl Future<Output = Told<Written>>;
    fn append(
        &self,
        path: &str,
        position: u64,
        before: Option<u64>,
        content: impl Into<Bytes>,
        window: Option<Window>,
    ) -> impl Future<Output = Told<Written>>;
    fn writer_with(
        &self,
        path: &str,
        start: WriterStart,
        options: WriterOptions,
    ) -> impl Future<Output = Told<Self::Writer>>;
    fn rename_with(
        &self,
        source: &str,
        destination: &str,
        options: PublishOptions,
    ) -> impl Future<Output = Told<Written>>;
    fn copy(&self, source: &str, destination: &str, options: PublishOptions) -> impl Future<Output = Told<Written>>;
    fn delete_within(&self, path: &str, window: Option<Window>) -> impl Future<Output = Told<Removed>>;
    fn delete_files(&self, paths: Vec<String>, window: Option<Window>) -> impl Future<Output = Told<Removed>>;
    fn remove_uploads(&self, uploads: &[UploadInfo]) -> impl Future<Output = Told<()>>;

    /// `walk`, to its end.
    fn walk(&self, path: &str, start_after: Option<&str>) -> impl Future<Output = Told<Vec<FileInfo>>>;

    /// `list-uploads`, to its end, and the `Date` of OSS's first answer.
    fn dated_uploads(
        &self,
        path: &str,
        older_than: Duration,
    ) -> impl Future<Output = Told<(Option<u64>, Vec<UploadInfo>)>>;

    /// `write-stream` of a content that comes as a whole: how many bytes it had, and what OSS answered.
    fn write_with(
        &self,
        path: &str,
        offset: u64,
        content: &[u8],
        size_hint: Option<u64>,
        options: WriteOptions,
    ) -> impl Future<Output = Told<(u64, Written)>>;

    /// `write-stream` of a content that is given up behind these bytes. Fails where anything is left of it.
    fn write_broken(&self, path: &str, offset: u64, content: &[u8]) -> impl Future<Output = Told<()>>;

    /// Has another instance, which knows nothing of what was done by this one, make the calls that follow.
    fn change_instance(&self) -> impl Future<Output = ()>;

    /// What the library counted of its calls; none of a driver that is not the library's.
    fn metrics(&self) -> Option<Metrics> {
        None
    }

    fn get(&self, path: &str) -> impl Future<Output = Told<Vec<u8>>> {
        async move { Ok(self.get_with(path, ReadCondition::new()).await?.content) }
    }

    fn read(&self, path: &str, offset: u64) -> impl Future<Output = Told<Self::Reader>> {
        self.read_with(path, offset, ReadOptions::new())
    }

    /// All of a file from an offset on, or what its reading ended with.
    fn read_all(&self, path: &str, offset: u64) -> impl Future<Output = Told<Vec<u8>>> {
        async move { self.read(path, offset).await?.rest().await }
    }

    fn put(&self, path: &str, content: impl Into<Bytes>) -> impl Future<Output = Told<Written>> {
        self.put_with(path, content, WriteOptions::new())
    }

    fn write(
        &self,
        path: &str,
        offset: u64,
        content: &[u8],
        size_hint: Option<u64>,
    ) -> impl Future<Output = Told<u64>> {
        async move { Ok(self.write_with(path, offset, content, size_hint, WriteOptions::new()).await?.0) }
    }

    fn writer(&self, path: &str, append: bool, size_hint: Option<u64>) -> impl Future<Output = Told<Self::Writer>> {
        let start = if append { WriterStart::Newest } else { WriterStart::Anew };
        self.writer_with(path, start, WriterOptions::new().size_hint(size_hint))
    }

    fn rename(&self, source: &str, destination: &str) -> impl Future<Output = Told<Written>> {
        self.rename_with(source, destination, PublishOptions::new())
    }

    fn delete(&self, path: &str) -> impl Future<Output = Told<Removed>> {
        self.delete_within(path, None)
    }

    fn uploads(&self, path: &str, older_than: Duration) -> impl Future<Output = Told<Vec<UploadInfo>>> {
        async move { Ok(self.dated_uploads(path, older_than).await?.1) }
    }
}
