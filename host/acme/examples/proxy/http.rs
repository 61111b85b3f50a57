//! Port 80: answers the authority's challenges for the whole fleet, and sends everybody else to HTTPS.

use crate::settings::Settings;
use bytes::Bytes;
use certmagic::solvers::http::HttpChallengeHandler;
use certmagic::storage::{KeyBuilder, Storage};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{HOST, LOCATION};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use ossicle_acme::issuer_key;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub async fn serve(settings: &Settings, storage: Arc<dyn Storage>) -> io::Result<JoinHandle<()>> {
    // A token is looked for in the storage by the name that is asked for, so only for names that are served here.
    let published = KeyBuilder.certs_prefix(&issuer_key(&settings.directory));
    let challenges = HttpChallengeHandler::with_prefix(Arc::default(), Some(storage), published);
    let challenges = Arc::new(challenges.with_allowed_hosts(&settings.names));
    let listener = TcpListener::bind(settings.http).await?;
    Ok(tokio::spawn(async move {
        loop {
            // A connection that is gone before it is accepted is no reason to stop.
            let Ok((stream, _)) = listener.accept().await else { continue };
            let challenges = Arc::clone(&challenges);
            let service = service_fn(move |request| {
                let challenges = Arc::clone(&challenges);
                async move { Ok::<_, Infallible>(respond(&challenges, &request).await) }
            });
            tokio::spawn(async move {
                let mut server = hyper::server::conn::http1::Builder::new();
                if let Err(error) =
                    server.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await
                {
                    tracing::debug!(%error, "a connection broke");
                }
            });
        }
    }))
}

async fn respond(challenges: &HttpChallengeHandler, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if let Some((status, answer)) = challenges.handle_http_request(request.method().as_str(), host, path).await {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        return response(status, answer);
    }
    match certmagic::http_handler::try_https_redirect_url(host, path) {
        Ok(location) => match Response::builder()
            .status(StatusCode::MOVED_PERMANENTLY)
            .header(LOCATION, location)
            .body(Full::default())
        {
            Ok(redirect) => redirect,
            Err(error) => response(StatusCode::BAD_REQUEST, error.to_string()),
        },
        Err(error) => response(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

fn response(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response
}
