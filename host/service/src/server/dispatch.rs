//! From a request to its response.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, LOCATION};
use http::uri::Authority;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Empty;
use hyper::body::Incoming;

use super::incoming::IncomingBody;
use super::metrics::Exchange;
use super::outgoing::OutgoingBody;
use super::shared::Shared;
use crate::tenant::{Choice, Tenant};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// Prometheus's text format.
const PROMETHEUS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Who is at the other end of a connection, and by which scheme.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    pub address: SocketAddr,
    pub scheme: &'static str,
}

/// Answers a request.
pub(super) async fn answer(
    shared: Arc<Shared>,
    peer: Peer,
    request: Request<Incoming>,
) -> Result<Response<OutgoingBody>, Infallible> {
    let observation = shared.settings.observers.begin(&request, peer.address, peer.scheme);
    let exchange = Exchange::begin(&shared.metrics, observation, &request);
    let path = request.uri().path();
    if path == "/v2" || path.starts_with("/v2/") {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| request.uri().authority().map(Authority::as_str));
        return Ok(match shared.tenants.choose(host, path) {
            Choice::Tenant(tenant) => ask_registry(&shared, tenant, request, exchange).await,
            Choice::Shared(tenants) => ask_any(tenants, request, exchange).await,
            Choice::Nobody => {
                let message = "there is no registry for this host, and none for repositories that begin so";
                document(exchange, StatusCode::NOT_FOUND, "NAME_UNKNOWN", message)
            }
        });
    }
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    Ok(match path {
        "/health" | "/ready" | "/metrics" if !is_read => text(exchange, StatusCode::METHOD_NOT_ALLOWED, TEXT, ""),
        "/health" => text(exchange, StatusCode::OK, TEXT, "ok\n"),
        "/ready" if *shared.stopping.borrow() => {
            text(exchange, StatusCode::SERVICE_UNAVAILABLE, TEXT, "it is shutting down\n")
        }
        "/ready" => match shared.readiness.look(shared.tenants.all()).await {
            true => text(exchange, StatusCode::OK, TEXT, "ok\n"),
            false => text(exchange, StatusCode::SERVICE_UNAVAILABLE, TEXT, "a bucket can't be reached\n"),
        },
        "/metrics" => {
            let counted = shared.metrics.text(shared.tenants.all(), &shared.settings.observers);
            text(exchange, StatusCode::OK, PROMETHEUS, counted)
        }
        _ => document(exchange, StatusCode::NOT_FOUND, "UNSUPPORTED", "there is nothing at this path"),
    })
}

fn text(
    mut exchange: Exchange,
    status: StatusCode,
    media_type: HeaderValue,
    text: impl Into<bytes::Bytes>,
) -> Response<OutgoingBody> {
    let mut head = Response::new(());
    *head.status_mut() = status;
    head.headers_mut().insert(CONTENT_TYPE, media_type);
    exchange.answered(&head);
    head.map(|()| OutgoingBody::text(text, exchange))
}

/// An error as the specification words it.
fn document(exchange: Exchange, status: StatusCode, code: &str, message: &str) -> Response<OutgoingBody> {
    let document = format!("{{\"errors\":[{{\"code\":\"{code}\",\"message\":\"{message}\",\"detail\":null}}]}}");
    text(exchange, status, JSON, document)
}

/// Has the registry answer, in a task of its own.
async fn ask_registry(
    shared: &Shared,
    tenant: Arc<Tenant>,
    request: Request<Incoming>,
    mut exchange: Exchange,
) -> Response<OutgoingBody> {
    let (limit, traffic) = (shared.settings.body_timeout, exchange.traffic().clone());
    let base = tenant.clone();
    let under_way = shared.request_begins().await;
    // It comes to its end also when its client goes away: what was taken of an upload is then known, and can be gone on with.
    let answered = tokio::spawn(async move {
        let _under_way = under_way;
        // Until the registry is through with the body.
        let _room = tenant.room().admit(request.body().size_hint().exact()).await;
        tenant.registry().handle(request.map(|body| IncomingBody::new(body, limit, traffic))).await
    });
    match answered.await {
        Ok(answer) => {
            exchange.answered(&answer);
            let mut response = answer.map(|content| OutgoingBody::registry(content, exchange));
            if let Some(base) = base.location_base() {
                make_absolute(&mut response, base);
            }
            response
        }
        Err(error) => {
            tracing::error!(%error, "a request ended without a response");
            let message = "a defect of the registry";
            document(exchange, StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", message)
        }
    }
}

/// Asks tenants that share a host whether whoever sends a request that names no repository is known. With credentials it is
/// enough to be known to one; without, all of them must do without, since a client that is not asked for credentials here
/// never sends any.
async fn ask_any(
    tenants: Vec<Arc<Tenant>>,
    request: Request<Incoming>,
    mut exchange: Exchange,
) -> Response<OutgoingBody> {
    let has_credentials = request.headers().contains_key(AUTHORIZATION);
    let mut kept = None;
    for tenant in tenants {
        let mut asked = Request::new(Empty::<bytes::Bytes>::new());
        *asked.method_mut() = request.method().clone();
        *asked.uri_mut() = request.uri().clone();
        *asked.headers_mut() = request.headers().clone();
        let answer = tenant.registry().handle(asked).await;
        let decides = answer.status().is_success() == has_credentials;
        if decides || kept.is_none() {
            kept = Some(answer);
        }
        if decides {
            break;
        }
    }
    match kept {
        Some(answer) => {
            exchange.answered(&answer);
            answer.map(|content| OutgoingBody::registry(content, exchange))
        }
        None => document(exchange, StatusCode::NOT_FOUND, "NAME_UNKNOWN", "there is no registry"),
    }
}

/// Puts what a tenant's registry is reached by before a `Location` that is a path.
fn make_absolute<B>(response: &mut Response<B>, base: &str) {
    let Some(path) = response.headers().get(LOCATION).and_then(|location| location.to_str().ok()) else { return };
    if path.starts_with('/')
        && let Ok(location) = HeaderValue::try_from(format!("{base}{path}"))
    {
        response.headers_mut().insert(LOCATION, location);
    }
}
