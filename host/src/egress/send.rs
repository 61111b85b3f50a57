//! Sends one request of a component.

use super::connections::Connections;
use super::connector::{self, ConnectRequest};
use super::error::WireError;
use super::log::{RequestLog, oss_request};
use super::permits::{Permits, RequestPermit};
use super::problem::ConnectionProblem;
use super::request_body::{Progress, RequestBody};
use super::response_body::ResponseBody;
use super::timeouts::DEFAULT_TIMEOUTS;
use crate::call::CallContext;
use crate::limits::Limits;
use crate::metrics::Meter;
use http::{HeaderMap, Request, Response, header};
use http_body::Body;
use http_body_util::BodyExt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;
use tokio::sync::AcquireError;
use tracing::Instrument;
use wasmtime_wasi_http::{Error as HttpError, RequestOptions, WasiBody};

/// The most that the fields of a response's head may have, names and values together. OSS gives 8 KiB of metadata at most;
/// the component may keep a head for as long as it likes.
const RESPONSE_HEAD: usize = 32 << 10;

/// The way out for one tenant. Its clones are the same one.
#[derive(Clone)]
pub(crate) struct Egress {
    inner: Arc<Inner>,
    /// The most bytes that the body of a response may have.
    response_bytes: u64,
}

struct Inner {
    connections: Connections,
    permits: Permits,
    meter: Arc<Meter>,
}

impl Egress {
    /// Bodies of responses have no limit.
    pub(crate) fn new(connections: Connections, limits: &Limits, meter: Arc<Meter>) -> Self {
        let permits = Permits::new(limits.requests, limits.streams, Arc::clone(&meter));
        Self { inner: Arc::new(Inner { connections, permits, meter }), response_bytes: u64::MAX }
    }

    /// The same way out, with a limit on the bodies of responses.
    pub(crate) fn with_response_bytes(self, response_bytes: u64) -> Self {
        Self { response_bytes, ..self }
    }

    /// Its connections, for another way out to the same places.
    pub(crate) fn connections(&self) -> &Connections {
        &self.inner.connections
    }

    /// Waits for the turn of a request, of this call where it is one's.
    pub(crate) async fn turn(&self, call: Option<Arc<CallContext>>) -> Result<RequestPermit, AcquireError> {
        self.inner.permits.turn(call).await
    }

    /// Why the last connection to each place could not be made, where it could not. That to the bucket comes first.
    pub(crate) fn connection_problems(&self) -> Vec<ConnectionProblem> {
        self.inner.connections.problems()
    }

    /// What sends a request, once it is polled.
    pub(super) fn send(
        &self,
        request: Request<WasiBody>,
        options: RequestOptions,
        turn: RequestPermit,
    ) -> impl Future<Output = Result<Response<WasiBody>, HttpError>> + Send + use<> {
        let RequestPermit { permit, call } = turn;
        let log = RequestLog::of(&request, call.as_deref());
        let exchange = log.span().in_scope(|| self.exchange(request, options, call.clone()));
        let span = log.span().clone();
        let Self { inner, response_bytes } = self.clone();
        let sending = async move {
            let Exchange { answer, progress } = exchange?;
            inner.meter.requests.fetch_add(1, Relaxed);
            let sent_at = Instant::now();
            // The answer is not late for what the request waited before.
            progress.move_on();
            let sent = tokio::select! {
                biased;
                answer = answer => answer.map_err(|error| WireError::of_request(&error).into()),
                () = progress.stalled(options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUTS.1)) => {
                    Err(HttpError::ConnectionReadTimeout)
                }
            };
            if matches!(sent, Err(HttpError::DestinationIpProhibited)) {
                inner.meter.refused.fetch_add(1, Relaxed);
            }
            let took = sent_at.elapsed();
            log.finish(took, &sent);
            let response = sent?;
            inner.meter.responses.record(took);
            check_head(response.headers())?;
            let length = response.body().size_hint().exact();
            if let Some(call) = &call {
                call.move_on(0);
                if let Some(id) = oss_request(&response) {
                    call.answered(id);
                }
                if response.status().is_success() {
                    call.stored(progress.sent());
                }
                call.make_room(length).await;
            }
            let between_bytes = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUTS.2);
            let permit = inner.permits.for_body(permit, length);
            Ok(response.map(|body| {
                let meter = Arc::clone(&inner.meter);
                ResponseBody::new(body, between_bytes, response_bytes, permit, meter, call, log).boxed_unsync()
            }))
        };
        sending.instrument(span)
    }

    /// Makes a request ready to be sent. (Not in the future that sends it, which would be 1.6 KiB instead of 0.6, more than
    /// allocators are quick with.)
    fn exchange(
        &self,
        request: Request<WasiBody>,
        options: RequestOptions,
        call: Option<Arc<CallContext>>,
    ) -> Result<Exchange<impl Future<Output = Answer> + Send + use<>>, HttpError> {
        let inner = &self.inner;
        let route = inner.connections.of(&request).map_err(|refusal| {
            inner.meter.refused.fetch_add(1, Relaxed);
            let allowed = inner.connections.bucket().map(|route| route.destination.origin.to_string());
            let (method, host) = (request.method(), request.uri().host());
            // The path is in the request's span; what a query or a header says may be a signature.
            tracing::warn!(%method, host, allowed, "request refused: {refusal}");
            HttpError::HttpRequestDenied
        })?;
        if let Some(call) = call.as_ref().filter(|_| route.destination.gives_credentials()) {
            call.asks_for_credentials();
        }
        let mut request = request;
        if let Some(authorization) = route.connector.proxy_authorization() {
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization.clone());
        }
        let progress = Progress::new();
        let request = request.map(|body| RequestBody::new(body, progress.clone(), Arc::clone(&inner.meter), call));
        let timeout = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUTS.0);
        let asker = ConnectRequest { timeout, progress: progress.clone() };
        let answer = connector::CONNECT_REQUEST.scope(asker, route.client.request(request));
        Ok(Exchange { answer, progress })
    }
}

type Answer = Result<Response<hyper::body::Incoming>, hyper_util::client::legacy::Error>;

/// A request that is ready to be sent.
struct Exchange<F> {
    /// Sends it.
    answer: F,
    progress: Progress,
}

/// Refuses a response whose head is larger than any of OSS's.
fn check_head(fields: &HeaderMap) -> Result<(), HttpError> {
    let bytes: usize = fields.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > RESPONSE_HEAD {
        tracing::warn!(bytes, "response refused: its head is larger than the limit");
        return Err(HttpError::HttpResponseHeaderSectionSize(u32::try_from(bytes).ok()));
    }
    Ok(())
}
