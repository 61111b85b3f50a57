//! A file that is being written, in several steps.

use super::conditions::PublishOptions;
use super::error::{BlobError, BlobReason};
use super::into_component::{read, send_content};
use super::operations::Result as BlobResult;
use super::state::WrittenFile;
use super::stored::StoredContent;
use super::writer_bytes::Pending;
use super::writer_operations::{Cancel, Close, Commit, KeptWriter, Size, Stored, UploadId, Write, WriterHandle};
use crate::admission::Upload;
use crate::error::Error;
use crate::instance::Operation;
use crate::tenant::Tenant;
use bytes::Bytes;
use futures_util::Stream;
use std::sync::Arc;
use std::{fmt, io};
use tokio::io::AsyncRead;
use tokio::sync::Mutex;

/// A file that is being written. Nothing can be read of it before [`Writer::commit`].
///
/// It lives in one instance of the component, which stays for as long as there is a writer in it. Should that instance be
/// stopped all the same, calls fail with [`Error::Retired`]; and after that, as after a crash or a drop without an end, what
/// had been sent in whole parts is still in OSS: [`Blobs::writer`](crate::Blobs::writer) goes on with it, when told to append.
///
/// It is an [`AsyncWrite`](tokio::io::AsyncWrite) too, for `tokio::io::copy` and what writes piece by piece; and
/// [`Writer::write`] and [`Writer::write_stream`] take a whole content.
///
/// A future that is dropped in its middle leaves the writer usable: the next call waits until the one before has ended, and
/// [`Writer::size`] tells where it is. Futures are `Send` and borrow nothing of the writer.
pub struct Writer {
    pub(super) handle: Arc<WriterHandle>,
    /// What is being written piece by piece.
    pub(super) pending: Pending,
}

impl Writer {
    pub(super) fn new(tenant: Tenant, path: String, writer: KeptWriter, upload: Arc<Upload>) -> Self {
        let turn = Arc::new(Mutex::new(()));
        Self { handle: Arc::new(WriterHandle { tenant, path, writer, upload, turn }), pending: Pending::default() }
    }

    /// Its path.
    pub fn path(&self) -> &str {
        &self.handle.path
    }

    /// Adds a content to the end, and tells how many bytes were taken of it. Returns when every whole part has arrived;
    /// what makes no whole part waits in the instance.
    ///
    /// After a failure what was taken still counts, [`Writer::size`] tells how much that is, and parts that did not arrive
    /// are sent again by the next call. Fails with [`BlobReason::BrokenContent`] where the content could not be read to its
    /// end; what could be read of it is written.
    pub fn write<C: AsyncRead>(&mut self, content: C) -> impl Future<Output = BlobResult<u64>> + use<C> {
        let (flushed, added) = (self.flushed(), self.add(read(content)));
        async move {
            flushed.await?;
            added.await
        }
    }

    /// As [`Writer::write`], of a content that comes in pieces.
    pub fn write_stream<S>(&mut self, content: S) -> impl Future<Output = BlobResult<u64>> + use<S>
    where
        S: Stream<Item = io::Result<Bytes>>,
    {
        let (flushed, added) = (self.flushed(), self.add(content));
        async move {
            flushed.await?;
            added.await
        }
    }

    /// The bytes written so far, by this writer and those before it, whether they have arrived or not. Of those that are being
    /// written piece by piece some may count only after a flush. No request.
    pub fn size(&self) -> impl Future<Output = BlobResult<u64>> + Send + use<> {
        self.ask(Size { handle: Arc::clone(&self.handle) })
    }

    /// OSS's id of the upload, by which another writer can go on with it; none while there is no upload yet, which is so only
    /// of a writer that was begun with [`WriterStart::Newest`](crate::WriterStart::Newest), with a file's content, and has
    /// sent nothing. No request.
    pub fn upload_id(&self) -> impl Future<Output = BlobResult<Option<String>>> + Send + use<> {
        self.ask(UploadId { handle: Arc::clone(&self.handle) })
    }

    /// What was stored when the writer was begun: of which bytes, if not by this process, it should be made sure that they are
    /// those of the content that is to be written. No request.
    pub fn stored(&self) -> impl Future<Output = BlobResult<StoredContent>> + Send + use<> {
        self.ask(Stored { handle: Arc::clone(&self.handle) })
    }

