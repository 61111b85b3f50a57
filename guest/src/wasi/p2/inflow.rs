//! A call of the core's whose content comes by calls of the component's.
//!
//! It goes on in the background: while any call of the instance waits, what it sends is sent. Between calls the host goes on with
//! what it was given.

use std::future::{pending, poll_fn};

use bytes::Bytes;
use futures_channel::{mpsc, oneshot};

use super::executor::run;
use crate::blob::{Content, End};
use crate::wasi::background;

/// Such a call. Dropped, its content has ended, but nobody has said that this is its end.
pub(super) struct Inflow<T> {
    pieces: mpsc::Sender<Bytes>,
    end: oneshot::Sender<Result<(), String>>,
    outcome: oneshot::Receiver<T>,
}

impl<T: 'static> Inflow<T> {
    /// Begins it.
    pub(super) fn begin<F>(call: impl FnOnce(Content<'static>, End<'static>) -> F) -> Self
    where
        F: Future<Output = T> + 'static,
    {
        // A sender may always send one, so this is room for one piece.
        let (pieces, content) = mpsc::channel(0);
        let (end, ended) = oneshot::channel();
        let (told, outcome) = oneshot::channel();
        let ended = async {
            match ended.await {
                Ok(end) => end,
                Err(oneshot::Canceled) => pending().await,
            }
        };
        let call = call(Box::pin(content), Box::pin(ended));
        background::run(async move {
            let _nobody_asks = told.send(call.await);
        });
        Self { pieces, end, outcome }
    }

    /// Adds a piece once there is room for it. Where the call takes no more it has ended, and this is what it came to; none where
    /// that was told before.
    pub(super) fn push(&mut self, piece: Bytes) -> Result<(), Option<T>> {
        run(async {
            let is_free = poll_fn(|cx| self.pieces.poll_ready(cx)).await.is_ok();
            if is_free && self.pieces.start_send(piece).is_ok() {
                return Ok(());
            }
            Err((&mut self.outcome).await.ok())
        })
    }

    /// Ends the content, says whether that is its end, and tells what the call came to.
    pub(super) fn end(self, end: Result<(), String>) -> Option<T> {
        drop(self.pieces);
        let _has_ended_before = self.end.send(end);
        run(self.outcome).ok()
    }
}
