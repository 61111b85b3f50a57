//! Requests over `wasi:http/client`.
//!
//! What a `load` and a `store` of 2 KiB ask of the host, counted by breakpoints on the host's functions (wasmtime 48):
//!
//! | what | load | store | why |
//! |---|---|---|---|
//! | `request-options` cloned | 1 | 1 | a request keeps what it is given; the timeouts are set once for all |
//! | `fields.from-list` | 1 | 1 | all headers at once |
//! | `request.new`, `set-method`, `set-scheme`, `set-authority`, `set-path-with-query` | 4 | 5 | there is no other way; GET is what a request is made with |
//! | `client.send` | 1 | 1 | |
//! | `get-status-code`, `get-headers` | 2 | 2 | |
//! | `fields.get` | 2 | 2 | `content-length` and the CRC-64, each once; other headers are left in the host |
//! | `consume-body`, and one more that a body brings | 2 | 0 | what a store is answered with has none |
//! | `monotonic-clock.now` | 2 | 3 | the call's deadline and what has passed of it; a store's progress |
//! | futures and streams made, read or written, dropped | 10 | 7 | a request wants a future of trailers, a body one of its verdict |
//! | sets of waitables, subtasks, the result, handles | 7 | 8 | how an asynchronous call waits and answers |
//!
//! Beside these the system's clock is asked now and then. Copies and fills of memory are calls of wasmtime's own: 46 and 37
//! in a load, 78 and 63 in a store, nearly all of a few bytes.

use std::time::Duration;

use bytes::Bytes;
use wit_bindgen::{FutureReader, StreamReader, StreamResult, StreamWriter};

use super::options;
use crate::message::{self, Method, Request, Response, ResponseHeaders};
use crate::ports::{Body, ExchangeTimeouts, Transport, TransportError};
use crate::stall::{Progress, unless_stalled};
use crate::wasi::Wasi;
use crate::wasi::bindings::wasi::http::client;
use crate::wasi::bindings::wasi::http::types::{
    ErrorCode, Fields, Request as WasiRequest, Response as WasiResponse, Trailers,
};
use crate::wasi::bindings::{wit_future, wit_stream};
use crate::wasi::exchange::{address, answer_to, refused, transport_error};

/// The bytes of one read or write of a body: larger pieces mean fewer calls of the host, which cost about a microsecond
/// each; beyond 256 KiB nothing more is gained.
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
        let (contents, mut writer) = if body.is_empty() {
            (None, None)
        } else {
            let (writer, reader) = wit_stream::new::<u8>();
            (Some(reader), Some(writer))
        };
        let (no_trailers, trailers) = wit_future::new::<Result<Option<Trailers>, ErrorCode>>(|| Ok(None));
        let (options, by_host) = options::of(timeouts);
        let headers = Fields::from_list(&headers).map_err(|_| refused("a header"))?;
        let (outgoing, transmission) = WasiRequest::new(headers, contents, trailers, Some(options));
        address(&outgoing, method, secure, &authority, &path_with_query)?;

        let progress = Progress::new(self);
        let upload = async {
            if let Some(writer) = &mut writer {
                write(writer, &body, || progress.moved(self)).await;
            }
            drop(writer);
            // A body ends with its trailers: without this the host would wait for them.
            drop(no_trailers);
        };
        let answer = answer_to(timeouts, by_host, &progress, client::send(outgoing), upload).await;
        let between_bytes = if by_host.body { None } else { Some(timeouts.between_bytes) };
        Ok(incoming(answer.map_err(transport_error)?, transmission, method == Method::Head, between_bytes))
    }
}

/// Sends the body in pieces: the caller keeps the body for another attempt, and a copy of all of it would double the
/// memory of a call.
async fn write(writer: &mut StreamWriter<u8>, body: &[u8], moved: impl Fn()) {
    let mut buffer = Vec::with_capacity(CHUNK.min(body.len()));
    for piece in body.chunks(CHUNK) {
        buffer.extend_from_slice(piece);
        buffer = writer.write_all(buffer).await;
        moved();
        // If the host does not read all of the body, the response shows why.
        if !buffer.is_empty() {
            return;
        }
    }
}

impl message::Fields for Fields {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        Fields::get(self, name).into_iter().next()
    }

    fn has(&self, name: &str) -> bool {
        Fields::has(self, name)
    }

    fn all(&self) -> Vec<(String, Vec<u8>)> {
        self.copy_all()
    }
}

fn incoming(
    response: WasiResponse,
    transmission: Transmission,
    is_head: bool,
    limit: Option<Duration>,
) -> Response<IncomingBody> {
    let status = response.get_status_code();
    let headers = ResponseHeaders::remote(response.get_headers());
    let length = headers.content_length();
    let (reader, left) = if is_head || length == Some(0) {
        (None, Some(0))
    } else {
        let (_verdict, verdict) = wit_future::new::<Result<(), ErrorCode>>(|| Ok(()));
        let (stream, end) = WasiResponse::consume_body(response, verdict);
        (Some(Unread { stream, end, _transmission: transmission }), length)
    };
    let body = IncomingBody { reader, left, buffer: Vec::new(), limit };
    Response { status, headers, body }
}

/// The result of a body, which includes its trailers.
type End = FutureReader<Result<Option<Trailers>, ErrorCode>>;

/// The result of sending the request.
pub(in crate::wasi) type Transmission = FutureReader<Result<(), ErrorCode>>;

/// The unread part of a body in the host.
struct Unread {
    stream: StreamReader<u8>,
    end: End,
    /// Kept as long as the body is read: wasmtime 49 closes the connection when this future is dropped, and whatever
    /// was not read by then never arrives.
    _transmission: Transmission,
}

/// The body of a response.
pub(in crate::wasi) struct IncomingBody {
    reader: Option<Unread>,
    /// The number of bytes left to read, if a length was stated.
    left: Option<u64>,
    /// The buffer for the next piece: allocating and wiping a new one for each would take a tenth of a download.
    buffer: Vec<u8>,
    /// How long to wait for a piece; `None` if the host enforces that.
    limit: Option<Duration>,
}

#[cfg(feature = "blobs")]
impl IncomingBody {
    /// The body as a stream for another reader, and the resources to keep until it was read; an empty one if there is
    /// none.
    pub(in crate::wasi) fn handed_on(body: Option<Self>) -> (StreamReader<u8>, Option<Transmission>) {
        match body.and_then(|body| body.reader) {
            Some(Unread { stream, _transmission: transmission, .. }) => (stream, Some(transmission)),
            None => (wit_stream::new::<u8>().1, None),
        }
    }
}

impl Body for IncomingBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        while let Some(Unread { stream, .. }) = &mut self.reader {
            let want = self.left.map_or(UNKNOWN, |left| usize::try_from(left).unwrap_or(CHUNK).clamp(1, CHUNK));
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.reserve(want);
            let read = stream.read(buffer);
            let (result, bytes) = match self.limit {
                None => read.await,
                Some(limit) => unless_stalled(&Wasi, &Progress::new(&Wasi), limit, read)
                    .await
                    .ok_or_else(|| transport_error(ErrorCode::ConnectionReadTimeout))?,
            };
            if !bytes.is_empty() {
                self.left = self.left.map(|left| left.saturating_sub(bytes.len() as u64));
                return Ok(Some(bytes.into()));
            }
            if !matches!(result, StreamResult::Complete(_)) {
                let Some(Unread { end, .. }) = self.reader.take() else { break };
                end.await.map_err(transport_error)?;
            }
        }
        Ok(None)
    }

    fn reuse(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.buffer = buffer;
    }
}
