//! Port 443: presents the certificate of the name that the client asks for, and passes its requests on.

use crate::Failure;
use crate::settings::Settings;
use bytes::Bytes;
use certmagic::Config;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// For how long a client may take to shake hands.
const HANDSHAKE: Duration = Duration::from_secs(10);

type Body = Either<Incoming, Full<Bytes>>;

#[derive(Clone)]
struct Upstream {
    client: Client<HttpConnector, Incoming>,
    authority: Authority,
}

pub async fn serve(settings: &Settings, config: &Arc<Config>) -> Result<JoinHandle<()>, Failure> {
    // By SNI, from certmagic's cache alone: a handshake never waits for the storage or the authority.
    let mut tls = config.tls_config()?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let upstream = Upstream {
        client: Client::builder(TokioExecutor::new()).build_http(),
        authority: settings.upstream.to_string().parse()?,
    };
    let listener = TcpListener::bind(settings.https).await?;
    Ok(tokio::spawn(async move {
        loop {
            // A connection that is gone before it is accepted is no reason to stop.
            let Ok((stream, _)) = listener.accept().await else { continue };
            let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
            tokio::spawn(async move {
                if let Err(error) = connection(stream, &acceptor, upstream).await {
                    tracing::debug!(%error, "a connection broke");
                }
            });
        }
    }))
}

async fn connection(stream: TcpStream, acceptor: &TlsAcceptor, upstream: Upstream) -> Result<(), Failure> {
    let stream = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await??;
    let service = service_fn(move |request| {
        let upstream = upstream.clone();
        async move { Ok::<_, Infallible>(upstream.pass(request).await) }
    });
    let mut server = hyper::server::conn::http1::Builder::new();
    server.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await?;
    Ok(())
}

impl Upstream {
    async fn pass(&self, mut request: Request<Incoming>) -> Response<Body> {
        let mut parts = request.uri().clone().into_parts();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
        let answered = match Uri::from_parts(parts) {
            Ok(uri) => {
                *request.uri_mut() = uri;
                self.client.request(request).await.map_err(Failure::from)
            }
            Err(error) => Err(error.into()),
        };
        match answered {
            Ok(response) => response.map(Either::Left),
            Err(error) => {
                tracing::warn!(%error, "the upstream does not answer");
                let mut response = Response::new(Either::Right(Full::from("the upstream does not answer\n")));
                *response.status_mut() = StatusCode::BAD_GATEWAY;
                response
            }
        }
    }
}
