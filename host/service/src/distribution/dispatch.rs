//! From a request to its response.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, LOCATION};
use http::uri::Authority;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Empty;
use hyper::body::Incoming;
use ossicle_registry::Content;
use tracing::Instrument;

use super::application::Registries;
use super::{metrics, page, reply};
use crate::ports::TenantPorts;
use crate::prometheus;
use crate::server::reply::{TEXT, send, text};
use crate::server::{Exchange, IncomingBody, OutgoingBody, Shared};
use crate::tenant::{Choice, Tenant};

type RegistryBody = OutgoingBody<Content<TenantPorts>>;

/// Answers a request.
pub(super) async fn answer(
    shared: Arc<Shared<Registries>>,
    request: Request<Incoming>,
    exchange: Exchange,
) -> Response<RegistryBody> {
    let path = request.uri().path();
    if path == "/v2" || path.starts_with("/v2/") {
        return ask_registries(&shared, request, exchange).await;
    }
    let response = answer_beside(&shared, &request).await;
    send(exchange, request.method(), response)
}

/// What is at the port beside the registry.
async fn answer_beside<B>(shared: &Shared<Registries>, request: &Request<B>) -> Response<Bytes> {
    let (method, path) = (request.method(), request.uri().path());
    if let Some(policy) = &shared.application.page_policy
        && let Some(response) = page::answer(policy, method, path, request.headers())
    {
        return response;
    }
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    match path {
        "/health" | "/ready" | "/metrics" if !is_read => reply::only_read(),
        "/health" => text(StatusCode::OK, TEXT, "ok\n"),
        "/ready" if *shared.stopping.borrow() => text(StatusCode::SERVICE_UNAVAILABLE, TEXT, "it is shutting down\n"),
        "/ready" => match shared.application.is_ready().await {
            true => text(StatusCode::OK, TEXT, "ok\n"),
            false => text(StatusCode::SERVICE_UNAVAILABLE, TEXT, "a bucket can't be reached\n"),
        },
        "/metrics" => {
            let counted = metrics::text(&shared.metrics, shared.application.tenants.all(), &shared.settings.observers);
            text(StatusCode::OK, prometheus::MEDIA_TYPE, counted)
        }
        _ => reply::document(StatusCode::NOT_FOUND, "UNSUPPORTED", "there is nothing at this path"),
    }
}

/// Has the registry of the right tenant answer.
async fn ask_registries(
    shared: &Shared<Registries>,
    request: Request<Incoming>,
    exchange: Exchange,
) -> Response<RegistryBody> {
    // A URI that names a host has the last word (RFC 9112, 3.2.2), here as in the access log.
    let host = request.uri().authority().map(Authority::as_str);
    let host = host.or_else(|| request.headers().get(HOST).and_then(|host| host.to_str().ok()));
    match shared.application.tenants.choose(host, request.uri().path()) {
        Choice::Tenant(tenant) => ask_registry(shared, tenant, request, exchange).await,
        Choice::Shared(tenants) => ask_any(tenants, request, exchange).await,
        Choice::Nobody => {
            let message = "there is no registry for this host, and none for repositories that begin so";
            let response = reply::document(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message);
            send(exchange, request.method(), response)
        }
    }
}

/// Has the registry answer, in a task of its own.
async fn ask_registry(
    shared: &Shared<Registries>,
    tenant: Arc<Tenant>,
    request: Request<Incoming>,
    mut exchange: Exchange,
) -> Response<RegistryBody> {
    let (limit, traffic) = (shared.settings.pace(), exchange.traffic().clone());
    let method = request.method().clone();
    let base = tenant.clone();
    let under_way = shared.request_begins().await;
    // It comes to its end also when its client goes away: what was taken of an upload is then known, and can be gone on with.
    let answering = async move {
        let _under_way = under_way;
        // Until the registry is through with the body.
        let _room = tenant.room().admit(request.body().size_hint().exact()).await;
        tenant.registry().handle(request.map(|body| IncomingBody::new(body, limit, traffic))).await
    };
    let answered = tokio::spawn(answering.in_current_span());
    match answered.await {
        Ok(answer) => {
            exchange.answered(&answer);
            let mut response = answer.map(|content| OutgoingBody::streamed(content, exchange));
            if let Some(base) = base.location_base() {
                make_absolute(&mut response, base);
            }
            response
        }
        Err(error) => {
            tracing::error!(%error, "a request ended without a response");
            let message = "a defect of the registry";
            send(exchange, &method, reply::document(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", message))
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
) -> Response<RegistryBody> {
    let has_credentials = request.headers().contains_key(AUTHORIZATION);
    let mut kept = None;
    for tenant in tenants {
        let mut asked = Request::new(Empty::<Bytes>::new());
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
            answer.map(|content| OutgoingBody::streamed(content, exchange))
        }
        None => {
            let response = reply::document(StatusCode::NOT_FOUND, "NAME_UNKNOWN", "there is no registry");
            send(exchange, request.method(), response)
        }
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
