//! A file's content on its way out of OSS.

use super::error::storage_error;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::DriverError;
use ossicle_face_storage::streams;
use ossicle_registry::ports::StorageError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use wit_bindgen::{FutureReader, StreamReader};

/// A file's content that is being read. It ends with an error where not all of it came.
pub struct StoredContent(Pin<Box<dyn Stream<Item = Result<Bytes, StorageError>>>>);

impl StoredContent {
    pub fn new(content: StreamReader<u8>, end: FutureReader<Result<(), DriverError>>) -> Self {
        let end = stream::once(async { end.await });
        let end = end.filter_map(async |end| end.err().map(|error| Err(storage_error(error))));
        Self(Box::pin(streams::pieces(content).map(Ok).chain(end)))
    }
}

impl Stream for StoredContent {
    type Item = Result<Bytes, StorageError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for StoredContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredContent").finish_non_exhaustive()
    }
}
