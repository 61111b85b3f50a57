//! The storage driver of a process in the simulation.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use ossicle_registry::ports::{
    ByteRange, ContentError, Failed, Guard, ListRequest, Loaded, ObjectInfo, Opened, Page, SignedUrl, Storage,
    StorageError, Upload, UploadPage, Window, Writer, WriterStart, Written,
};

use crate::bucket::{Answer, Operation, Reply};
use crate::world::Node;

/// How often a read is sent before it fails, as the driver does by default.
const ATTEMPTS: u32 = 3;

/// The most that one page of a listing has, so that a mark takes several and others go on in between.
const PAGE: u64 = 12;

/// The driver.
pub struct Driver(pub Node);

/// Content and writers, which neither pushes nor collections use: the operations above them do.
pub enum Never {}

impl Stream for Never {
    type Item = Result<Bytes, StorageError>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        match *self {}
    }
}

impl Writer for Never {
    fn size(&self) -> u64 {
        match *self {}
    }

    async fn write<C>(&mut self, _: C) -> Result<(), StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        match *self {}
    }

    async fn close(&mut self) -> Result<(), StorageError> {
        match *self {}
    }

    async fn cancel(&mut self) -> Result<(), StorageError> {
        match *self {}
    }

    async fn commit(&mut self, _: Guard) -> Result<Written, StorageError> {
        match *self {}
    }
}

impl Driver {
    async fn read(&self, operation: Operation) -> Reply {
        let mut attempt = 1;
        loop {
            match self.0.exchange(operation.clone(), None).await {
                Err(error) if error.undecided && attempt < ATTEMPTS => attempt += 1,
                // A read that nobody answers decides nothing, and has no effect to be undecided about.
                reply => return reply.map_err(|error| StorageError { undecided: false, ..error }),
            }
        }
    }
}

impl Storage for Driver {
    type Content = Never;
    type Writer = Never;

    async fn load(&self, path: &str, range: ByteRange) -> Result<Loaded, StorageError> {
        match self.read(Operation::Load { path: path.to_owned(), range }).await? {
            Answer::Loaded(loaded) => Ok(loaded),
            other => panic!("{other:?}"),
        }
    }

    async fn open(&self, _: &str, _: ByteRange) -> Result<Opened<Never>, StorageError> {
        panic!("nothing streams content here")
    }

    async fn stat(&self, path: &str) -> Result<ObjectInfo, StorageError> {
        match self.read(Operation::Stat { path: path.to_owned() }).await? {
            Answer::Stat(info) => Ok(info),
            other => panic!("{other:?}"),
        }
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<Page, StorageError> {
        let limit = self.0.world().random().range(3, PAGE) as usize;
        let after = request.start_after.unwrap_or_default().to_owned();
        match self.read(Operation::List { directory: request.directory.to_owned(), after, limit }).await? {
            Answer::Page(page) => Ok(page),
            other => panic!("{other:?}"),
        }
    }

    async fn put(&self, path: &str, content: Bytes, guard: Guard) -> Result<Written, StorageError> {
        let operation = Operation::Put { path: path.to_owned(), content, create_only: guard.create_only };
        match self.0.exchange(operation, guard.window).await? {
            Answer::Written(written) => Ok(written),
            other => panic!("{other:?}"),
        }
    }

    async fn append(&self, path: &str, position: u64, content: Bytes, window: Window) -> Result<(), StorageError> {
        let operation = Operation::Append { path: path.to_owned(), position, content };
        match self.0.exchange(operation, Some(window)).await? {
            Answer::Appended => Ok(()),
            other => panic!("{other:?}"),
        }
    }

    async fn delete(&self, paths: &[String], window: Option<Window>) -> Result<Failed, StorageError> {
        match self.0.exchange(Operation::Delete { paths: paths.to_vec() }, window).await? {
            Answer::Deleted => Ok(Failed::new()),
            other => panic!("{other:?}"),
        }
    }

    async fn writer(&self, _: &str, _: WriterStart<'_>) -> Result<Never, StorageError> {
        panic!("nothing is written in parts here")
    }

    async fn copy(&self, _: &str, _: &str, _: Guard) -> Result<Written, StorageError> {
        panic!("nothing is copied here")
    }

    async fn url_for(&self, _: &str, _: Duration) -> Result<SignedUrl, StorageError> {
        panic!("nobody asks for a URL here")
    }

    async fn uploads(&self, _: &str, _: Option<&Upload>) -> Result<UploadPage, StorageError> {
        panic!("there are no uploads in parts here")
    }

    async fn abort(&self, _: &[Upload]) -> Result<(), StorageError> {
        panic!("there are no uploads in parts here")
    }
}
