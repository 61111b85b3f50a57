//! A writer as an [`AsyncWrite`].
//!
//! The bytes between two flushes are the content of one call, which is made in a task: bytes that were taken are on their way,
//! whether anybody polls the writer or not. What comes of the call is kept until it was heard: bytes that were taken are never
//! lost without somebody being told.

use super::error::BlobError;
use super::operations::Result as BlobResult;
use super::pieces::PIECE;
use super::writer::{Writer, add};
use super::writer_operations::WriterHandle;
use crate::error::{Error, Retirement};
use bytes::Bytes;
use futures_util::stream;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;
use tokio::sync::{Mutex, OwnedMutexGuard, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::{PollSender, ReusableBoxFuture};

/// How many pieces wait for the call.
const WAITING: usize = 2;

/// A call that takes bytes as they come.
struct Writing {
    /// None once the content has ended.
    pieces: Option<PollSender<Bytes>>,
    call: JoinHandle<BlobResult<u64>>,
}

impl Writing {
    fn begin(handle: &Arc<WriterHandle>) -> Self {
        let (pieces, mut content) = mpsc::channel(WAITING);
        let content = stream::poll_fn(move |cx| content.poll_recv(cx).map(|piece| piece.map(Ok)));
        let call = handle.tenant.spawn(add(Arc::clone(handle), content));
        Self { pieces: Some(PollSender::new(pieces)), call }
    }
}

/// Ends the content of a call, if there is one, and waits for what came of it. Given up in its middle, the call stays where it
/// is.
async fn ended(writing: &mut Option<Writing>) -> BlobResult<()> {
    let Some(Writing { pieces, call }) = writing else { return Ok(()) };
    *pieces = None;
    let told = call.await;
    *writing = None;
    match told {
        Ok(told) => told.map(drop),
        // The task did not end, because the runtime is shutting down, so nothing is known of the call.
        Err(_) => {
            let retired = Error::Retired { reason: Retirement::Closed, ids: Box::default() };
            Err(BlobError::of(None, None, retired))
        }
    }
}

/// The call that a writer is in the middle of, if any. It is the business of one at a time: of a future that waits for its end,
/// or of the writer that is polled.
#[derive(Default)]
pub(super) struct Pending {
    writing: Arc<Mutex<Option<Writing>>>,
    polled: Polled,
}

/// Whose it is, where the writer is polled.
#[derive(Default)]
enum Polled {
    #[default]
    NotOurs,
    Wanted(ReusableBoxFuture<'static, OwnedMutexGuard<Option<Writing>>>),
    Ours(OwnedMutexGuard<Option<Writing>>),
}

impl Pending {
    /// Waits for its end.
    pub(super) fn flushed(&mut self) -> impl Future<Output = BlobResult<()>> + Send + use<> {
        // Whoever polled the writer before does so no more.
        self.polled = Polled::NotOurs;
        let writing = Arc::clone(&self.writing);
        async move { ended(&mut *writing.lock_owned().await).await }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<&mut Option<Writing>> {
        if let Polled::NotOurs = self.polled {
            self.polled = Polled::Wanted(ReusableBoxFuture::new(Arc::clone(&self.writing).lock_owned()));
        }
        if let Polled::Wanted(wanted) = &mut self.polled {
            self.polled = Polled::Ours(ready!(wanted.poll(cx)));
        }
        match &mut self.polled {
            Polled::Ours(writing) => Poll::Ready(&mut **writing),
            Polled::NotOurs | Polled::Wanted(_) => Poll::Pending,
        }
    }

    fn poll_write(
        &mut self,
        handle: &Arc<WriterHandle>,
        bytes: &[u8],
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let writing = ready!(self.poll(cx));
        if let Some(Writing { pieces: None, .. }) = writing {
            // A flush was given up in its middle.
            ready!(pin!(ended(writing)).poll(cx))?;
        }
        if let Some(pieces) = &mut writing.get_or_insert_with(|| Writing::begin(handle)).pieces
            && ready!(pieces.poll_reserve(cx)).is_ok()
        {
            let piece = Bytes::copy_from_slice(&bytes[..bytes.len().min(PIECE)]);
            let length = piece.len();
            if pieces.send_item(piece).is_ok() {
                return Poll::Ready(Ok(length));
            }
        }
        // The call takes no more: it has failed.
        ready!(pin!(ended(writing)).poll(cx))?;
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // It keeps nothing from one poll to the next but the call itself.
        pin!(ended(ready!(self.poll(cx)))).poll(cx).map_err(io::Error::from)
    }

    /// Lets others have it once something came of a poll.
    fn let_go<T>(&mut self, polled: Poll<T>) -> Poll<T> {
        if polled.is_ready() {
            self.polled = Polled::NotOurs;
        }
        polled
    }
}

/// What is written goes the way of [`Writer::write`]; a flush returns when every whole part has arrived. The bytes between two
/// flushes are one call, which has its turn among the uploads until the flush: flush before a pause. To shut down is to flush,
/// and publishes nothing: that is [`Writer::commit`]'s, which flushes as well, so that content that broke off is never taken
/// for a file. The inner error of one that it fails with is the [`BlobError`].
impl AsyncWrite for Writer {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let Self { handle, pending } = self.get_mut();
        let polled = pending.poll_write(handle, bytes, cx);
        pending.let_go(polled)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { pending, .. } = self.get_mut();
        let polled = pending.poll_flush(cx);
        pending.let_go(polled)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
