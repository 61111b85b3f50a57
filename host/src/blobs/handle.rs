//! The blobs of a registry, as a caller has them.

use super::conditions::{PublishOptions, ReadCondition, ReadOptions, WriteOptions};
use super::download::Download;
use super::error::BlobError;
use super::info::{FileInfo, PathListing, SignedUrl, UploadInfo, UrlMethod};
use super::into_component::pour;
use super::operations::{
    Append, Check, Copy, Delete, DeleteFiles, GetContent, List, ListPage, Move, PutContent, ReadTail, RemoveOrphans,
    RemoveUploads, Result as Told, Stat, StatFile, UrlFor,
};
use super::out_of_component::Outflow;
use super::outgoing::{Opening, Outgoing};
use super::page::{DirectoryPage, PageOptions};
use super::read::ReadContent;
use super::start::{WriterOptions, WriterStart};
use super::state::{FileContent, FileState, FileTail, Removal, WrittenFile};
use super::walk::{OpenUploads, OpenWalk, Uploads, Walk};
use super::write::WriteStream;
use super::writer::Writer;
use super::writer_operations::Begin;
use crate::admission::Upload;
use crate::instance::Operation;
use crate::tenant::Tenant;
use crate::window::Window;
use crate::wit::blob_driver as wit;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncRead;

/// The blobs of a registry: the storage driver contract of distribution/distribution, over OSS.
///
/// Paths are one or more times `/` and a component of `A-Z`, `a-z`, `0-9`, `.`, `_` and `-`; `/` alone only where it is
/// said. A file is an object; a directory is there as long as something is below it. Content is published as a whole or not
/// at all, and what was there stays until then. Every upload is checked by CRC-64, what one request replaces by MD5
/// too ([`BlobOptions::part_md5`](crate::BlobOptions::part_md5) for parts), every download from offset 0 by
/// CRC-64 to its end.
///
/// Got by [`Tenant::blobs`]. A clone is the same storage, and calls may be made at once and from
/// anywhere. A call begins when its future is first polled, or as soon as it has its turn after that. Dropped before, it is never
/// made; dropped after, it runs on to its end, unheard, for as long as it moves, but that a stream is ended, and one whose
/// content is given up ends without an effect.
///
/// Content streams both ways, whatever its size: about a MiB of a stream is held by the host, and as much again of a download,
/// which it reads ahead; by the instance nothing for a download, whose bytes pass it by, and (parts in flight + 1) times the
/// size of a part for an upload, 50 MiB by default.
/// [`Limits::memory`](crate::Limits::memory) and [`Limits::calls`](crate::Limits::calls) must allow as many as there are to
/// be at once. [`Limits::call_timeout`](crate::Limits::call_timeout) is for standing still: it cuts a stream that does not
/// move although its caller reads or has more to bring, and any other call when the tenant neither sends nor receives
/// anything for so long.
///
/// Every call can fail with anything that [`Error`](crate::Error) names.
#[derive(Debug, Clone)]
pub struct Blobs {
    tenant: Tenant,
}

impl Tenant {
    /// Its blobs.
    pub fn blobs(&self) -> Blobs {
        Blobs { tenant: self.clone() }
    }
}

impl Blobs {
    /// The tenant whose blobs they are.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Looks whether the bucket can be reached. One HTTP request. Before the first call for blobs of a tenant that was opened by
    /// [`Parameters`](crate::Parameters) that happens by itself, as it does when a registry starts.
    pub async fn check(&self) -> Told<()> {
        self.call(None, None, Check).await
    }

    /// The whole content of a file, of at most 128 MiB. One HTTP request.
    ///
    /// Content that large needs [`Limits::memory`](crate::Limits::memory), [`Limits::cpu`](crate::Limits::cpu) and
    /// [`Limits::hostcall_bytes`](crate::Limits::hostcall_bytes) above their defaults; [`Blobs::read`] does not. Fails as not found when the path is a
    /// directory; with `StorageError::Corrupt` when the bytes that came are not those that OSS holds.
    pub async fn get(&self, path: &str) -> Told<Vec<u8>> {
        Ok(self.get_with(path, ReadCondition::new()).await?.content)
    }

    /// As [`Blobs::get`], on a condition, and with what OSS states of the file.
    pub async fn get_with(&self, path: &str, condition: ReadCondition) -> Told<FileContent> {
        let condition = condition.into_wit();
        self.call(Some(path), None, GetContent { path: path.to_owned(), condition }).await
    }

