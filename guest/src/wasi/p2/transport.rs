//! Requests over `wasi:http/outgoing-handler`.
//!
//! A resource of the host must be dropped after everything that was made from it: streams before bodies, bodies before
//! responses. So the fields of a struct are in the order in which they must be dropped.

use std::time::Duration;

use bytes::Bytes;

use super::waits::ready;
use crate::message::{Method, Request, Response, ResponseHeaders};
use crate::ports::{Body, ExchangeTimeouts, Transport, TransportError};
use crate::stall::{Progress, unless_stalled};
use crate::wasi::Wasi;
use crate::wasi::bindings::wasi::http::outgoing_handler::handle;
use crate::wasi::bindings::wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody as WasiBody, IncomingResponse, OutgoingBody,
    OutgoingRequest, http_error_code,
};
use crate::wasi::bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};
use crate::wasi::exchange::{address, answer_to, refused, request_options, transport_error};

/// The most bytes of one read or write of a body.
const CHUNK: usize = 256 * 1024;

/// The bytes that one read requests if no length was stated: for error documents and listings.
const UNKNOWN: usize = 16 * 1024;

impl Transport for Wasi {
    type Body = IncomingBody;

    async fn send(
        &self,
        request: Request,
        timeouts: ExchangeTimeouts,
    ) -> Result<Response<IncomingBody>, TransportError> {
        let Request { method, secure, authority, path_with_query, headers, body } = request;
        let headers = Fields::from_list(&headers).map_err(|_| refused("a header"))?;
        let outgoing = OutgoingRequest::new(headers);
        address(&outgoing, method, secure, &authority, &path_with_query)?;
        let sink = if body.is_empty() { None } else { Some(outgoing.body().map_err(|()| refused("a body"))?) };
        let (options, by_host) = request_options(timeouts);
        let answer = handle(outgoing, Some(options)).map_err(transport_error)?;

        let progress = Progress::new(self);
        let upload = async {
            if let Some(sink) = sink {
                write(sink, &body, || progress.moved(self)).await;
            }
        };
        let answer = answer_to(timeouts, by_host, &progress, head(answer), upload).await;
        let between_bytes = if by_host.body { None } else { Some(timeouts.between_bytes) };
        incoming(answer.map_err(transport_error)?, method == Method::Head, between_bytes)
    }
}

async fn head(answer: FutureIncomingResponse) -> Result<IncomingResponse, ErrorCode> {
    loop {
        match answer.get() {
            Some(Ok(answer)) => return answer,
            // The response was taken before, which can't happen because this returns then.
            Some(Err(())) => return Err(ErrorCode::InternalError(None)),
            None => ready(answer.subscribe()).await,
        }
    }
}

/// Sends the body. Whether all of it was sent and accepted is shown by the response.
async fn write(sink: OutgoingBody, body: &[u8], moved: impl Fn()) {
    let Ok(stream) = sink.write() else { return };
    if write_all(&stream, body, moved).await.is_ok() && stream.flush().is_ok() {
        ready(stream.subscribe()).await;
    }
    drop(stream);
    let _shown_by_the_response = OutgoingBody::finish(sink, None);
}

/// Writes the whole body. A closed stream does not mean that the request failed: a host with pooled connections closes
/// it once as much was written as the headers announce, and every host does if the response arrives before the end.
async fn write_all(stream: &OutputStream, body: &[u8], moved: impl Fn()) -> Result<(), StreamError> {
    for mut rest in body.chunks(CHUNK) {
        while !rest.is_empty() {
            let room = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
            let (piece, left) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            if piece.is_empty() {
                ready(stream.subscribe()).await;
                continue;
            }
            stream.write(piece)?;
            moved();
            rest = left;
        }
    }
    Ok(())
}

fn incoming(
    response: IncomingResponse,
    is_head: bool,
    limit: Option<Duration>,
) -> Result<Response<IncomingBody>, TransportError> {
    let status = response.status();
    // Copied, because the host's resource would have to be dropped before the response.
    let headers = ResponseHeaders::new(response.headers().entries());
    let left = if is_head { Some(0) } else { headers.content_length() };
    let unread = if left == Some(0) { None } else { Some(Unread::new(response)?) };
    Ok(Response { status, headers, body: IncomingBody { unread, left, limit } })
}

/// The unread part of a body in the host.
struct Unread {
    stream: InputStream,
    _body: WasiBody,
    _response: IncomingResponse,
}

impl Unread {
    fn new(response: IncomingResponse) -> Result<Self, TransportError> {
        let body = response.consume().map_err(|()| refused("to give out an answer's body"))?;
        let stream = body.stream().map_err(|()| refused("to give out an answer's body"))?;
        Ok(Self { stream, _body: body, _response: response })
    }
}

/// The body of a response.
pub(in crate::wasi) struct IncomingBody {
    unread: Option<Unread>,
    /// The number of bytes left to read, if a length was stated.
    left: Option<u64>,
    /// How long to wait for a piece; `None` if the host enforces that.
    limit: Option<Duration>,
}

impl Body for IncomingBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        while let Some(Unread { stream, .. }) = &self.unread {
            let want = self.left.map_or(UNKNOWN as u64, |left| left.clamp(1, CHUNK as u64));
            match stream.read(want) {
                Ok(bytes) if !bytes.is_empty() => {
                    self.left = self.left.map(|left| left.saturating_sub(bytes.len() as u64));
                    return Ok(Some(bytes.into()));
                }
                Ok(_) => {
                    let arrived = ready(stream.subscribe());
                    match self.limit {
                        None => arrived.await,
                        Some(limit) => unless_stalled(&Wasi, &Progress::new(&Wasi), limit, arrived)
                            .await
                            .ok_or_else(|| transport_error(ErrorCode::ConnectionReadTimeout))?,
                    }
                }
                Err(StreamError::Closed) => self.unread = None,
                Err(StreamError::LastOperationFailed(error)) => {
                    let code = http_error_code(&error).unwrap_or(ErrorCode::HttpResponseIncomplete);
                    return Err(transport_error(code));
                }
            }
        }
        Ok(None)
    }
}
