//! A connection's bytes, and word of when they have left.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use futures_util::task::AtomicWaker;
use http::StatusCode;
use hyper::rt::{Read, ReadBufCursor, Write};

/// Counts how often everything written so far has been handed to the network, and knows whether a request is under way.
#[derive(Debug, Default)]
pub(super) struct Flushes {
    count: AtomicU64,
    waiting: AtomicWaker,
    /// A request was read whose answer is not yet complete.
    busy: AtomicBool,
    /// The answer is complete, and its last bytes may not have left.
    complete: AtomicBool,
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

    /// A request was read.
    pub(super) fn request_begins(&self) {
        self.busy.store(true, Ordering::SeqCst);
        self.complete.store(false, Ordering::SeqCst);
    }

    /// Its answer was given to the connection, to the last byte.
    pub(super) fn answer_ends(&self) {
        self.complete.store(true, Ordering::SeqCst);
    }
}

/// What is written instead of the HTTP library's own refusal of a request that it could not read.
pub(super) type Refusal = Box<dyn Fn(StatusCode) -> Bytes + Send>;

/// A transport that counts its flushes, and has refusals look like OSS's.
///
/// A response that is cut on purpose must first deliver what it promised to deliver, and only the transport knows when
/// that is done. A request whose head is too large never becomes one: the HTTP library answers it by itself, and only
/// the transport sees that.
pub(super) struct Wire<T> {
    io: T,
    flushes: Arc<Flushes>,
    refusal: Refusal,
    /// What is left to write of a refusal.
    own: Bytes,
}

impl<T: Write + Unpin> Wire<T> {
    pub(super) fn new(io: T, flushes: Arc<Flushes>, refusal: Refusal) -> Self {
        Self { io, flushes, refusal, own: Bytes::new() }
    }

    /// Whether what is to be written is a refusal of the HTTP library, for which there is another one then.
    fn replace(&mut self, written: &[u8]) -> bool {
        if self.flushes.busy.load(Ordering::SeqCst) || !self.own.is_empty() {
            return false;
        }
        let status = written.strip_prefix(b"HTTP/1.1 ").and_then(|rest| StatusCode::from_bytes(rest.get(..3)?).ok());
        let Some(status) = status else { return false };
        self.own = (self.refusal)(status);
        true
    }

    fn poll_own(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.own.is_empty() {
            let written = ready!(Pin::new(&mut self.io).poll_write(cx, &self.own))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.own.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Read + Unpin> Read for Wire<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<T: Write + Unpin> Write for Wire<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.replace(buf) {
            return Poll::Ready(Ok(buf.len()));
        }
        ready!(self.poll_own(cx))?;
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_own(cx))?;
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        if flushed.is_ready() {
            if self.flushes.complete.swap(false, Ordering::SeqCst) {
                self.flushes.busy.store(false, Ordering::SeqCst);
            }
            self.flushes.count.fetch_add(1, Ordering::SeqCst);
            self.flushes.waiting.wake();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_own(cx))?;
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
        let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| &**buf);
        if self.replace(first) {
            return Poll::Ready(Ok(bufs.iter().map(|buf| buf.len()).sum()));
        }
        ready!(self.poll_own(cx))?;
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}
