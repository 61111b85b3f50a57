//! The export `wasi:http/handler`.

use crate::opening;
use http::StatusCode;
use ossicle_face_http::bindings::exports::wasi::http::handler::Guest;
use ossicle_face_http::bindings::wasi::http::types::{ErrorCode, Request, Response};
use ossicle_face_http::{incoming, log, outgoing, text};

/// The component.
pub struct Face;

impl Guest for Face {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let request = match incoming(request) {
            Ok(request) => request,
            Err(reason) => return outgoing(text(StatusCode::BAD_REQUEST, reason)),
        };
        match opening::registry().await {
            Ok(registry) => outgoing(registry.handle(request).await),
            Err(problem) => {
                log::line(&format!("the registry can't be opened: {problem}")).await;
                let told = "the registry is not set up: its standard error says why";
                outgoing(text(StatusCode::SERVICE_UNAVAILABLE, told))
            }
        }
    }
}
