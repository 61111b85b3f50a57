//! The content of a request.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http_body::Body;
use serde::de::DeserializeOwned;

use crate::ports::ContentError;
use crate::problem::{Problem, ProblemKind};

/// The largest JSON document of a request: none that makes sense has more than two paths of 1 KiB.
const LARGEST_DOCUMENT: u64 = 64 << 10;

/// The content of a request as a stream of bytes, up to a limit.
#[derive(Debug)]
pub(crate) struct Content<B> {
    body: B,
    limit: u64,
    left: u64,
    is_too_large: bool,
}

impl<B> Content<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: fmt::Display,
{
    /// A content that is announced to be no larger than the limit.
    pub fn new(body: B, limit: u64) -> Result<Self, Problem> {
        if body.size_hint().lower() > limit {
            return Err(too_large(limit));
        }
        Ok(Self { body, limit, left: limit, is_too_large: false })
    }

    /// How many bytes will come, where that is known.
    pub fn size_hint(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// What a call came to that was given this content.
    pub fn outcome<T, E: Into<Problem>>(&self, result: Result<T, E>) -> Result<T, Problem> {
        match result {
            Err(_) if self.is_too_large => Err(too_large(self.limit)),
            result => result.map_err(Into::into),
        }
    }

    /// All of it in memory.
    pub async fn collect(mut self) -> Result<Bytes, Problem> {
        let mut collected = BytesMut::new();
        while let Some(piece) = self.next().await {
            let piece =
                self.outcome(piece.map_err(|error| Problem::new(ProblemKind::BrokenContent, error.to_string())))?;
            collected.extend_from_slice(&piece);
        }
        Ok(collected.freeze())
    }
}

impl<B> Stream for Content<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: fmt::Display,
{
    type Item = Result<Bytes, ContentError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(ContentError(error.to_string())))),
                Some(Ok(frame)) => frame,
            };
            // Trailers say nothing that is kept.
            let Ok(piece) = frame.into_data() else { continue };
            match self.left.checked_sub(piece.len() as u64) {
                Some(left) => {
                    self.left = left;
                    return Poll::Ready(Some(Ok(piece)));
                }
                None => {
                    self.is_too_large = true;
                    return Poll::Ready(Some(Err(ContentError("it is larger than it may be".to_owned()))));
                }
            }
        }
    }
}

/// The JSON document of a request.
pub(crate) async fn document<T, B>(body: B, limit: u64) -> Result<T, Problem>
where
    T: DeserializeOwned,
    B: Body<Data = Bytes> + Unpin,
    B::Error: fmt::Display,
{
    let bytes = Content::new(body, limit.min(LARGEST_DOCUMENT))?.collect().await?;
    serde_json::from_slice(&bytes).map_err(|error| Problem::invalid(format!("the document: {error}")))
}

fn too_large(limit: u64) -> Problem {
    Problem::new(ProblemKind::TooLarge, format!("the content may have {limit} bytes at most"))
}