    /// The last bytes of a file, 1 to 16 777 216, or all of them where it has fewer. One HTTP request.
    pub async fn read_tail(&self, path: &str, length: u64, condition: ReadCondition) -> Told<FileTail> {
        let condition = condition.into_wit();
        self.call(Some(path), None, ReadTail { path: path.to_owned(), length, condition }).await
    }

    /// Makes a file or replaces all of one, by at most 128 MiB. One HTTP request.
    pub async fn put(&self, path: &str, content: impl Into<Bytes>) -> Told<WrittenFile> {
        self.put_with(path, content, WriteOptions::new()).await
    }

    /// As [`Blobs::put`], with a type and on conditions.
    pub async fn put_with(&self, path: &str, content: impl Into<Bytes>, options: WriteOptions) -> Told<WrittenFile> {
        let (content, options) = (content.into(), options.into_wit());
        self.call(Some(path), None, PutContent { path: path.to_owned(), content, options }).await
    }

    /// Adds at most 128 MiB behind the end of a file that was made by appending and has `position` bytes; position 0 makes
    /// it. OSS takes exactly one of several appends at one position. One HTTP request, which is sent again only where the
    /// first certainly had no effect.
    ///
    /// `before` is the CRC-64 of the file as it was, which [`Blobs::read_tail`] tells: with it the whole is checked as OSS
    /// has it afterwards.
    ///
    /// Fails with `StorageError::Conflict` when the file has another length or was not made by appending. A failure that is
    /// undecided may have taken effect: [`Blobs::read_tail`] shows it.
    pub async fn append(
        &self,
        path: &str,
        position: u64,
        before: Option<u64>,
        content: impl Into<Bytes>,
        window: Option<Window>,
    ) -> Told<WrittenFile> {
        let (content, window) = (content.into(), window.map(Window::to_wit));
        self.call(Some(path), None, Append { path: path.to_owned(), position, before, content, window }).await
    }

    /// The content of a file from an offset on, in bytes. At or beyond the end it is empty, which is no error. One HTTP
    /// request, and one more whenever the connection breaks.
    ///
    /// Fails with [`BlobReason::InvalidOffset`](crate::BlobReason::InvalidOffset) when the offset is negative, and as not
    /// found. Later the [`Download`] fails with `StorageError::Conflict` when the file was changed or deleted meanwhile, and with `StorageError::Corrupt`.
    pub async fn read(&self, path: &str, offset: i64) -> Told<Download> {
        self.read_with(path, offset, ReadOptions::new()).await
    }

    /// As [`Blobs::read`], for a length and on a condition.
    pub async fn read_with(&self, path: &str, offset: i64, options: ReadOptions) -> Told<Download> {
        let (blobs, path) = (self.clone(), path.to_owned());
        let begun = Outflow::begin(self.tenant.limits().caller_timeout, |inlet| async move {
            let call = ReadContent { path: path.clone(), offset, options, inlet };
            blobs.call(Some(&path), Some(offset), call).await
        });
        let (state, pieces) = begun.await?;
        Ok(Download::new(state, pieces))
    }

    /// Writes a content into a file at an offset in bytes, and tells how many bytes the content had. Afterwards the file is
    /// what it was up to the offset, zeros where it was shorter than that, and the content; what was behind is cut off.
    ///
    /// The file changes as a whole when everything has arrived; on any failure it stays as it was, and nothing is kept of
    /// the content: not when it can't be read to its end, which is
    /// [`BlobReason::BrokenContent`](crate::BlobReason::BrokenContent), nor when this future is dropped. Only where the
    /// instance or the process ends in the middle does the upload stay, and is billed: [`Blobs::uploads`] lists it, and
    /// [`Blobs::remove_uploads`] removes it. `size_hint`, where it is known how many bytes will come, only makes parts large
    /// enough.
    pub async fn write(&self, path: &str, offset: i64, content: impl AsyncRead, size_hint: Option<u64>) -> Told<u64> {
        Ok(self.write_with(path, offset, content, size_hint, WriteOptions::new()).await?.0)
    }

    /// As [`Blobs::write`], with a type and on conditions, and with what OSS answered.
    pub async fn write_with(
        &self,
        path: &str,
        offset: i64,
        content: impl AsyncRead,
        size_hint: Option<u64>,
        options: WriteOptions,
    ) -> Told<(u64, WrittenFile)> {
        // Of what comes before an offset the component may have to make up some, as zeros: bytes that are not seen here.
        let before = u64::try_from(offset).unwrap_or_default();
        let hint = size_hint.map_or(before.saturating_mul(2), |size| size.saturating_add(before));
        let upload = Upload::new(self.tenant.part_sizes(), Some(hint), before);
        let call = |outlet| {
            let call = WriteStream { path: path.to_owned(), offset, size_hint, options, outlet };
            self.call(Some(path), Some(offset), call)
        };
        pour(content, upload, self.tenant.limits().caller_timeout, call).await.0
    }

