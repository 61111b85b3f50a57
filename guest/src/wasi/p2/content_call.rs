//! A call of the core whose content arrives by several calls of the component.
//!
//! The call runs in the background, while any call of the instance waits. Between calls the host continues with the
//! requests that it was given.

use std::future::{pending, poll_fn};

use bytes::Bytes;
use futures_channel::{mpsc, oneshot};

use super::executor::run;
use crate::blob::{Content, End};
use crate::wasi::background;

/// A running call. If this is dropped, the content ends without being confirmed as complete.
pub(super) struct ContentCall<T> {
    pieces: mpsc::Sender<Bytes>,
    end: oneshot::Sender<Result<(), String>>,
    outcome: oneshot::Receiver<T>,
}

impl<T: 'static> ContentCall<T> {
    /// Begins the call.
    pub(super) fn begin<F>(call: impl FnOnce(Content<'static>, End<'static>) -> F) -> Self
    where
        F: Future<Output = T> + 'static,
    {
        // Each sender may always send one, so this leaves room for one piece.
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

    /// Adds a piece once there is room for it. If the call has ended and accepts no more, returns its result, or `None`
    /// if that was returned before.
    pub(super) fn push(&mut self, piece: Bytes) -> Result<(), Option<T>> {
        run(async {
            let is_free = poll_fn(|cx| self.pieces.poll_ready(cx)).await.is_ok();
            if is_free && self.pieces.start_send(piece).is_ok() {
                return Ok(());
            }
            Err((&mut self.outcome).await.ok())
        })
    }

    /// Ends the content, passes on whether it is complete, and returns the call's result.
    pub(super) fn end(self, end: Result<(), String>) -> Option<T> {
        drop(self.pieces);
        let _has_ended_before = self.end.send(end);
        run(self.outcome).ok()
    }
}
