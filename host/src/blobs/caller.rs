//! How long the caller of a stream may stand still.
//!
//! Measured in the task that drives the instance: the caller's own future needs no runtime.

use super::error::BlobError;
use super::operations::Result as BlobResult;
use crate::error::Error;
use crate::wit::types;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;

/// How long the caller may stand still, and since when it does.
pub(super) struct CallerLimit {
    limit: Option<Duration>,
    cut: CancellationToken,
    /// Set while the caller is waited for.
    alarm: Option<Pin<Box<Sleep>>>,
    is_standing: bool,
}

/// Whether a stream was cut because its caller stood still.
#[derive(Clone)]
pub(super) struct Cut {
    limit: Option<Duration>,
    token: CancellationToken,
}

impl CallerLimit {
    /// None: as long as it likes.
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self { limit, cut: CancellationToken::new(), alarm: None, is_standing: false }
    }

    pub(super) fn cut(&self) -> Cut {
        Cut { limit: self.limit, token: self.cut.clone() }
    }

    /// The caller did something.
    pub(super) fn moved(&mut self) {
        self.is_standing = false;
    }

    /// The caller is waited for. Ready when that has been so for too long.
    pub(super) fn poll_cut(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // A limit that overflows `Instant` never expires.
        let Some(due) = self.limit.and_then(|limit| Instant::now().checked_add(limit)) else { return Poll::Pending };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        if !std::mem::replace(&mut self.is_standing, true) {
            alarm.as_mut().reset(due);
        }
        let polled = alarm.as_mut().poll(cx);
        if polled.is_ready() {
            self.cut.cancel();
        }
        polled
    }
}

impl Cut {
    /// Ends when the stream is cut.
    pub(super) async fn happened(&self) {
        self.token.cancelled().await;
    }

    /// What the call comes to where the stream was cut, whatever the component says.
    pub(super) fn failure(&self, path: &str) -> Option<BlobError> {
        let limit = self.limit.filter(|_| self.token.is_cancelled())?;
        Some(BlobError::of(Some(path), None, Error::CallerTimedOut { limit, ids: Box::default() }))
    }
}

/// The result of a call that the component made.
pub(super) type Done<T> = wasmtime::Result<Result<BlobResult<T>, types::Error>>;
