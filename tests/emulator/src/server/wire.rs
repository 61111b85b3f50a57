//! A connection's bytes, and word of when they have left.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use hyper::rt::{Read, ReadBufCursor, Write};

/// Counts how often everything written so far has been handed to the network.
#[derive(Debug, Default)]
pub(super) struct Flushes {
    count: AtomicU64,
    waiting: AtomicWaker,
}

impl Flushes {
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Ready once the count is greater than `seen`.
    pub(super) fn poll_beyond(&self, seen: u64, cx: &Context<'_>) -> Poll<()> {
        self.waiting.register(cx.waker());
        if self.count() > seen { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// A transport that counts its flushes.
///
/// A response that is cut on purpose must first deliver what it promised to deliver, and only the transport knows when
/// that is done.
pub(super) struct Wire<T> {
    io: T,
    flushes: Arc<Flushes>,
}

impl<T> Wire<T> {
    pub(super) fn new(io: T, flushes: Arc<Flushes>) -> Self {
        Self { io, flushes }
    }
}

impl<T: Read + Unpin> Read for Wire<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<T: Write + Unpin> Write for Wire<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        if flushed.is_ready() {
            self.flushes.count.fetch_add(1, Ordering::SeqCst);
            self.flushes.waiting.wake();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}
