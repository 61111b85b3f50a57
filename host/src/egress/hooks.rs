//! The hooks by which `wasi:http` sends a component's requests through the tenant's egress.

use super::permits::RequestPermit;
use super::send::Egress;
use futures_util::TryFutureExt;
use http::{HeaderName, Request, Response};
use std::pin::Pin;
use std::task::{Context, Poll};
use wasmtime_wasi_http::{Error as HttpError, RequestOptions, WasiBody, WasiHttpHooks};

/// What the host reads of a request's body at once: as much as the component writes at once.
const BODY_CHUNK: usize = 256 << 10;

type SentFuture = dyn Future<Output = Result<(), HttpError>> + Send;

type Sent = (Response<WasiBody>, Box<SentFuture>);

/// The way out of a store.
pub(crate) struct Hooks {
    egress: Egress,
    /// That of the request which is about to be sent.
    turn: Option<RequestPermit>,
}

impl Hooks {
    pub(crate) fn new(egress: Egress) -> Self {
        Self { egress, turn: None }
    }

    /// What sends.
    pub(crate) fn egress(&self) -> Egress {
        self.egress.clone()
    }

    /// The next request to be sent has this turn.
    pub(crate) fn next(&mut self, turn: RequestPermit) {
        self.turn = Some(turn);
    }

    /// There was none.
    pub(crate) fn forget(&mut self) {
        self.turn = None;
    }
}

/// What is left to do for a connection. Of no size, so that its box takes no memory.
struct Nothing;

impl Future for Nothing {
    type Output = Result<(), HttpError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(()))
    }
}

impl WasiHttpHooks for Hooks {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        is_forbidden(name.as_str())
    }

    fn p3_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _verdict: Box<SentFuture>,
    ) -> Box<dyn Future<Output = Result<Sent, HttpError>> + Send> {
        let Some(turn) = self.turn.take() else {
            return Box::new(std::future::ready(Err(HttpError::InternalError(None))));
        };
        // Connections are driven by tasks of their own; nothing is left to do for this one. (An `async` block around it would
        // hold the future twice.)
        Box::new(self.egress.send(request, options.unwrap_or_default(), turn).map_ok(|response| {
            let nothing: Box<SentFuture> = Box::new(Nothing);
            (response, nothing)
        }))
    }
}

/// Whether a header is none of a component's, nor for it: as by default, which makes a filter anew for each header. That took
/// a fiftieth of a call, and to compare with a list of names still a two-hundredth.
fn is_forbidden(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "host"
            | "http2-settings"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "transfer-encoding"
            | "upgrade"
    )
}

#[cfg(test)]
mod tests {
    use super::is_forbidden;
    use wasmtime_wasi_http::DEFAULT_FORBIDDEN_HEADERS;

    #[test]
    fn the_headers_that_are_forbidden_are_those_by_default() {
        assert_eq!(DEFAULT_FORBIDDEN_HEADERS.len(), 9);
        assert!(DEFAULT_FORBIDDEN_HEADERS.iter().all(|name| is_forbidden(name.as_str())));
        assert!(
            ["authorization", "content-length", "date", "x-oss-request-id"].into_iter().all(|name| !is_forbidden(name))
        );
    }
}
