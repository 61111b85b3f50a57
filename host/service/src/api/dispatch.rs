//! From a request to its response.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_SECURITY_POLICY, FORWARDED, VIA};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use ossicle_api::{Content, Operation, Refusal, RequestId, STORED_CONTENT_POLICY};
use ossicle_registry::Requester;
use tracing::Instrument;

use super::application::ApiServer;
use super::{metrics, refusal, status};
use crate::api_ports::BucketPorts;
use crate::prometheus;
use crate::server::reply::{TEXT, send, text};
use crate::server::{Exchange, IncomingBody, OutgoingBody, Peer, Shared};
use crate::tenancy::Caller;
use crate::ui;

/// By this a browser tells whose page a request is for (Fetch Metadata Request Headers, section 2.4).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// By these a proxy tells that it passes a request of somebody else on.
const PASSED_ON: [HeaderName; 3] = [FORWARDED, VIA, HeaderName::from_static("x-forwarded-for")];

type ApiBody = OutgoingBody<Content<BucketPorts>>;

/// What a request is about, as metrics have it.
pub(super) fn route(method: &Method, path: &str) -> &'static str {
    match path {
        "/healthz" | "/readyz" => "health",
        "/metrics" => "metrics",
        "/status" => "status",
        "/" => "page",
        path if path.starts_with("/ui/") => "page",
        _ => Operation::of(method, path).map_or("other", Operation::name),
    }
}

/// Answers a request.
pub(super) async fn answer(
    shared: Arc<Shared<ApiServer>>,
    peer: Peer,
    request: Request<Incoming>,
    mut exchange: Exchange,
) -> Response<ApiBody> {
    let (method, path) = (request.method(), request.uri().path());
    let id = exchange.request_id().clone();
    if let Some(response) = answer_openly(&shared, &peer, &request, &id).await {
        return send(exchange, method, response);
    }
    let caller = match identify(&shared, request.headers(), &peer) {
        Ok(caller) => caller,
        Err(refused) => {
            tracing::debug!(client = %peer.address, ?refused, "a request is refused");
            return send(exchange, method, refused.into_response(&id));
        }
    };
    if is_foreign_page(request.headers()) {
        return send(exchange, method, refusal::foreign_page(&id));
    }
    exchange.is_for(caller.tenant.name().clone());
    let requester = Requester(format!("{}/{}", caller.tenant.name(), caller.bearer.name()));
    if let Err(wait) = caller.bearer.begin_request() {
        return send(exchange, method, identified(refusal::too_many(wait, &id), requester));
    }
    if path == "/status" {
        let response = match *method {
            Method::GET | Method::HEAD => status::answer(&caller, &shared.metrics),
            _ => refusal::only_read(&id),
        };
        return send(exchange, method, identified(response, requester));
    }
    ask(&shared, caller, request, exchange, requester).await
}

/// What is there for everybody.
async fn answer_openly<B>(
    shared: &Shared<ApiServer>,
    peer: &Peer,
    request: &Request<B>,
    id: &RequestId,
) -> Option<Response<Bytes>> {
    let (method, path) = (request.method(), request.uri().path());
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    Some(match path {
        "/healthz" | "/readyz" | "/metrics" if !is_read => refusal::only_read(id),
        "/healthz" => text(StatusCode::OK, TEXT, "ok\n"),
        "/readyz" if *shared.stopping.borrow() => text(StatusCode::SERVICE_UNAVAILABLE, TEXT, "it is shutting down\n"),
        "/readyz" => match shared.application.is_ready().await {
            true => text(StatusCode::OK, TEXT, "ok\n"),
            // Whose it is stands in the log: everybody can ask here.
            false => text(StatusCode::SERVICE_UNAVAILABLE, TEXT, "a bucket can't be reached\n"),
        },
        "/metrics" => {
            let present = shared.application.tenants.present();
            match present.file().has_open_metrics() || is_local(peer, request.headers()) {
                true => text(StatusCode::OK, prometheus::MEDIA_TYPE, metrics::text(shared)),
                false => refusal::only_local(id),
            }
        }
        "/openapi.json" if is_read => {
            text(StatusCode::OK, HeaderValue::from_static("application/json"), ossicle_api::document())
        }
        path => {
            let file = ui::answer(&ui::API, &shared.application.page_policy, path, request.headers())?;
            if is_read { file } else { refusal::only_read(id) }
        }
    })
}

