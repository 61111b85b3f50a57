//! How the requests of a component are sent.

use std::time::Duration;

use hyper_util::client::legacy::Client as Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use ossicle::PooledClient;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

/// A client. What a component of 0.2 sees of a request's end is not the same with both: a pooled connection closes the stream of a
/// body as soon as its last byte was written.
#[derive(Clone)]
pub enum Client {
    /// A connection for each request, as wasmtime's own has it.
    Single(Box<Hyper<HttpConnector, WasiBody>>),
    /// That of the host library.
    Pooled(PooledClient),
}

/// What wasmtime waits for where a component states no limit.
const UNLIMITED: Duration = Duration::from_secs(600);

type Answer = (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

impl Client {
    /// A connection for each request.
    pub fn single() -> Self {
        let client = Hyper::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(HttpConnector::new());
        Self::Single(Box::new(client))
    }

    async fn send(
        self,
        request: http::Request<WasiBody>,
        limits: [Duration; 3],
    ) -> Result<http::Response<WasiBody>, Error> {
        match self {
            Self::Pooled(client) => client.send(request, limits).await,
            Self::Single(client) => {
                use http_body_util::BodyExt as _;
                let answer = tokio::time::timeout(limits[1], client.request(request)).await;
                let answer = answer.map_err(|_| Error::HttpResponseTimeout)?;
                let answer = answer.map_err(|error| match error.is_connect() {
                    true => Error::ConnectionRefused,
                    false => Error::ConnectionTerminated,
                })?;
                Ok(answer.map(|body| body.map_err(Error::from).boxed_unsync()))
            }
        }
    }
}

impl WasiHttpHooks for Client {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Answer, Error>> + Send> {
        let options = options.unwrap_or_default();
        let limits = [options.connect_timeout, options.first_byte_timeout, options.between_bytes_timeout];
        let sent = self.clone().send(request, limits.map(|limit| limit.unwrap_or(UNLIMITED)));
        Box::new(async move { Ok((sent.await?, Box::new(std::future::ready(Ok(()))) as Box<_>)) })
    }
}