    /// Begins a file, or goes on with one when told to append: with the newest upload for this path that was neither
    /// committed nor cancelled, by whatever process, where [`Writer::size`] tells how much is there, and [`Writer::stored`]
    /// what; or, where there is no upload, after the content of the file. One HTTP request to begin, at least two to go on.
    /// Small files take fewer requests by [`Blobs::put`] and [`Blobs::write`].
    ///
    /// Fails as not found when appending where there is neither; with `StorageError::Conflict` when an upload that was to
    /// continue a file ended before that was copied, and the file is gone.
    pub async fn writer(&self, path: &str, append: bool, size_hint: Option<u64>) -> Told<Writer> {
        let start = if append { WriterStart::Newest } else { WriterStart::Anew };
        self.writer_with(path, start, WriterOptions::new().size_hint(size_hint)).await
    }

    /// Begins a file, or goes on with what is said, and only at the offset that is said.
    ///
    /// Fails as not found when there is nothing to go on with; with `StorageError::Conflict` when another number of bytes is
    /// there than is said, and when an upload that was to continue a file ended before that was copied, and the file is gone;
    /// with `StorageError::Unsupported` for an upload that belongs to a call.
    pub async fn writer_with(&self, path: &str, start: WriterStart, options: WriterOptions) -> Told<Writer> {
        let sizes = self.tenant.part_sizes();
        // What is gone on with may end in less than a part, which the component loads.
        let loaded = if start == WriterStart::Anew { 0 } else { sizes.part() };
        let upload = Upload::new(sizes, options.size_hint, loaded);
        let call = Begin { path: path.to_owned(), start, options, upload: Arc::clone(&upload) };
        let kept = self.call(Some(path), None, call).await?;
        Ok(Writer::new(self.tenant.clone(), path.to_owned(), kept, upload))
    }

    /// What is known of a file or directory; `/` is a directory always. One HTTP request for a file and for `/`, two
    /// otherwise.
    pub async fn stat(&self, path: &str) -> Told<FileInfo> {
        self.call(Some(path), None, Stat { path: path.to_owned() }).await
    }

    /// What OSS states of a file; directories are not looked for. One HTTP request.
    pub async fn stat_file(&self, path: &str) -> Told<FileState> {
        self.call(Some(path), None, StatFile { path: path.to_owned() }).await
    }

    /// One page of what is in a directory; `/` is allowed. A directory that is not there is empty. One HTTP request.
    pub async fn list_page(&self, path: &str, options: PageOptions) -> Told<DirectoryPage> {
        self.call(Some(path), None, ListPage { path: path.to_owned(), options: options.into_wit() }).await
    }

    /// The paths of what is directly in a directory, in byte order; `/` is allowed. One HTTP request for each 1000 entries.
    pub async fn list(&self, path: &str) -> Told<PathListing> {
        self.call(Some(path), None, List { path: path.to_owned() }).await
    }

    /// Everything below a directory, without itself; `/` is allowed. Each directory's children come in the byte order of
    /// their names, and what is in a directory right behind it: `/a/b` before `/a-b`. One HTTP request for each 1000 objects.
    /// `start_after`, any string, leaves out the paths up to and including it in that order.
    pub async fn walk(&self, path: &str, start_after: Option<&str>) -> Told<Walk> {
        let opening = OpenWalk { path: path.to_owned(), start_after: start_after.map(str::to_owned) };
        let ((), batches) = self.stream(opening).await?;
        Ok(Walk::new(None, batches))
    }

    /// Moves a file over any that is there. The copy is made on OSS's side, checked, and only then the source is removed.
    pub async fn rename(&self, source: &str, destination: &str) -> Told<WrittenFile> {
        self.rename_with(source, destination, PublishOptions::new()).await
    }

    /// As [`Blobs::rename`], on conditions: that there is no file at the destination, and that the copy, and the removal of the
    /// source after it, come within a window. Where the removal comes too late both are left.
    pub async fn rename_with(&self, source: &str, destination: &str, options: PublishOptions) -> Told<WrittenFile> {
        let options = options.to_wit();
        let call = Move { source: source.to_owned(), destination: destination.to_owned(), options };
        self.call(Some(source), None, call).await
    }

