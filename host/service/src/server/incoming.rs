//! The body of a request on its way in.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use super::metrics::Traffic;
use super::pace::{Pace, PaceLimit};

/// Why a body could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection failed.
    #[error("the connection failed: {0}")]
    Connection(#[from] hyper::Error),
    /// The client brought too little.
    #[error("nothing came for {:?}, or less than {} bytes a second", .0.idle, .0.rate)]
    TooSlow(PaceLimit),
}

/// The body of a request, which fails when its client brings nothing for too long or is too slow, and is counted.
pub struct IncomingBody {
    body: Incoming,
    limit: PaceLimit,
    pace: Pace,
    /// Set while the client is waited for.
    alarm: Option<Pin<Box<Sleep>>>,
    traffic: Arc<Traffic>,
}

impl IncomingBody {
    pub(crate) fn new(body: Incoming, limit: PaceLimit, traffic: Arc<Traffic>) -> Self {
        Self { body, limit, pace: Pace::new(limit), alarm: None, traffic }
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
            let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref);
            let length = data.map_or(0, Bytes::len);
            this.pace.moved(Instant::now(), length);
            this.traffic.received(length);
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyError::from)));
        }
        let until = this.pace.waits(Instant::now());
        let alarm = this.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        match alarm.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(BodyError::TooSlow(this.limit)))),
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
