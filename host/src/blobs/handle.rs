//! The blobs of a registry, as a caller has them.

use super::conditions::{ReadCondition, ReadOptions};
use super::download::Download;
use super::error::BlobError;
use super::info::{FileInfo, PathListing, SignedUrl, UrlMethod};
use super::operations::{Check, GetContent, List, ListPage, ReadTail, Result as BlobResult, Stat, StatFile, UrlFor};
use super::out_of_component::StreamReceiver;
use super::outgoing::{Outgoing, StreamExport};
use super::page::{DirectoryPage, PageOptions};
use super::read::ReadContent;
use super::state::{FileContent, FileState, FileTail};
use super::walk::{OpenUploads, OpenWalk, Uploads, Walk};
use crate::instance::Operation;
use crate::tenant::Tenant;
use std::time::Duration;

/// What comes before a stream of entries, and the stream.
type Streamed<O> = (<O as StreamExport>::Head, StreamReceiver<Vec<<O as StreamExport>::Entry>>);

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
/// The futures need no particular runtime, are `Send` and borrow nothing, as far as a content that is to be written is `Send` and
/// borrows nothing.
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
    pub fn check(&self) -> impl Future<Output = BlobResult<()>> + Send + use<> {
        self.call(None, None, Check)
    }

    /// The whole content of a file, of at most 128 MiB. One HTTP request.
    ///
    /// Content that large needs [`Limits::memory`](crate::Limits::memory), [`Limits::cpu`](crate::Limits::cpu) and
    /// [`Limits::hostcall_bytes`](crate::Limits::hostcall_bytes) above their defaults; [`Blobs::read`] does not. Fails as not found when the path is a
    /// directory; with `StorageError::Corrupt` when the bytes that came are not those that OSS holds.
    pub fn get(&self, path: &str) -> impl Future<Output = BlobResult<Vec<u8>>> + Send + use<> {
        let got = self.get_with(path, ReadCondition::new());
        async move { Ok(got.await?.content) }
    }

    /// As [`Blobs::get`], on a condition, and with what OSS states of the file.
    pub fn get_with(
        &self,
        path: &str,
        condition: ReadCondition,
    ) -> impl Future<Output = BlobResult<FileContent>> + Send + use<> {
        let condition = condition.into_wit();
        self.call(Some(path), None, GetContent { path: path.to_owned(), condition })
    }

    /// The last bytes of a file, 1 to 16 777 216, or all of them where it has fewer. One HTTP request.
    pub fn read_tail(
        &self,
        path: &str,
        length: u64,
        condition: ReadCondition,
    ) -> impl Future<Output = BlobResult<FileTail>> + Send + use<> {
        let condition = condition.into_wit();
        self.call(Some(path), None, ReadTail { path: path.to_owned(), length, condition })
    }

    /// The content of a file from an offset on, in bytes. At or beyond the end it is empty, which is no error. One HTTP
    /// request, and one more whenever the connection breaks.
    ///
    /// Fails as not found. Later the [`Download`] fails with `StorageError::Conflict` when the file was changed or deleted meanwhile, and with `StorageError::Corrupt`.
    pub fn read(&self, path: &str, offset: u64) -> impl Future<Output = BlobResult<Download>> + Send + use<> {
        self.read_with(path, offset, ReadOptions::new())
    }

    /// As [`Blobs::read`], for a length and on a condition.
    pub fn read_with(
        &self,
        path: &str,
        offset: u64,
        options: ReadOptions,
    ) -> impl Future<Output = BlobResult<Download>> + Send + use<> {
        let (blobs, path) = (self.clone(), path.to_owned());
        async move {
            let limit = blobs.tenant.limits().caller_timeout;
            let begun = StreamReceiver::begin(limit, |to_caller| async move {
                let call = ReadContent { path: path.clone(), offset, options, to_caller };
                blobs.call(Some(&path), Some(offset), call).await
            });
            let (state, pieces) = begun.await?;
            Ok(Download::new(state, pieces))
        }
    }

    /// What is known of a file or directory; `/` is a directory always. One HTTP request for a file and for `/`, two
    /// otherwise.
    pub fn stat(&self, path: &str) -> impl Future<Output = BlobResult<FileInfo>> + Send + use<> {
        self.call(Some(path), None, Stat { path: path.to_owned() })
    }

    /// What OSS states of a file; directories are not looked for. One HTTP request.
    pub fn stat_file(&self, path: &str) -> impl Future<Output = BlobResult<FileState>> + Send + use<> {
        self.call(Some(path), None, StatFile { path: path.to_owned() })
    }

    /// One page of what is in a directory; `/` is allowed. A directory that is not there is empty. One HTTP request.
    pub fn list_page(
        &self,
        path: &str,
        options: PageOptions,
    ) -> impl Future<Output = BlobResult<DirectoryPage>> + Send + use<> {
        self.call(Some(path), None, ListPage { path: path.to_owned(), options: options.into_wit() })
    }

    /// The paths of what is directly in a directory, in byte order; `/` is allowed. One HTTP request for each 1000 entries.
    pub fn list(&self, path: &str) -> impl Future<Output = BlobResult<PathListing>> + Send + use<> {
        self.call(Some(path), None, List { path: path.to_owned() })
    }

    /// Everything below a directory, without itself; `/` is allowed. Each directory's children come in the byte order of
    /// their names, and what is in a directory right behind it: `/a/b` before `/a-b`. One HTTP request for each 1000 objects.
    /// `start_after`, any string, leaves out the paths up to and including it in that order.
    pub fn walk(&self, path: &str, start_after: Option<&str>) -> impl Future<Output = BlobResult<Walk>> + Send + use<> {
        let export = OpenWalk { path: path.to_owned(), start_after: start_after.map(str::to_owned) };
        let stream = self.stream(export);
        async move {
            let ((), batches) = stream.await?;
            Ok(Walk::new(None, batches))
        }
    }

    /// A URL by which anyone can read a file for a while without credentials: 1 second to 7 days, default 20
    /// minutes, but never longer than temporary credentials that it is signed with. Whether the file is there is not looked
    /// at. No HTTP request.
    pub fn url(
        &self,
        path: &str,
        method: UrlMethod,
        expiry: Option<Duration>,
    ) -> impl Future<Output = BlobResult<SignedUrl>> + Send + use<> {
        let call = UrlFor { path: path.to_owned(), method, expiry: expiry.map(|expiry| expiry.as_secs()) };
        self.call(Some(path), None, call)
    }

    /// The uploads for the path and everything below it that were neither committed nor cancelled and were begun at least so
    /// long ago; `/` is allowed. One HTTP request for each 1000. Uploads for objects whose names are no paths are another
    /// program's, and left out.
    pub fn uploads(
        &self,
        path: &str,
        older_than: Duration,
    ) -> impl Future<Output = BlobResult<Uploads>> + Send + use<> {
        let export = OpenUploads { path: path.to_owned(), older_than: older_than.as_secs() };
        let stream = self.stream(export);
        async move {
            let (date, batches) = stream.await?;
            Ok(Uploads::new(date, batches))
        }
    }

    /// Has a call stream out. Gives what comes before the stream beside it.
    fn stream<O: StreamExport>(&self, export: O) -> impl Future<Output = BlobResult<Streamed<O>>> + Send + use<O> {
        let blobs = self.clone();
        async move {
            let limit = blobs.tenant.limits().caller_timeout;
            let begun = StreamReceiver::begin(limit, |to_caller| async move {
                let path = export.path().to_owned();
                blobs.call(Some(&path), None, Outgoing { export, to_caller }).await
            });
            begun.await
        }
    }

    pub(super) fn call<T: Send + 'static, C: Operation<Output = BlobResult<T>>>(
        &self,
        path: Option<&str>,
        offset: Option<u64>,
        call: C,
    ) -> impl Future<Output = BlobResult<T>> + Send + use<T, C> {
        let (called, path) = (self.tenant.clone().call(call), path.map(str::to_owned));
        async move {
            match called.await {
                Ok(told) => told,
                Err(error) => Err(BlobError::of(path.as_deref(), offset, error)),
            }
        }
    }
}
