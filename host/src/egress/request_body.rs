//! A request's body on its way out, watched for progress.

use super::frame::data;
use crate::call::CallContext;
use crate::metrics::Meter;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;
use wasmtime_wasi_http::{Error as HttpError, WasiBody};

/// When the request last moved. The time until the first byte of the answer counts from the request's end, which only
/// its body knows: a slow upload that moves is not a slow answer. While a connection is made for it, it does not count.
#[derive(Debug, Clone)]
pub(crate) struct Progress(Arc<Mutex<Moved>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moved {
    last: Instant,
    is_connecting: bool,
    /// Bytes of the body so far.
    sent: u64,
}

/// A connection is being made for a request.
pub(super) struct Connecting(Progress);

impl Progress {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Moved { last: Instant::now(), is_connecting: false, sent: 0 })))
    }

    fn moved(&self) -> MutexGuard<'_, Moved> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn move_on(&self) {
        self.moved().last = Instant::now();
    }

    /// So many bytes of the body more have gone out.
    fn move_by(&self, bytes: u64) {
        let mut moved = self.moved();
        moved.last = Instant::now();
        moved.sent += bytes;
    }

    /// Bytes of the body that have gone out.
    pub(super) fn sent(&self) -> u64 {
        self.moved().sent
    }

    /// A connection is being made, until what this gives is dropped. (The pool may find the request another one meanwhile;
    /// its answer then has as much more time as the connection takes.)
    pub(super) fn connecting(&self) -> Connecting {
        self.moved().is_connecting = true;
        Connecting(self.clone())
    }

    /// Ends when the request has not moved for `limit`.
    pub(crate) async fn stalled(&self, limit: Duration) {
        loop {
            let seen = *self.moved();
            let from = if seen.is_connecting { Instant::now() } else { seen.last };
            // A limit that overflows `Instant` never expires.
            let Some(due) = from.checked_add(limit) else { return std::future::pending().await };
            tokio::time::sleep_until(due).await;
            if !seen.is_connecting && *self.moved() == seen {
                return;
            }
        }
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        let mut moved = self.0.moved();
        moved.last = Instant::now();
        moved.is_connecting = false;
    }
}

/// The body that hyper reads from.
pub(crate) struct RequestBody {
    body: WasiBody,
    progress: Progress,
    meter: Arc<Meter>,
    call: Option<Arc<CallContext>>,
}

impl RequestBody {
    pub(crate) fn new(body: WasiBody, progress: Progress, meter: Arc<Meter>, call: Option<Arc<CallContext>>) -> Self {
        Self { body, progress, meter, call }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(frame) = &frame {
            let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()).map_or(0, data);
            self.progress.move_by(bytes as u64);
            self.meter.bytes_sent.fetch_add(bytes as u64, Relaxed);
            if let Some(call) = &self.call {
                call.move_on(bytes);
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
