//! The calls that change blobs: writing, appending, moving, copying and deleting.

use super::conditions::{PublishOptions, WriteOptions};
use super::handle::Blobs;
use super::info::UploadInfo;
use super::into_component::{read, send_content};
use super::operations::{
    Append, Copy, Delete, DeleteFiles, Move, PutContent, RemoveOrphans, RemoveUploads, Result as BlobResult,
};
use super::start::{WriterOptions, WriterStart};
use super::state::{Removal, WrittenFile};
use super::write::WriteStream;
use super::writer::Writer;
use super::writer_operations::OpenWriter;
use crate::admission::Upload;
use crate::window::Window;
use crate::wit::blob_driver as wit;
use bytes::Bytes;
use futures_util::Stream;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncRead;

impl Blobs {
    /// Makes a file or replaces all of one, by at most 128 MiB. One HTTP request.
    pub fn put<C: Into<Bytes>>(
        &self,
        path: &str,
        content: C,
    ) -> impl Future<Output = BlobResult<WrittenFile>> + Send + use<C> {
        self.put_with(path, content, WriteOptions::new())
    }

    /// As [`Blobs::put`], with a type and on conditions.
    pub fn put_with<C: Into<Bytes>>(
        &self,
        path: &str,
        content: C,
        options: WriteOptions,
    ) -> impl Future<Output = BlobResult<WrittenFile>> + Send + use<C> {
        let (content, options) = (content.into(), options.into_wit());
        self.call(Some(path), None, PutContent { path: path.to_owned(), content, options })
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
    pub fn append<C: Into<Bytes>>(
        &self,
        path: &str,
        position: u64,
        before: Option<u64>,
        content: C,
        window: Option<Window>,
    ) -> impl Future<Output = BlobResult<WrittenFile>> + Send + use<C> {
        let (content, window) = (content.into(), window.map(Window::to_wit));
        self.call(Some(path), None, Append { path: path.to_owned(), position, before, content, window })
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
    pub fn write<C: AsyncRead>(
        &self,
        path: &str,
        offset: u64,
        content: C,
        size_hint: Option<u64>,
    ) -> impl Future<Output = BlobResult<u64>> + use<C> {
        let written = self.write_with(path, offset, content, size_hint, WriteOptions::new());
        async move { Ok(written.await?.0) }
    }

    /// As [`Blobs::write`], with a type and on conditions, and with what OSS answered.
    pub fn write_with<C: AsyncRead>(
        &self,
        path: &str,
        offset: u64,
        content: C,
        size_hint: Option<u64>,
        options: WriteOptions,
    ) -> impl Future<Output = BlobResult<(u64, WrittenFile)>> + use<C> {
        self.write_stream(path, offset, read(content), size_hint, options)
    }

    /// As [`Blobs::write_with`], of a content that comes in pieces, which are not copied on their way to the component.
    pub fn write_stream<S>(
        &self,
        path: &str,
        offset: u64,
        content: S,
        size_hint: Option<u64>,
        options: WriteOptions,
    ) -> impl Future<Output = BlobResult<(u64, WrittenFile)>> + use<S>
    where
        S: Stream<Item = io::Result<Bytes>>,
    {
        // Of what comes before an offset the component may have to make up some, as zeros: bytes that are not seen here.
        let hint = size_hint.map_or(offset.saturating_mul(2), |size| size.saturating_add(offset));
        let tenant = self.tenant().clone();
        let upload = Upload::new(tenant.part_sizes(), Some(hint), offset);
        let (blobs, path) = (self.clone(), path.to_owned());
        async move {
            let call = |from_caller| {
                let call = WriteStream { path: path.clone(), offset, size_hint, options, from_caller };
                blobs.call(Some(&path), Some(offset), call)
            };
            let (written, broken) = send_content(content, upload, tenant.limits().caller_timeout, call).await;
            written.map_err(|error| error.because(broken))
        }
    }

    /// Begins a file, or goes on with one when told to append: with the newest upload for this path that was neither
    /// committed nor cancelled, by whatever process, where [`Writer::size`] tells how much is there, and [`Writer::stored`]
    /// what; or, where there is no upload, after the content of the file. One HTTP request to begin, at least two to go on.
    /// Small files take fewer requests by [`Blobs::put`] and [`Blobs::write`].
    ///
    /// Fails as not found when appending where there is neither; with `StorageError::Conflict` when an upload that was to
    /// continue a file ended before that was copied, and the file is gone.
    pub fn writer(
        &self,
        path: &str,
        append: bool,
        size_hint: Option<u64>,
    ) -> impl Future<Output = BlobResult<Writer>> + Send + use<> {
        let start = if append { WriterStart::Newest } else { WriterStart::Anew };
        self.writer_with(path, start, WriterOptions::new().size_hint(size_hint))
    }

    /// Begins a file, or goes on with what is said, and only at the offset that is said.
    ///
    /// Fails as not found when there is nothing to go on with; with `StorageError::Conflict` when another number of bytes is
    /// there than is said, and when an upload that was to continue a file ended before that was copied, and the file is gone;
    /// with `StorageError::Unsupported` for an upload that belongs to a call.
    pub fn writer_with(
        &self,
        path: &str,
        start: WriterStart,
        options: WriterOptions,
    ) -> impl Future<Output = BlobResult<Writer>> + Send + use<> {
        let sizes = self.tenant().part_sizes();
        // What is gone on with may end in less than a part, which the component loads.
        let loaded = if start == WriterStart::Anew { 0 } else { sizes.part() };
        let upload = Upload::new(sizes, options.size_hint, loaded);
        let call = OpenWriter { path: path.to_owned(), start, options, upload: Arc::clone(&upload) };
        let begun = self.call(Some(path), None, call);
        let (tenant, path) = (self.tenant().clone(), path.to_owned());
        async move { Ok(Writer::new(tenant, path, begun.await?, upload)) }
    }

    /// Moves a file over any that is there. The copy is made on OSS's side, checked, and only then the source is removed.
    pub fn rename(
        &self,
        source: &str,
        destination: &str,
    ) -> impl Future<Output = BlobResult<WrittenFile>> + Send + use<> {
        self.rename_with(source, destination, PublishOptions::new())
    }

    /// As [`Blobs::rename`], on conditions: that there is no file at the destination, and that the copy, and the removal of the
    /// source after it, come within a window. Where the removal comes too late both are left.
    pub fn rename_with(
        &self,
        source: &str,
        destination: &str,
        options: PublishOptions,
    ) -> impl Future<Output = BlobResult<WrittenFile>> + Send + use<> {
        let options = options.to_wit();
        let call = Move { source: source.to_owned(), destination: destination.to_owned(), options };
        self.call(Some(source), None, call)
    }

    /// Copies a file over any that is there, on conditions. The copy is made on OSS's side and checked.
    pub fn copy(
        &self,
        source: &str,
        destination: &str,
        options: PublishOptions,
    ) -> impl Future<Output = BlobResult<WrittenFile>> + Send + use<> {
        let options = options.to_wit();
        let call = Copy { source: source.to_owned(), destination: destination.to_owned(), options };
        self.call(Some(source), None, call)
    }

    /// Removes a file, or a directory with all that is below it, including uploads that were not committed.
    ///
    /// Fails as not found when there is nothing; with [`BlobReason::Left`](crate::BlobReason::Left) when OSS removed some but not all.
    pub fn delete(&self, path: &str) -> impl Future<Output = BlobResult<Removal>> + Send + use<> {
        self.delete_within(path, None)
    }

    /// As [`Blobs::delete`], but that OSS refuses what comes outside of a window, which may be the rest of many objects.
    pub fn delete_within(
        &self,
        path: &str,
        window: Option<Window>,
    ) -> impl Future<Output = BlobResult<Removal>> + Send + use<> {
        let window = window.map(Window::to_wit);
        self.call(Some(path), None, Delete { path: path.to_owned(), window })
    }

    /// Removes files, and nothing that is below their paths; fine where there are none. One HTTP request for each 1000.
    ///
    /// Fails with [`BlobReason::Left`](crate::BlobReason::Left) when some are left, each with its reason.
    pub fn delete_files(
        &self,
        paths: Vec<String>,
        window: Option<Window>,
    ) -> impl Future<Output = BlobResult<Removal>> + Send + use<> {
        let window = window.map(Window::to_wit);
        // The logs name one of them.
        let path = paths.first().cloned().unwrap_or_default();
        self.call(None, None, DeleteFiles { path, paths, window })
    }

    /// Aborts these uploads and no others. What is being written by such an upload fails, so they should be older than any
    /// upload takes. One HTTP request for each, and one for what is kept beside them.
    ///
    /// Fails with [`BlobReason::Left`](crate::BlobReason::Left) when some are left.
    pub fn remove_uploads(&self, uploads: &[UploadInfo]) -> impl Future<Output = BlobResult<()>> + Send + use<> {
        let uploads: Vec<_> = uploads.iter().map(Into::into).collect();
        // The logs name one of them.
        let path = uploads.first().map(|upload: &wit::UploadInfo| upload.path.clone()).unwrap_or_default();
        self.call(None, None, RemoveUploads { path, uploads })
    }

    /// Removes what suspended uploads kept beside them and left there, having been aborted otherwise than by a driver, as
    /// far as it was kept at least so long ago; tells how many objects these were. Seldom more than one HTTP request.
    ///
    /// Fails with [`BlobReason::Left`](crate::BlobReason::Left) when some are left.
    pub fn remove_orphans(&self, older_than: Duration) -> impl Future<Output = BlobResult<u64>> + Send + use<> {
        self.call(None, None, RemoveOrphans { path: String::new(), older_than: older_than.as_secs() })
    }
}
