//! A file's content on its way to the caller.

use super::error::BlobError;
use super::out_of_component::StreamReceiver;
use super::state::FileState;
use bytes::{Buf, Bytes};
use futures_util::Stream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::{fmt, io};
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

/// A file's content, as [`AsyncRead`] (and [`AsyncBufRead`]) or as a [`Stream`] of pieces. What is not read is not fetched,
/// up to about a MiB that is on its way.
///
/// It is whole only where it ends without an error: what came before one must not be taken for it. As `AsyncRead` the
/// error's inner one is the [`BlobError`]. Dropped, it ends the download.
#[must_use = "nothing is fetched that is not read"]
pub struct Download {
    state: FileState,
    pieces: StreamReceiver<Bytes>,
    current: Bytes,
}

impl Download {
    pub(super) fn new(state: FileState, pieces: StreamReceiver<Bytes>) -> Self {
        Self { state, pieces, current: Bytes::new() }
    }

    /// What OSS states of the file.
    pub fn state(&self) -> &FileState {
        &self.state
    }
}

impl Stream for Download {
    type Item = Result<Bytes, BlobError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.current.is_empty() {
            Pin::new(&mut self.pieces).poll_next(cx)
        } else {
            Poll::Ready(Some(Ok(std::mem::take(&mut self.current))))
        }
    }
}

impl AsyncBufRead for Download {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        while this.current.is_empty() {
            match ready!(Pin::new(&mut this.pieces).poll_next(cx)) {
                Some(piece) => this.current = piece?,
                None => break,
            }
        }
        Poll::Ready(Ok(&this.current))
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        self.current.advance(count);
    }
}

impl AsyncRead for Download {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let there = ready!(self.as_mut().poll_fill_buf(cx))?;
        let count = there.len().min(buffer.remaining());
        buffer.put_slice(&there[..count]);
        self.consume(count);
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").finish_non_exhaustive()
    }
}
