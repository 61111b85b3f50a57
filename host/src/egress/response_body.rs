//! A response's body on its way in.

use super::error::WireError;
use super::frame::data;
use super::log::RequestLog;
use super::permits::Permit;
use super::read_ahead::ReadAhead;
use crate::call::CallContext;
use crate::metrics::Meter;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::Error as HttpError;

/// So that no limit, however long, leads beyond what a clock can tell.
const LONGEST_PAUSE: Duration = Duration::from_secs(7 * 24 * 3600);

/// A body with a limit on its size and on the pause between two pieces of it.
pub(crate) struct ResponseBody {
    body: ReadAhead,
    /// None before the first wait: the bodies of most answers come with their heads.
    pause: Option<Pin<Box<Sleep>>>,
    /// Whether a piece is being waited for. Only then does the pause count: a component may read as slowly as it likes.
    waiting: bool,
    limit: Duration,
    left: u64,
    /// The request's turn, or that of a long body, ends with the body. None once that has happened.
    turn: Option<Permit>,
    meter: Arc<Meter>,
    call: Option<Arc<CallContext>>,
    log: RequestLog,
}

impl ResponseBody {
    pub(crate) fn new(
        body: Incoming,
        limit: Duration,
        bytes: u64,
        turn: Permit,
        meter: Arc<Meter>,
        call: Option<Arc<CallContext>>,
        log: RequestLog,
    ) -> Self {
        let turn = (!body.is_end_stream()).then_some(turn);
        let body = ReadAhead::new(body);
        Self { body, pause: None, waiting: false, limit, left: bytes, turn, meter, call, log }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        let waited = std::mem::replace(&mut self.waiting, polled.is_pending());
        match polled {
            Poll::Ready(Some(Ok(frame))) => {
                let size = data(&frame) as u64;
                self.meter.bytes_received.fetch_add(size, Relaxed);
                if let Some(call) = &self.call {
                    call.move_on(data(&frame));
                }
                let Some(left) = self.left.checked_sub(size) else {
                    let refused = || tracing::warn!("response refused: its body is larger than the limit");
                    self.log.span().in_scope(refused);
                    return Poll::Ready(Some(Err(HttpError::HttpResponseBodySize(None))));
                };
                self.left = left;
                if self.body.is_end_stream() {
                    self.turn = None;
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.turn = None;
                let error = HttpError::from(WireError::of_body(&error));
                self.log.span().in_scope(|| tracing::debug!(%error, "response body cut short"));
                Poll::Ready(Some(Err(error)))
            }
            Poll::Ready(None) => {
                self.turn = None;
                Poll::Ready(None)
            }
            Poll::Pending => {
                let limit = self.limit.min(LONGEST_PAUSE);
                let pause = match &mut self.pause {
                    Some(pause) => {
                        if !waited {
                            pause.as_mut().reset(Instant::now() + limit);
                        }
                        pause
                    }
                    none => none.insert(Box::pin(tokio::time::sleep(limit))),
                };
                pause.as_mut().poll(cx).map(|()| Some(Err(HttpError::ConnectionReadTimeout)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
