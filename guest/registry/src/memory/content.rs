//! Content that is being read.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;

use crate::ports::{StorageError, StorageErrorKind};

/// The size of a piece. Small, so that tests see content in several.
const PIECE: usize = 16 * 1024;

/// The content of a file.
#[derive(Debug)]
pub struct MemoryContent {
    pub(super) left: Bytes,
    /// After how many bytes the connection breaks.
    pub(super) breaks: Option<usize>,
}

impl Stream for MemoryContent {
    type Item = Result<Bytes, StorageError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut piece = PIECE.min(self.left.len());
        if let Some(until) = self.breaks {
            if until == 0 {
                self.left.clear();
                self.breaks = None;
                let message = "the connection broke";
                return Poll::Ready(Some(Err(StorageError::new(StorageErrorKind::Unavailable, message))));
            }
            piece = piece.min(until);
            self.breaks = Some(until - piece);
        }
        Poll::Ready((piece > 0).then(|| Ok(self.left.split_to(piece))))
    }
}
