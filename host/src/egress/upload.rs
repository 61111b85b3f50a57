//! A request's body on its way out, watched for progress.

use super::data;
use crate::metrics::Meter;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;
use wasmtime_wasi_http::{Error as HttpError, WasiBody};

/// When the request last moved. The time until the first byte of the answer counts from the request's end, which only
/// its body knows: a slow upload that moves is not a slow answer.
#[derive(Debug, Clone)]
pub(crate) struct Progress(Arc<Mutex<Instant>>);

impl Progress {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    fn move_on(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn moved(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when the request has not moved for `limit` from now on.
    pub(crate) async fn stalled(&self, limit: Duration) {
        self.move_on();
        loop {
            let moved = self.moved();
            // What can't be a moment in time won't come.
            let Some(due) = moved.checked_add(limit) else { return std::future::pending().await };
            tokio::time::sleep_until(due).await;
            if self.moved() == moved {
                return;
            }
        }
    }
}

/// The body that hyper reads from.
pub(crate) struct Upload {
    body: WasiBody,
    progress: Progress,
    meter: Arc<Meter>,
}

impl Upload {
    pub(crate) fn new(body: WasiBody, progress: Progress, meter: Arc<Meter>) -> Self {
        Self { body, progress, meter }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(frame) = &frame {
            self.progress.move_on();
            if let Some(Ok(frame)) = frame {
                self.meter.bytes_sent.fetch_add(data(frame) as u64, Relaxed);
            }
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
