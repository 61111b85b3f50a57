//! What the log is told of a request.

use http::{Method, Request, Response, Uri};
use std::time::Duration;
use tracing::Level;
use wasmtime_wasi_http::Error as HttpError;

/// A request that the log is to be told of. Neither the query, which may hold a signature, nor any header but OSS's id of the
/// request.
pub(super) struct RequestLog {
    /// The id of the call that sends it.
    call: Option<u64>,
    method: Method,
    uri: Uri,
}

impl RequestLog {
    /// None where the log does not want to know.
    pub(super) fn of<B>(request: &Request<B>, call: Option<u64>) -> Option<Self> {
        let (method, uri) = (request.method(), request.uri());
        tracing::enabled!(Level::DEBUG).then(|| Self { call, method: method.clone(), uri: uri.clone() })
    }

    pub(super) fn tell<B>(self, took: Duration, sent: &Result<Response<B>, HttpError>) {
        let Self { call, method, uri } = self;
        let (host, path) = (uri.host(), uri.path());
        match sent {
            Ok(response) => {
                let id = response.headers().get("x-oss-request-id").and_then(|id| id.to_str().ok());
                let status = response.status().as_u16();
                tracing::debug!(call, %method, host, path, status, ?took, request_id = id, "request answered");
            }
            Err(error) => tracing::debug!(call, %method, host, path, %error, ?took, "request failed"),
        }
    }
}
