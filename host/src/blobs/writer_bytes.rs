//! A writer as an [`AsyncWrite`].
//!
//! The bytes between two flushes are the content of one call, which is made in a task: bytes that were taken are on their way,
//! whether anybody polls the writer or not.

use super::error::BlobError;
use super::operations::Result as Told;
use super::pieces::PIECE;
use super::writer::Writer;
use crate::error::{Error, Retirement};
use bytes::Bytes;
use futures_util::stream;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::PollSender;

/// How many pieces wait for the call.
const WAITING: usize = 2;

/// A call that takes bytes as they come.
pub(super) struct Writing {
    /// None once the content has ended.
    pieces: Option<PollSender<Bytes>>,
    call: JoinHandle<Told<u64>>,
}

impl Writing {
    fn begin(writer: &Writer) -> Self {
        let (pieces, mut content) = mpsc::channel(WAITING);
        let content = stream::poll_fn(move |cx| content.poll_recv(cx).map(|piece| piece.map(Ok)));
        let call = writer.spawn(writer.add_stream(content));
        Self { pieces: Some(PollSender::new(pieces)), call }
    }

    /// Ends the content, and waits for what came of it.
    pub(super) async fn end(mut self) -> Told<()> {
        self.pieces = None;
        ended(&mut self.call).await
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Told<()>> {
        self.pieces = None;
        // It keeps nothing from one poll to the next but the call itself.
        pin!(ended(&mut self.call)).poll(cx)
    }
}

/// What came of a call; of one whose task did not end, because the runtime is shutting down, nothing is known.
async fn ended(call: &mut JoinHandle<Told<u64>>) -> Told<()> {
    match call.await {
        Ok(told) => told.map(drop),
        Err(_) => {
            let retired = Error::Retired { reason: Retirement::Closed, ids: Box::default() };
            Err(BlobError::of(None, None, retired))
        }
    }
}

/// What is written goes the way of [`Writer::write`]; a flush returns when every whole part has arrived. The bytes between two
/// flushes are one call, which has its turn among the uploads until the flush: flush before a pause. To shut down is to flush,
/// and publishes nothing: that is [`Writer::commit`]'s, which flushes as well, so that content that broke off is never taken
/// for a file. The inner error of one that it fails with is the [`BlobError`].
impl AsyncWrite for Writer {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if self.writing.is_none() {
            self.writing = Some(Writing::begin(&self));
        }
        let Some(Writing { pieces: Some(pieces), .. }) = &mut self.writing else {
            // A flush was given up in its middle.
            ready!(self.as_mut().poll_flush(cx))?;
            return self.poll_write(cx, bytes);
        };
        if ready!(pieces.poll_reserve(cx)).is_ok() {
            let piece = Bytes::copy_from_slice(&bytes[..bytes.len().min(PIECE)]);
            let length = piece.len();
            if pieces.send_item(piece).is_ok() {
                return Poll::Ready(Ok(length));
            }
        }
        // The call takes no more: it has failed.
        ready!(self.poll_flush(cx))?;
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(writing) = &mut self.writing else { return Poll::Ready(Ok(())) };
        let ended = ready!(writing.poll_end(cx));
        self.writing = None;
        Poll::Ready(ended.map_err(io::Error::from))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
