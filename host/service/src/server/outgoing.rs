//! The body of a response on its way out.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use ossicle_registry::Content;
use ossicle_registry::ports::StorageError;

use super::metrics::Exchange;
use crate::ports::TenantPorts;

/// The body of a response. One that breaks ends with an error, by which hyper breaks the connection, or resets the stream:
/// never does it end as if it were whole.
pub(super) struct OutgoingBody {
    content: OutgoingContent,
    /// Counts the request as over when the body is dropped.
    exchange: Exchange,
}

enum OutgoingContent {
    Registry(Box<Content<TenantPorts>>),
    Text(Full<Bytes>),
}

impl OutgoingBody {
    pub fn registry(content: Content<TenantPorts>, exchange: Exchange) -> Self {
        Self { content: OutgoingContent::Registry(Box::new(content)), exchange }
    }

    pub fn text(text: impl Into<Bytes>, exchange: Exchange) -> Self {
        Self { content: OutgoingContent::Text(Full::new(text.into())), exchange }
    }
}

impl Body for OutgoingBody {
    type Data = Bytes;
    type Error = StorageError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StorageError>>> {
        let this = &mut *self;
        let polled = match &mut this.content {
            OutgoingContent::Registry(content) => Pin::new(&mut **content).poll_frame(context),
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
            OutgoingContent::Registry(content) => content.is_end_stream(),
            OutgoingContent::Text(text) => text.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            OutgoingContent::Registry(content) => content.size_hint(),
            OutgoingContent::Text(text) => text.size_hint(),
        }
    }
}
