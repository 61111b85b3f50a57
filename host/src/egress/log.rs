//! The span and the log lines of a request.

use crate::call::CallContext;
use http::{Request, Response};
use std::time::Duration;
use tracing::{Span, field};
use wasmtime_wasi_http::Error as HttpError;

/// A request in the log: a span below its call's, named by OpenTelemetry's conventions for HTTP clients. Neither the query, which
/// may hold a signature, nor any header but OSS's id of the request.
#[derive(Clone)]
pub(super) struct RequestLog {
    span: Span,
}

impl RequestLog {
    pub(super) fn of<B>(request: &Request<B>, call: Option<&CallContext>) -> Self {
        let uri = request.uri();
        let parent = call.map_or_else(Span::current, |call| call.span().clone());
        let span = tracing::info_span!(
            parent: parent.id(),
            "request",
            otel.kind = "client",
            otel.name = request.method().as_str(),
            http.request.method = request.method().as_str(),
            url.scheme = uri.scheme_str(),
            server.address = uri.host(),
            server.port = uri.port_u16(),
            url.path = uri.path(),
            http.response.status_code = field::Empty,
            oss.request_id = field::Empty,
            otel.status_code = field::Empty,
            error.type = field::Empty,
        );
        Self { span }
    }

    /// Its span, for what is said of it.
    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// Records the response, or why there is none.
    pub(super) fn finish<B>(&self, took: Duration, sent: &Result<Response<B>, HttpError>) {
        let _in_span = self.span.enter();
        match sent {
            Ok(response) => {
                let status = response.status();
                self.span.record("http.response.status_code", status.as_u16());
                if let Some(id) = oss_request(response) {
                    self.span.record("oss.request_id", id);
                }
                // As for all HTTP clients: what answers with such a status has refused.
                if status.is_client_error() || status.is_server_error() {
                    self.span.record("otel.status_code", "ERROR").record("error.type", status.as_str());
                }
                tracing::debug!(?took, "request answered");
            }
            Err(error) => {
                self.span.record("otel.status_code", "ERROR").record("error.type", kind(error).as_str());
                tracing::debug!(%error, ?took, "request failed");
            }
        }
    }
}

/// The name of an error without what it says: there are few, so that they can be counted.
fn kind(error: &HttpError) -> String {
    format!("{error:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// OSS's id of a request that it answered.
pub(super) fn oss_request<B>(response: &Response<B>) -> Option<&str> {
    response.headers().get("x-oss-request-id").and_then(|id| id.to_str().ok())
}
