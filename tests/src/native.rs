//! The core's ports over tokio and hyper, so that the core runs natively against the emulator.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use ossicle::{PooledClient, WasiBody};
use ossicle_guest::message::{Request, Response, ResponseHeaders};
use ossicle_guest::ports::{
    Body, Clock, CredentialHost, Entropy, ExchangeTimeouts, Transport, TransportError, TransportErrorKind,
};
use ossicle_guest::wake_signal::{self, WakeOnDrop, WakeSignal, WakeSignals};

/// The clock of every [`Native`].
pub fn monotonic() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

/// Real clocks, real random numbers, a pooled HTTP client.
#[derive(Clone)]
pub struct Native(Sender);

#[derive(Clone)]
enum Sender {
    Own(Box<Client<HttpConnector, Full<Bytes>>>),
    Host(PooledClient),
}

impl Native {
    /// With the pooled client that the host sends with for the component.
    pub fn through(client: PooledClient) -> Self {
        Self(Sender::Host(client))
    }
}

impl Default for Native {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(Sender::Own(Box::new(Client::builder(TokioExecutor::new()).build(connector))))
    }
}

impl Transport for Native {
    type Body = NativeBody;

    async fn send(&self, request: Request, timeouts: ExchangeTimeouts) -> Result<Response<NativeBody>, TransportError> {
        let client = match &self.0 {
            Sender::Own(client) => client,
            Sender::Host(client) => {
                let spans = [timeouts.connect, timeouts.first_byte, timeouts.between_bytes];
                let request = outgoing(request).map(|body| body.map_err(|never| match never {}).boxed_unsync());
                let answer = client.send(request, spans).await;
                let answer = answer.map_err(|_| failure(TransportErrorKind::Broken, "no answer came"))?;
                return Ok(incoming(answer, NativeBody::Host));
            }
        };
        match tokio::time::timeout(timeouts.first_byte, client.request(outgoing(request))).await {
            Err(_) => Err(failure(TransportErrorKind::TimedOut, "the answer did not come in time")),
            Ok(Err(error)) if error.is_connect() => {
                Err(failure(TransportErrorKind::NotSent, "the connection was refused"))
            }
            Ok(Err(_)) => Err(failure(TransportErrorKind::Broken, "the connection broke")),
            Ok(Ok(answer)) => Ok(incoming(answer, |body| NativeBody::Own(body, timeouts.between_bytes))),
        }
    }
}

fn incoming<B>(answer: http::Response<B>, body: impl FnOnce(B) -> NativeBody) -> Response<NativeBody> {
    let (head, incoming) = answer.into_parts();
    let fields = head.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    let headers = ResponseHeaders::new(fields.collect());
    Response { status: head.status.as_u16(), headers, body: body(incoming) }
}

fn outgoing(request: Request) -> http::Request<Full<Bytes>> {
    let scheme = if request.secure { "https" } else { "http" };
    let uri = format!("{scheme}://{}{}", request.authority, request.path_with_query);
    let mut outgoing = http::Request::builder().method(request.method.as_str()).uri(uri);
    for (name, value) in request.headers {
        outgoing = outgoing.header(name, value);
    }
    outgoing.body(Full::new(request.body)).expect("the core's requests fit HTTP")
}

fn failure(kind: TransportErrorKind, message: &str) -> TransportError {
    TransportError { kind, message: message.to_owned() }
}

/// The body of an answer.
pub enum NativeBody {
    /// With how long the wait for a piece may be.
    Own(Incoming, Duration),
    /// The host bounds its waits.
    Host(WasiBody),
}

impl Body for NativeBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        loop {
            let frame = match self {
                Self::Own(incoming, between_bytes) => {
                    let frame = tokio::time::timeout(*between_bytes, incoming.frame()).await;
                    let frame = frame.map_err(|_| failure(TransportErrorKind::TimedOut, "the answer stalled"))?;
                    frame.map(|frame| frame.map_err(drop))
                }
                Self::Host(incoming) => incoming.frame().await.map(|frame| frame.map_err(drop)),
            };
            match frame {
                Some(Err(())) => return Err(failure(TransportErrorKind::Broken, "the answer broke off")),
                None => return Ok(None),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Some(data)),
                    _ => {}
                },
            }
        }
    }
}

impl Clock for Native {
    fn now(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn monotonic(&self) -> Duration {
        monotonic()
    }

    async fn sleep(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}

impl CredentialHost for Native {}

impl WakeSignals for Native {
    fn wake_signal(&self) -> (WakeOnDrop, WakeSignal) {
        wake_signal::local()
    }
}

impl Entropy for Native {
    fn random_u64(&self) -> u64 {
        // Jitter is all that a test draws: the clock's finest digits are random enough.
        monotonic().as_nanos().wrapping_mul(0x9E37_79B9_7F4A_7C15) as u64
    }
}
