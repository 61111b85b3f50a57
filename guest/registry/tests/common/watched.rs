//! The driver in memory, with a record of all that is written and deleted, and with deletions of single files that fail.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use ossicle_registry::memory::{Driver, MemoryContent, MemoryWriter};
use ossicle_registry::ports::{
    ByteRange, ContentError, Failed, Guard, ListRequest, Loaded, ObjectInfo, Opened, Page, SignedUrl, Storage,
    StorageError, StorageErrorKind, Upload, UploadPage, Window, Writer, WriterStart, Written,
};

/// A request that changes the bucket.
#[derive(Clone, Debug)]
pub enum Change {
    Put { path: String, content: Bytes, guard: Guard },
    Append { path: String, position: u64, content: Bytes, window: Window },
    Copy { source: String, destination: String, guard: Guard },
    Commit { path: String, guard: Guard },
    Delete { paths: Vec<String>, window: Option<Window> },
}

impl Change {
    /// The files that it changes.
    pub fn paths(&self) -> Vec<String> {
        match self {
            Self::Put { path, .. } | Self::Append { path, .. } | Self::Commit { path, .. } => vec![path.clone()],
            Self::Copy { destination, .. } => vec![destination.clone()],
            Self::Delete { paths, .. } => paths.clone(),
        }
    }

    /// The window in which OSS takes it.
    pub fn window(&self) -> Option<Window> {
        match self {
            Self::Put { guard, .. } | Self::Copy { guard, .. } | Self::Commit { guard, .. } => guard.window,
            Self::Append { window, .. } => Some(*window),
            Self::Delete { window, .. } => *window,
        }
    }
}

/// Lets other futures come to their turn, as any request does.
pub async fn pause() {
    let mut is_over = false;
    std::future::poll_fn(move |context| {
        if std::mem::replace(&mut is_over, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The driver of a process.
#[derive(Clone, Debug)]
pub struct Watched {
    pub driver: Driver,
    changes: Arc<Mutex<Vec<Change>>>,
    stuck: Arc<Mutex<BTreeSet<String>>>,
}

impl Watched {
    pub fn new(driver: &Driver) -> Self {
        Self { driver: driver.clone(), changes: Arc::default(), stuck: Arc::default() }
    }

    /// All changes so far, in order.
    pub fn changes(&self) -> Vec<Change> {
        self.changes.lock().unwrap().clone()
    }

    /// Lets OSS refuse to delete a file.
    pub fn refuse_to_delete(&self, path: &str) {
        self.stuck.lock().unwrap().insert(path.to_owned());
    }

    /// Lets OSS delete all files again.
    pub fn delete_all_again(&self) {
        self.stuck.lock().unwrap().clear();
    }

    /// A copy of a change arrives once more, late. A commit has none, because its upload is gone.
    pub async fn repeat(&self, change: &Change) -> Result<(), StorageError> {
        match change.clone() {
            Change::Put { path, content, guard } => self.driver.put(&path, content, guard).await.map(drop),
            Change::Append { path, position, content, window } => {
                self.driver.append(&path, position, content, window).await
            }
            Change::Copy { source, destination, guard } => {
                self.driver.copy(&source, &destination, guard).await.map(drop)
            }
            Change::Commit { .. } => Ok(()),
            Change::Delete { paths, window } => self.driver.delete(&paths, window).await.map(drop),
        }
    }

    fn record(&self, change: Change) {
        self.changes.lock().unwrap().push(change);
    }
}

/// A file that is being written.
#[derive(Debug)]
pub struct WatchedWriter {
    writer: MemoryWriter,
    path: String,
    storage: Watched,
}

impl Writer for WatchedWriter {
    fn size(&self) -> u64 {
        self.writer.size()
    }

    async fn write<C>(&mut self, content: C) -> Result<(), StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        self.writer.write(content).await
    }

    async fn close(&mut self) -> Result<(), StorageError> {
        self.writer.close().await
    }

    async fn cancel(&mut self) -> Result<(), StorageError> {
        self.writer.cancel().await
    }

    async fn commit(&mut self, guard: Guard) -> Result<Written, StorageError> {
        self.storage.record(Change::Commit { path: self.path.clone(), guard });
        self.writer.commit(guard).await
    }
}

impl Storage for Watched {
    type Content = MemoryContent;
    type Writer = WatchedWriter;

    async fn load(&self, path: &str, range: ByteRange) -> Result<Loaded, StorageError> {
        pause().await;
        self.driver.load(path, range).await
    }

    async fn open(&self, path: &str, range: ByteRange) -> Result<Opened<MemoryContent>, StorageError> {
        pause().await;
        self.driver.open(path, range).await
    }

    async fn stat(&self, path: &str) -> Result<ObjectInfo, StorageError> {
        pause().await;
        self.driver.stat(path).await
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<Page, StorageError> {
        pause().await;
        self.driver.list(request).await
    }

    async fn put(&self, path: &str, content: Bytes, guard: Guard) -> Result<Written, StorageError> {
        self.record(Change::Put { path: path.to_owned(), content: content.clone(), guard });
        pause().await;
        self.driver.put(path, content, guard).await
    }

    async fn append(&self, path: &str, position: u64, content: Bytes, window: Window) -> Result<(), StorageError> {
        self.record(Change::Append { path: path.to_owned(), position, content: content.clone(), window });
        pause().await;
        self.driver.append(path, position, content, window).await
    }

    async fn writer(&self, path: &str, start: WriterStart<'_>) -> Result<WatchedWriter, StorageError> {
        pause().await;
        let writer = self.driver.writer(path, start).await?;
        Ok(WatchedWriter { writer, path: path.to_owned(), storage: self.clone() })
    }

    async fn copy(&self, source: &str, destination: &str, guard: Guard) -> Result<Written, StorageError> {
        self.record(Change::Copy { source: source.to_owned(), destination: destination.to_owned(), guard });
        pause().await;
        self.driver.copy(source, destination, guard).await
    }

    async fn delete(&self, paths: &[String], window: Option<Window>) -> Result<Failed, StorageError> {
        self.record(Change::Delete { paths: paths.to_vec(), window });
        let stuck = self.stuck.lock().unwrap().clone();
        let (left, gone): (Vec<String>, Vec<String>) = paths.iter().cloned().partition(|path| stuck.contains(path));
        pause().await;
        let mut failed = self.driver.delete(&gone, window).await?;
        let refused = || StorageError::new(StorageErrorKind::Denied, "AccessDenied: a retention policy holds");
        failed.extend(left.into_iter().map(|path| (path, refused())));
        Ok(failed)
    }

    async fn url_for(&self, path: &str, expiry: Duration) -> Result<SignedUrl, StorageError> {
        self.driver.url_for(path, expiry).await
    }

    async fn uploads(&self, directory: &str, after: Option<&Upload>) -> Result<UploadPage, StorageError> {
        pause().await;
        self.driver.uploads(directory, after).await
    }

    async fn abort(&self, uploads: &[Upload]) -> Result<(), StorageError> {
        pause().await;
        self.driver.abort(uploads).await
    }
}
