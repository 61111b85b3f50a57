//! The export `wasi:http/handler`.

use crate::opening::{self, Service};
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use ossicle_api::{Problem, ProblemKind, RequestId, STORED_CONTENT_POLICY};
use ossicle_face_http::bindings::exports::wasi::http::handler::Guest;
use ossicle_face_http::bindings::wasi::http::types::{ErrorCode, Request as HostRequest, Response as HostResponse};
use ossicle_face_http::{RequestBody, clocks, incoming, log, outgoing, text};

/// The component.
pub struct Face;

impl Guest for Face {
    async fn handle(request: HostRequest) -> Result<HostResponse, ErrorCode> {
        let request = match incoming(request) {
            Ok(request) => request,
            Err(reason) => {
                let id = id_of(&HeaderMap::new());
                return refuse(Problem::new(ProblemKind::InvalidRequest, reason), &id);
            }
        };
        let id = id_of(request.headers());
        match opening::service().await {
            Ok(service) => answer(&service, request, &id).await,
            Err(problem) => {
                log::line(&format!("the service can't be opened: {problem}")).await;
                let told = "the service is not set up: its standard error says why";
                refuse(Problem::new(ProblemKind::Misconfigured, told), &id)
            }
        }
    }
}

/// The id of a request with these headers.
fn id_of(headers: &HeaderMap) -> RequestId {
    RequestId::of(headers, || {
        let mut bytes = [0; 16];
        clocks::fill_with_random(&mut bytes);
        bytes
    })
}

async fn answer(service: &Service, request: Request<RequestBody>, id: &RequestId) -> Result<HostResponse, ErrorCode> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match request.uri().path() {
        "/healthz" | "/openapi.json" if !is_read => {
            let problem = Problem::new(ProblemKind::MethodNotAllowed, "use GET or HEAD");
            return refuse(problem.with_header(ALLOW, HeaderValue::from_static("GET, HEAD")), id);
        }
        "/healthz" => return told(text(StatusCode::OK, "ok"), id),
        "/openapi.json" => {
            let mut response = http::Response::new(Full::new(ossicle_api::document()));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            return told(response, id);
        }
        _ => {}
    }
    let grant = match service.tokens.identify(request.headers(), clocks::now()) {
        Ok(grant) => grant,
        Err(refusal) => return outgoing(refusal.into_response(id).map(Full::new)),
    };
    let mut response = service.api.handle(request, grant, id).await;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, STORED_CONTENT_POLICY);
    outgoing(response)
}

/// A response that tells the request's id.
fn told(mut response: http::Response<Full<Bytes>>, id: &RequestId) -> Result<HostResponse, ErrorCode> {
    id.add_to(response.headers_mut());
    outgoing(response)
}

fn refuse(problem: Problem, id: &RequestId) -> Result<HostResponse, ErrorCode> {
    outgoing(problem.into_response(id).map(Full::new))
}