    /// Keeps everything that was written, in OSS, for another writer to go on with: at most two requests, and one for each
    /// part that had not arrived. Does nothing after [`Writer::commit`] or [`Writer::cancel`].
    pub fn close(&mut self) -> impl Future<Output = BlobResult<()>> + Send + use<> {
        let (flushed, handle) = (self.flushed(), Arc::clone(&self.handle));
        async move {
            flushed.await?;
            let turn = Arc::clone(&handle.turn).lock_owned().await;
            call(&handle, Close { handle: Arc::clone(&handle), turn }).await
        }
    }

    /// Drops everything that was written. At most two requests, and one after a commit that failed. After a failure it can be
    /// tried again.
    ///
    /// Fails with `StorageError::Conflict` when a commit that failed turns out to have made it the file's content.
    pub fn cancel(&mut self) -> impl Future<Output = BlobResult<()>> + Send + use<> {
        let (flushed, handle) = (self.flushed(), Arc::clone(&self.handle));
        async move {
            // Whatever came of it, nothing of it is wanted.
            drop(flushed.await);
            let turn = Arc::clone(&handle.turn).lock_owned().await;
            call(&handle, Cancel { handle: Arc::clone(&handle), turn }).await
        }
    }

    /// Makes it the file's content, over any that is there. At most two requests and one for each part that had not arrived;
    /// where the writer was begun with the content of a file, two more to begin the upload.
    ///
    /// When the answer is lost the file is looked at, and only if it is what was written this succeeds. After a failure
    /// everything is still there, and it can be tried again, by this writer or another one.
    pub fn commit(&mut self) -> impl Future<Output = BlobResult<WrittenFile>> + Send + use<> {
        self.commit_with(PublishOptions::new())
    }

    /// As [`Writer::commit`], on conditions.
    pub fn commit_with(
        &mut self,
        options: PublishOptions,
    ) -> impl Future<Output = BlobResult<WrittenFile>> + Send + use<> {
        let (flushed, handle) = (self.flushed(), Arc::clone(&self.handle));
        async move {
            flushed.await?;
            let turn = Arc::clone(&handle.turn).lock_owned().await;
            call(&handle, Commit { handle: Arc::clone(&handle), turn, options: options.to_wit() }).await
        }
    }

    /// Waits for what is being written piece by piece. It stays the writer's until its end was heard: of a future that is
    /// dropped before, the next one hears it.
    fn flushed(&mut self) -> impl Future<Output = BlobResult<()>> + Send + use<> {
        self.pending.flushed()
    }

    fn add<S>(&self, content: S) -> impl Future<Output = BlobResult<u64>> + use<S>
    where
        S: Stream<Item = io::Result<Bytes>>,
    {
        add(Arc::clone(&self.handle), content)
    }

    fn ask<T: Send + 'static, C: Operation<Output = BlobResult<T>>>(
        &self,
        question: C,
    ) -> impl Future<Output = BlobResult<T>> + Send + use<T, C> {
        let handle = Arc::clone(&self.handle);
        async move { call(&handle, question).await }
    }
}

/// Adds a content.
pub(super) async fn add(handle: Arc<WriterHandle>, content: impl Stream<Item = io::Result<Bytes>>) -> BlobResult<u64> {
    let turn = Arc::clone(&handle.turn).lock_owned().await;
    let limit = handle.tenant.limits().caller_timeout;
    let write = |from_caller| call(&handle, Write { handle: Arc::clone(&handle), turn, from_caller });
    let (written, broken) = send_content(content, Arc::clone(&handle.upload), limit, write).await;
    match broken {
        Some(error) if written.is_ok() => {
            Err(BlobError::new(Some(&handle.path), BlobReason::BrokenContent(error.into())))
        }
        _ => written,
    }
}

/// Makes a call in the writer's instance.
async fn call<T, C: Operation<Output = BlobResult<T>>>(handle: &WriterHandle, call: C) -> BlobResult<T> {
    let WriterHandle { tenant, writer, .. } = handle;
    let result = match writer.stay() {
        Some(stay) => tenant.clone().call_within(call, stay).await,
        None => Err(Error::Closed),
    };
    match result {
        Ok(told) => told,
        Err(error) => Err(BlobError::of(Some(&handle.path), None, error)),
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("path", &self.path()).finish_non_exhaustive()
    }
}
