//! A file that is being written, in several steps.

use super::conditions::PublishOptions;
use super::error::{BlobError, BlobReason};
use super::into_component::pour;
use super::operations::Result as Told;
use super::state::WrittenFile;
use super::stored::StoredContent;
use super::writer_operations::{Cancel, Close, Commit, Hold, KeptWriter, Size, Stored, UploadId, Write};
use crate::admission::Upload;
use crate::error::Error;
use crate::instance::Operation;
use crate::tenant::Tenant;
use std::fmt;
use std::sync::Arc;
use tokio::io::AsyncRead;
use tokio::sync::Mutex;

/// A file that is being written. Nothing can be read of it before [`Writer::commit`].
///
/// It lives in one instance of the component, which stays for as long as there is a writer in it. Should that instance be
/// stopped all the same, calls fail with [`Error::Retired`]; and after that, as after a crash or a drop without an end, what
/// had been sent in whole parts is still in OSS: [`Blobs::writer`](crate::Blobs::writer) goes on with it, when told to append.
///
/// A future that is dropped in its middle leaves the writer usable: the next call waits until the one before has ended, and
/// [`Writer::size`] tells where it is.
pub struct Writer {
    hold: Arc<Hold>,
}

impl Writer {
    pub(super) fn new(tenant: Tenant, path: String, writer: KeptWriter, upload: Arc<Upload>) -> Self {
        let turn = Arc::new(Mutex::new(()));
        Self { hold: Arc::new(Hold { tenant, path, writer, upload, turn }) }
    }

    /// Its path.
    pub fn path(&self) -> &str {
        &self.hold.path
    }

    /// Adds a content to the end, and tells how many bytes were taken of it. Returns when every whole part has arrived;
    /// what makes no whole part waits in the instance.
    ///
    /// After a failure what was taken still counts, [`Writer::size`] tells how much that is, and parts that did not arrive
    /// are sent again by the next call. Fails with [`BlobReason::BrokenContent`] where the content could not be read to its
    /// end; what could be read of it is written.
    pub async fn write(&mut self, content: impl AsyncRead) -> Told<u64> {
        let turn = Arc::clone(&self.hold.turn).lock_owned().await;
        let hold = Arc::clone(&self.hold);
        let limit = hold.tenant.limits().caller_timeout;
        let call = |outlet| self.call(Write { hold: Arc::clone(&hold), turn, outlet });
        let (written, broken) = pour(content, Arc::clone(&hold.upload), limit, call).await;
        match broken {
            Some(error) if written.is_ok() => {
                Err(BlobError::new(Some(self.path()), BlobReason::BrokenContent(error.to_string())))
            }
            _ => written,
        }
    }

    /// The bytes written so far, by this writer and those before it, whether they have arrived or not. No request.
    pub async fn size(&self) -> Told<u64> {
        self.call(Size { hold: Arc::clone(&self.hold) }).await
    }

    /// OSS's id of the upload, by which another writer can go on with it; none while there is no upload yet, which is so only
    /// of a writer that was begun with [`WriterStart::Newest`](crate::WriterStart::Newest), with a file's content, and has
    /// sent nothing. No request.
    pub async fn upload_id(&self) -> Told<Option<String>> {
        self.call(UploadId { hold: Arc::clone(&self.hold) }).await
    }

    /// What was stored when the writer was begun: of which bytes, if not by this process, it should be made sure that they are
    /// those of the content that is to be written. No request.
    pub async fn stored(&self) -> Told<StoredContent> {
        self.call(Stored { hold: Arc::clone(&self.hold) }).await
    }

    /// Keeps everything that was written, in OSS, for another writer to go on with: at most two requests, and one for each
    /// part that had not arrived. Does nothing after [`Writer::commit`] or [`Writer::cancel`].
    pub async fn close(&mut self) -> Told<()> {
        let turn = Arc::clone(&self.hold.turn).lock_owned().await;
        self.call(Close { hold: Arc::clone(&self.hold), turn }).await
    }

    /// Drops everything that was written. At most two requests, and one after a commit that failed. After a failure it can be
    /// tried again.
    ///
    /// Fails with `StorageError::Conflict` when a commit that failed turns out to have made it the file's content.
    pub async fn cancel(&mut self) -> Told<()> {
        let turn = Arc::clone(&self.hold.turn).lock_owned().await;
        self.call(Cancel { hold: Arc::clone(&self.hold), turn }).await
    }

    /// Makes it the file's content, over any that is there. At most two requests and one for each part that had not arrived;
    /// where the writer was begun with the content of a file, two more to begin the upload.
    ///
    /// When the answer is lost the file is looked at, and only if it is what was written this succeeds. After a failure
    /// everything is still there, and it can be tried again, by this writer or another one.
    pub async fn commit(&mut self) -> Told<WrittenFile> {
        self.commit_with(PublishOptions::new()).await
    }

    /// As [`Writer::commit`], on conditions.
    pub async fn commit_with(&mut self, options: PublishOptions) -> Told<WrittenFile> {
        let turn = Arc::clone(&self.hold.turn).lock_owned().await;
        self.call(Commit { hold: Arc::clone(&self.hold), turn, options: options.to_wit() }).await
    }

    async fn call<T, C: Operation<Output = Told<T>>>(&self, call: C) -> Told<T> {
        let Hold { tenant, writer, .. } = &*self.hold;
        let result = match writer.stay() {
            Some(stay) => tenant.clone().call_within(call, stay).await,
            None => Err(Error::Closed),
        };
        match result {
            Ok(told) => told,
            Err(error) => Err(BlobError::of(Some(self.path()), None, error)),
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("path", &self.path()).finish_non_exhaustive()
    }
}
