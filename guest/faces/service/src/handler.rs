//! The export `wasi:http/handler`.

use crate::opening::{self, Service};
use http::header::{ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use ossicle_api::{Problem, ProblemKind, STORED_CONTENT_POLICY};
use ossicle_face_http::bindings::exports::wasi::http::handler::Guest;
use ossicle_face_http::bindings::wasi::http::types::{ErrorCode, Request as HostRequest, Response as HostResponse};
use ossicle_face_http::{RequestBody, clocks, incoming, log, outgoing, text};

/// The component.
pub struct Face;

impl Guest for Face {
    async fn handle(request: HostRequest) -> Result<HostResponse, ErrorCode> {
        let request = match incoming(request) {
            Ok(request) => request,
            Err(reason) => return refuse(Problem::new(ProblemKind::InvalidRequest, reason)),
        };
        match opening::service().await {
            Ok(service) => answer(&service, request).await,
            Err(problem) => {
                log::line(&format!("the service can't be opened: {problem}")).await;
                let told = "the service is not set up: its standard error says why";
                refuse(Problem::new(ProblemKind::Misconfigured, told))
            }
        }
    }
}

async fn answer(service: &Service, request: Request<RequestBody>) -> Result<HostResponse, ErrorCode> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match request.uri().path() {
        "/healthz" | "/openapi.json" if !is_read => {
            let problem = Problem::new(ProblemKind::MethodNotAllowed, "use GET or HEAD");
            return refuse(problem.with_header(ALLOW, HeaderValue::from_static("GET, HEAD")));
        }
        "/healthz" => return outgoing(text(StatusCode::OK, "ok")),
        "/openapi.json" => {
            let mut response = http::Response::new(Full::new(ossicle_api::document()));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            return outgoing(response);
        }
        _ => {}
    }
    let grant = match service.tokens.identify(request.headers(), clocks::now()) {
        Ok(grant) => grant,
        Err(refusal) => return outgoing(refusal.into_response().map(Full::new)),
    };
    let mut response = service.api.handle(request, grant).await;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, STORED_CONTENT_POLICY);
    outgoing(response)
}

fn refuse(problem: Problem) -> Result<HostResponse, ErrorCode> {
    outgoing(problem.into_response().map(Full::new))
}