/// Whether a request is of a program on this machine, as far as can be told: a proxy here may say nothing of whom it serves.
fn is_local(peer: &Peer, headers: &HeaderMap) -> bool {
    let is_passed_on = PASSED_ON.iter().any(|name| headers.contains_key(name));
    peer.address.ip().to_canonical().is_loopback() && !is_passed_on
}

/// Whether a browser sends it for a page of another site, on whose word it shows the certificate of whoever looks at that page.
/// A token is never sent like that. Browsers tell it with every request over TLS, and other programs don't.
fn is_foreign_page(headers: &HeaderMap) -> bool {
    let site = headers.get(SEC_FETCH_SITE);
    !headers.contains_key(AUTHORIZATION) && site.is_some_and(|site| site != "same-origin" && site != "none")
}

fn identify(shared: &Shared<ApiServer>, headers: &HeaderMap, peer: &Peer) -> Result<Caller, Refusal> {
    shared.application.tenants.present().identify(headers, peer.certificate.as_deref(), SystemTime::now())
}

/// A response whose access log has who asked.
fn identified<B>(mut response: Response<B>, requester: Requester) -> Response<B> {
    response.extensions_mut().insert(requester);
    response
}

/// Has the tenant's API answer. What changes something comes to its end also when its client goes away.
async fn ask(
    shared: &Shared<ApiServer>,
    caller: Caller,
    request: Request<Incoming>,
    mut exchange: Exchange,
    requester: Requester,
) -> Response<ApiBody> {
    let (method, id) = (request.method().clone(), exchange.request_id().clone());
    let asked = id.clone();
    let runs_to_its_end = Operation::of(&method, request.uri().path()).is_some_and(Operation::runs_to_its_end);
    let (limit, traffic) = (shared.settings.pace(), exchange.traffic().clone());
    let request = request.map(|body| IncomingBody::new(body, limit, traffic));
    let under_way = shared.request_begins().await;
    let answering = async move {
        let _under_way = under_way;
        caller.tenant.api().handle(request, caller.bearer.grant(), &asked).await
    };
    let answered = match runs_to_its_end {
        true => tokio::spawn(answering.in_current_span()).await,
        false => Ok(answering.await),
    };
    match answered {
        Ok(response) => {
            let mut response = identified(response, requester);
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, STORED_CONTENT_POLICY);
            exchange.answered(&response);
            response.map(|content| OutgoingBody::streamed(content, exchange))
        }
        Err(error) => {
            tracing::error!(%error, "a request ended without a response");
            send(exchange, &method, identified(refusal::defect(&id), requester))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_for_this_machine_alone() {
        let peer = |address: &str| Peer { address: address.parse().unwrap(), scheme: "http", certificate: None };
        let mut headers = HeaderMap::new();
        for (address, expected) in [
            ("127.0.0.1:1", true),
            ("[::1]:1", true),
            ("[::ffff:127.0.0.1]:1", true),
            ("192.0.2.1:1", false),
            ("[::ffff:192.0.2.1]:1", false),
        ] {
            assert_eq!(is_local(&peer(address), &headers), expected, "{address}");
        }
        for name in PASSED_ON {
            headers.insert(name.clone(), HeaderValue::from_static("x"));
            assert!(!is_local(&peer("127.0.0.1:1"), &headers), "{name}");
            headers.clear();
        }
    }

    #[test]
    fn routes_never_have_a_name_that_clients_choose() {
        for (method, path, expected) in [
            (Method::GET, "/healthz", "health"),
            (Method::GET, "/readyz", "health"),
            (Method::GET, "/metrics", "metrics"),
            (Method::GET, "/status", "status"),
            (Method::GET, "/", "page"),
            (Method::GET, "/ui/whatever", "page"),
            (Method::GET, "/v1/certificates/a/b", "getCertificate"),
            (Method::POST, "/v1/certificates/a/b", "other"),
            (Method::GET, "/v3/a", "other"),
        ] {
            assert_eq!(route(&method, path), expected, "{path}");
        }
    }
}
