//! The body of a response on its way out.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;

use super::exchange::Exchange;

/// The body of a response. One that breaks ends with an error, by which hyper breaks the connection, or resets the stream:
/// never does it end as if it were whole.
pub struct OutgoingBody<C> {
    content: OutgoingContent<C>,
    /// Counts the request as over when the body is dropped.
    exchange: Exchange,
}

enum OutgoingContent<C> {
    /// What the application reads while it is sent.
    Streamed(Box<C>),
    Text(Full<Bytes>),
}

impl<C> OutgoingBody<C> {
    pub(crate) fn streamed(content: C, exchange: Exchange) -> Self {
        Self { content: OutgoingContent::Streamed(Box::new(content)), exchange }
    }

    pub(crate) fn text(text: impl Into<Bytes>, exchange: Exchange) -> Self {
        Self { content: OutgoingContent::Text(Full::new(text.into())), exchange }
    }
}

impl<C: Body<Data = Bytes, Error: std::error::Error> + Unpin> Body for OutgoingBody<C> {
    type Data = Bytes;
    type Error = C::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, C::Error>>> {
        let this = &mut *self;
        let polled = match &mut this.content {
            // What the application asks for meanwhile is asked for this request.
            OutgoingContent::Streamed(content) => {
                this.exchange.span().in_scope(|| Pin::new(&mut **content).poll_frame(context))
            }
            OutgoingContent::Text(text) => {
                Pin::new(text).poll_frame(context).map(|frame| frame.map(|frame| frame.map_err(|never| match never {})))
            }
        };
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    this.exchange.sent(data.len());
                }
            }
            Poll::Ready(Some(Err(error))) => this.exchange.broke(error),
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            OutgoingContent::Streamed(content) => content.is_end_stream(),
            OutgoingContent::Text(text) => text.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            OutgoingContent::Streamed(content) => content.size_hint(),
            OutgoingContent::Text(text) => text.size_hint(),
        }
    }
}
