//! The way out of the sandbox.
//!
//! The component can do nothing to the world but send HTTP requests, and the config that it is given names one host. So
//! a request to any other scheme, host or port is refused before anything is looked up, and so is an address that no
//! bucket can have: the metadata service of the machine above all, which would hand out the machine's own credentials.
//! A config whose credentials come from that service or from STS opens a second door, to there and to the paths that are
//! asked for. Redirects are not followed and no proxy is asked, for either would lead elsewhere.
//!
//! Connections belong to the tenant: one pool and one store of TLS sessions for each, so that nothing that is bound to a
//! connection passes from one tenant to another. The sender that comes with wasmtime opens a connection for each request;
//! here requests in a row share one, and fifty at once need fifty, once.

mod address;
mod ahead;
mod connector;
mod direct;
mod door;
mod download;
mod fault;
mod record;
mod resolver;
mod stream;
mod tls;
mod upload;

pub use tls::TrustRoots;

pub(crate) use address::Reach;
use connector::Asker;
pub(crate) use connector::Connector;
pub use direct::PooledClient;
pub(crate) use door::Door;
pub(crate) use tls::Trust;

use crate::limits::Limits;
use crate::metrics::Meter;
use bytes::Bytes;
use download::Download;
use fault::Fault;
use http::{HeaderName, Request, Response};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use record::Record;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::Semaphore;
use upload::{Progress, Upload};
pub use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::{DEFAULT_FORBIDDEN_HEADERS, Error as HttpError, RequestOptions, WasiHttpHooks};

/// What holds where the component asks for nothing else. It always asks; another component may not.
const DEFAULT_TIMEOUTS: (Duration, Duration, Duration) =
    (Duration::from_secs(10), Duration::from_secs(60), Duration::from_secs(60));

/// OSS closes an idle connection after about a minute; one that is reused too late costs a retry.
const IDLE_CONNECTION: Duration = Duration::from_secs(60);

/// As much as the component takes at once: of more, what is left over would be a piece of its own.
const READ_AT_ONCE: usize = 256 << 10;

/// A pool smaller than the requests in flight would close and open connections all the time, for nothing.
const MIN_IDLE_CONNECTIONS: usize = 64;

type SentFuture = dyn Future<Output = Result<(), HttpError>> + Send;
type Sent = (Response<WasiBody>, Box<SentFuture>);

/// The way out for one tenant. Its clones are the same one.
#[derive(Clone)]
pub(crate) struct Egress(Arc<Inner>);

struct Inner {
    doors: Vec<(Door, Client<Connector, Upload>)>,
    turns: Arc<Semaphore>,
    response_bytes: u64,
    meter: Arc<Meter>,
}

impl Egress {
    /// Each door has connections of its own. The first one is that to the bucket.
    pub(crate) fn new(doors: Vec<(Door, Connector)>, limits: &Limits, meter: Arc<Meter>) -> Self {
        let client = |connector| {
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(IDLE_CONNECTION)
                .pool_max_idle_per_host(limits.requests.max(MIN_IDLE_CONNECTIONS))
                .http1_max_buf_size(READ_AT_ONCE)
                .set_host(false)
                // Of a request that met a closing connection nothing was sent. What was sent is never repeated here: a
                // lock's release waits for the copies that the component knows of.
                .retry_canceled_requests(true)
                .build(connector)
        };
        let doors = doors.into_iter().map(|(door, connector)| (door, client(connector))).collect();
        let turns = Arc::new(Semaphore::new(limits.requests.clamp(1, Semaphore::MAX_PERMITS)));
        Self(Arc::new(Inner { doors, turns, response_bytes: limits.response_bytes, meter }))
    }

    async fn send(self, request: Request<WasiBody>, options: RequestOptions) -> Result<Response<WasiBody>, HttpError> {
        let inner = &self.0;
        let Some((_, client)) = inner.doors.iter().find(|(door, _)| door.opens_to(request.uri())) else {
            inner.meter.refused.fetch_add(1, Relaxed);
            let allowed = inner.doors.first().map(|(door, _)| &door.origin).map(ToString::to_string);
            let (method, host) = (request.method(), request.uri().host());
            tracing::warn!(%method, host, allowed, "request refused: not the tenant's endpoint");
            return Err(HttpError::HttpRequestDenied);
        };

        // A body that is never read to its end keeps its turn, so this is also what a component can hold open at most.
        let turn = Arc::clone(&inner.turns).acquire_owned().await;
        let turn = turn.map_err(|_| HttpError::InternalError(None))?;
        inner.meter.requests.fetch_add(1, Relaxed);

        let record = Record::begin(&request);
        let sent = self.exchange(client, request, options).await;
        if matches!(sent, Err(HttpError::DestinationIpProhibited)) {
            inner.meter.refused.fetch_add(1, Relaxed);
        }
        if let Some(record) = record {
            record.end(&sent);
        }
        let between_bytes = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUTS.2);
        sent.map(|response| {
            response.map(|body| {
                Download::new(body, between_bytes, inner.response_bytes, turn, Arc::clone(&inner.meter)).boxed_unsync()
            })
        })
    }

    async fn exchange(
        &self,
        client: &Client<Connector, Upload>,
        request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response<hyper::body::Incoming>, HttpError> {
        let connect = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUTS.0);
        let first_byte = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUTS.1);
        let progress = Progress::new();
        let request = request.map(|body| Upload::new(body, progress.clone(), Arc::clone(&self.0.meter)));
        let asker = Asker { timeout: connect, progress: progress.clone() };
        let answer = connector::ASKER.scope(asker, client.request(request));
        tokio::select! {
            biased;
            answer = answer => answer.map_err(|error| Fault::of_request(&error).into()),
            () = progress.stalled(first_byte) => Err(HttpError::ConnectionReadTimeout),
        }
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

impl WasiHttpHooks for Egress {
    /// As by default, which makes a filter anew for each header: that took a fiftieth of a call.
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        static FORBIDDEN: [HeaderName; 9] = DEFAULT_FORBIDDEN_HEADERS;
        FORBIDDEN.contains(name)
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _verdict: Box<SentFuture>,
    ) -> Box<dyn Future<Output = Result<Sent, HttpError>> + Send> {
        let egress = self.clone();
        Box::new(async move {
            let response = egress.send(request, options.unwrap_or_default()).await?;
            // Connections are driven by tasks of their own; nothing is left to do for this one.
            Ok((response, Box::new(Nothing) as Box<SentFuture>))
        })
    }
}

/// A body's data frame, where it is one.
fn data(frame: &http_body::Frame<Bytes>) -> usize {
    frame.data_ref().map_or(0, Bytes::len)
}
