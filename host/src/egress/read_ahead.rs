//! Reads a long body ahead of the component.
//!
//! hyper reads from a connection what is asked for, and whoever asks is the task that the component computes in: network
//! and component would take turns. With a task of its own to read, another thread fetches the next pieces while the
//! component checks those before: two thirds more in a second, where there are two.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Shorter bodies come with the head of the answer or right after it, and a task would cost more than it gives.
const SHORT: u64 = 256 << 10;

/// How many pieces wait for the component, each of as much as is read at once.
const WAITING: usize = 3;

type Piece = Result<Frame<Bytes>, hyper::Error>;

/// A body that is read ahead where it is long.
pub(super) enum ReadAhead {
    Short(Incoming),
    /// What comes, and how many bytes are still to.
    Long(mpsc::Receiver<Piece>, u64),
}

impl ReadAhead {
    pub(super) fn new(body: Incoming) -> Self {
        match body.size_hint().exact() {
            Some(length) if length > SHORT => {
                let (sender, pieces) = mpsc::channel(WAITING);
                tokio::spawn(fetch(body, sender));
                Self::Long(pieces, length)
            }
            _ => Self::Short(body),
        }
    }
}

/// Ends with the body, or when nobody wants the rest: hyper then closes the connection, unless the rest is there already.
async fn fetch(mut body: Incoming, pieces: mpsc::Sender<Piece>) {
    loop {
        let Ok(room) = pieces.reserve().await else { return };
        let next = tokio::select! {
            next = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)) => next,
            () = pieces.closed() => return,
        };
        match next {
            Some(piece) => room.send(piece),
            None => return,
        }
    }
}

impl Body for ReadAhead {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Piece>> {
        match &mut *self {
            Self::Short(body) => Pin::new(body).poll_frame(cx),
            Self::Long(pieces, left) => {
                let polled = pieces.poll_recv(cx);
                if let Poll::Ready(Some(Ok(frame))) = &polled {
                    *left = left.saturating_sub(super::frame::data(frame) as u64);
                }
                polled
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Short(body) => body.is_end_stream(),
            Self::Long(_, left) => *left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Short(body) => body.size_hint(),
            Self::Long(_, left) => SizeHint::with_exact(*left),
        }
    }
}
