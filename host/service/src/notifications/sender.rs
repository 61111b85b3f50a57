//! Requests to endpoints.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};

const EVENTS: HeaderValue = HeaderValue::from_static("application/vnd.docker.distribution.events.v1+json");

/// The connections to all endpoints.
pub(super) type Connections = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Connections that trust the system's root certificates, which are read only if an endpoint needs them.
pub(super) fn connections(need_roots: bool) -> std::io::Result<Connections> {
    let provider = rustls::crypto::ring::default_provider();
    let builder = if need_roots {
        HttpsConnectorBuilder::new().with_provider_and_native_roots(provider)?
    } else {
        let builder = ClientConfig::builder_with_provider(provider.into()).with_safe_default_protocol_versions();
        let config = builder.map_err(std::io::Error::other)?.with_root_certificates(RootCertStore::empty());
        HttpsConnectorBuilder::new().with_tls_config(config.with_no_client_auth())
    };
    let connector = builder.https_or_http().enable_http1().build();
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum AttemptError {
    #[error("the endpoint answered {0}")]
    Refused(StatusCode),
    #[error("the endpoint did not answer: {0}")]
    Unanswered(String),
}

/// Sends a document. What is neither an error nor information counts as taken, as in distribution.
pub(super) async fn send(
    connections: &Connections,
    url: &Uri,
    headers: &HeaderMap,
    timeout: Duration,
    document: Bytes,
) -> Result<(), AttemptError> {
    let mut request = Request::new(Full::new(document));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url.clone();
    *request.headers_mut() = headers.clone();
    request.headers_mut().insert(CONTENT_TYPE, EVENTS);
    let response = match tokio::time::timeout(timeout, connections.request(request)).await {
        Err(_) => return Err(AttemptError::Unanswered(format!("there was no response within {timeout:?}"))),
        Ok(Err(error)) => {
            let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            return Err(AttemptError::Unanswered(cause));
        }
        Ok(Ok(response)) => response,
    };
    let status = response.status();
    if status.is_success() || status.is_redirection() { Ok(()) } else { Err(AttemptError::Refused(status)) }
}