    /// Copies a file over any that is there, on conditions. The copy is made on OSS's side and checked.
    pub async fn copy(&self, source: &str, destination: &str, options: PublishOptions) -> Told<WrittenFile> {
        let options = options.to_wit();
        let call = Copy { source: source.to_owned(), destination: destination.to_owned(), options };
        self.call(Some(source), None, call).await
    }

    /// Removes a file, or a directory with all that is below it, including uploads that were not committed.
    ///
    /// Fails as not found when there is nothing; with [`BlobReason::Left`](crate::BlobReason::Left) when OSS removed some but not all.
    pub async fn delete(&self, path: &str) -> Told<Removal> {
        self.delete_within(path, None).await
    }

    /// As [`Blobs::delete`], but that OSS refuses what comes outside of a window, which may be the rest of many objects.
    pub async fn delete_within(&self, path: &str, window: Option<Window>) -> Told<Removal> {
        let window = window.map(Window::to_wit);
        self.call(Some(path), None, Delete { path: path.to_owned(), window }).await
    }

    /// Removes files, and nothing that is below their paths; fine where there are none. One HTTP request for each 1000.
    ///
    /// Fails with [`BlobReason::Left`](crate::BlobReason::Left) when some are left, each with its reason.
    pub async fn delete_files(&self, paths: Vec<String>, window: Option<Window>) -> Told<Removal> {
        let window = window.map(Window::to_wit);
        // The logs name one of them.
        let path = paths.first().cloned().unwrap_or_default();
        self.call(None, None, DeleteFiles { path, paths, window }).await
    }

    /// A URL by which anyone can read a file for a while without credentials: 1 second to 7 days, default 20
    /// minutes, but never longer than temporary credentials that it is signed with. Whether the file is there is not looked
    /// at. No HTTP request.
    pub async fn url(&self, path: &str, method: UrlMethod, expiry: Option<Duration>) -> Told<SignedUrl> {
        let call = UrlFor { path: path.to_owned(), method, expiry: expiry.map(|expiry| expiry.as_secs()) };
        self.call(Some(path), None, call).await
    }

    /// The uploads for the path and everything below it that were neither committed nor cancelled and were begun at least so
    /// long ago; `/` is allowed. One HTTP request for each 1000. Uploads for objects whose names are no paths are another
    /// program's, and left out.
    pub async fn uploads(&self, path: &str, older_than: Duration) -> Told<Uploads> {
        let opening = OpenUploads { path: path.to_owned(), older_than: older_than.as_secs() };
        let (date, batches) = self.stream(opening).await?;
        Ok(Uploads::new(date, batches))
    }

    /// Aborts these uploads and no others. What is being written by such an upload fails, so they should be older than any
    /// upload takes. One HTTP request for each, and one for what is kept beside them.
    ///
    /// Fails with [`BlobReason::Left`](crate::BlobReason::Left) when some are left.
    pub async fn remove_uploads<'a>(&self, uploads: impl IntoIterator<Item = &'a UploadInfo>) -> Told<()> {
        let uploads: Vec<_> = uploads.into_iter().map(Into::into).collect();
        // The logs name one of them.
        let path = uploads.first().map(|upload: &wit::UploadInfo| upload.path.clone()).unwrap_or_default();
        self.call(None, None, RemoveUploads { path, uploads }).await
    }

    /// Removes what suspended uploads kept beside them and left there, having been aborted otherwise than by a driver, as
    /// far as it was kept at least so long ago; tells how many objects these were. Seldom more than one HTTP request.
    ///
    /// Fails with [`BlobReason::Left`](crate::BlobReason::Left) when some are left.
    pub async fn remove_orphans(&self, older_than: Duration) -> Told<u64> {
        self.call(None, None, RemoveOrphans { path: String::new(), older_than: older_than.as_secs() }).await
    }

    /// Has a call stream out. Gives what comes before the stream beside it.
    async fn stream<O: Opening>(&self, opening: O) -> Told<(O::Head, Outflow<Vec<O::Entry>>)> {
        let blobs = self.clone();
        let begun = Outflow::begin(self.tenant.limits().caller_timeout, |inlet| async move {
            let path = opening.path().to_owned();
            blobs.call(Some(&path), None, Outgoing { opening, inlet }).await
        });
        begun.await
    }

    async fn call<T, C: Operation<Output = Told<T>>>(
        &self,
        path: Option<&str>,
        offset: Option<i64>,
        call: C,
    ) -> Told<T> {
        match self.tenant.clone().call(call).await {
            Ok(told) => told,
            Err(error) => Err(BlobError::of(path, offset, error)),
        }
    }
}
