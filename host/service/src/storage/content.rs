//! A file's content on its way out of OSS.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use ossicle::Download;
use ossicle_registry::ports::StorageError;

use super::error::storage_error;

/// A file's content that is being read.
#[derive(Debug)]
pub struct StoredContent(pub(super) Download);

impl Stream for StoredContent {
    type Item = Result<Bytes, StorageError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(context).map(|piece| piece.map(|piece| piece.map_err(storage_error)))
    }
}
