//! The content of an upload for the driver.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use http_body::Body;

use crate::hash::Hasher;
use crate::ports::ContentError;

/// The bytes that were kept in memory, followed by the body of a request, which is hashed as it is read.
pub(super) struct HashedContent<'a, B> {
    pub held: &'a mut BytesMut,
    pub body: &'a mut B,
    pub hasher: &'a mut Hasher,
    pub offset: &'a mut u64,
}

impl<B> Stream for HashedContent<'_, B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: fmt::Display,
{
    type Item = Result<Bytes, ContentError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if !this.held.is_empty() {
            return Poll::Ready(Some(Ok(this.held.split().freeze())));
        }
        loop {
            match ready!(Pin::new(&mut *this.body).poll_frame(context)) {
                Some(Ok(frame)) => {
                    // Trailers are not content.
                    if let Ok(piece) = frame.into_data() {
                        this.hasher.update(&piece);
                        *this.offset += piece.len() as u64;
                        return Poll::Ready(Some(Ok(piece)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(ContentError(error.to_string())))),
                None => return Poll::Ready(None),
            }
        }
    }
}
