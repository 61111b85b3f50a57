//! The body of a request.

use crate::bindings::wasi::http::types::{ErrorCode, Request as HostRequest};
use crate::bindings::wit_future;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http_body::{Body, Frame, SizeHint};
use ossicle_face_storage::streams;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The body of a request. One that breaks off ends with an error.
pub struct RequestBody {
    pieces: Pin<Box<dyn Stream<Item = Result<Bytes, BrokenBody>>>>,
    /// The bytes still to come, where a length was stated.
    left: Option<u64>,
}

/// Why a body is not a whole one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenBody(String);

impl fmt::Display for BrokenBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl RequestBody {
    pub(crate) fn of(request: HostRequest, length: Option<u64>) -> Self {
        let (_verdict, verdict) = wit_future::new::<Result<(), ErrorCode>>(|| Ok(()));
        let (content, end) = HostRequest::consume_body(request, verdict);
        // That all of it came, only its end tells.
        let end = stream::once(async { end.await })
            .filter_map(async |end| end.err().map(|code| Err(BrokenBody(describe(&code)))));
        Self { pieces: Box::pin(streams::pieces(content).map(Ok).chain(end)), left: length }
    }
}

fn describe(code: &ErrorCode) -> String {
    match code {
        ErrorCode::ConnectionTerminated | ErrorCode::HttpProtocolError => "the connection broke".to_owned(),
        ErrorCode::ConnectionReadTimeout => "it did not come in time".to_owned(),
        // A host says here what its server says, as of a connection that was closed.
        ErrorCode::InternalError(Some(reason)) => reason.clone(),
        _ => "it broke off".to_owned(),
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BrokenBody;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenBody>>> {
        let wrong_length = || Poll::Ready(Some(Err(BrokenBody("it has another length than was stated".to_owned()))));
        match ready!(self.pieces.as_mut().poll_next(context)) {
            Some(Ok(piece)) => {
                if let Some(left) = self.left {
                    let Some(rest) = left.checked_sub(piece.len() as u64) else { return wrong_length() };
                    self.left = Some(rest);
                }
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Some(Err(broken)) => Poll::Ready(Some(Err(broken))),
            None if self.left.take().is_some_and(|left| left > 0) => wrong_length(),
            None => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
