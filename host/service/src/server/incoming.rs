//! The body of a request on its way in.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use super::metrics::Traffic;

/// Why a body could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the connection failed: {0}")]
    Connection(#[from] hyper::Error),
    #[error("nothing came for {0:?}")]
    Still(Duration),
}

/// The body of a request, which fails when its client brings nothing for too long, and is counted.
pub(super) struct IncomingBody {
    body: Incoming,
    limit: Duration,
    /// Set while the client is waited for.
    alarm: Option<Pin<Box<Sleep>>>,
    traffic: Arc<Traffic>,
}

impl IncomingBody {
    pub fn new(body: Incoming, limit: Duration, traffic: Arc<Traffic>) -> Self {
        Self { body, limit, alarm: None, traffic }
    }
}

impl Body for IncomingBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            this.alarm = None;
            if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref) {
                this.traffic.received(data.len());
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyError::from)));
        }
        let limit = this.limit;
        let alarm = this.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + limit)));
        match alarm.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(BodyError::Still(limit)))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
