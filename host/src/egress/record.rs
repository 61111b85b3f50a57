//! What the log is told of a request.

use http::{Method, Request, Response, Uri};
use std::time::Instant;
use tracing::Level;
use wasmtime_wasi_http::Error as HttpError;

/// A request that the log is to be told of. Neither the query, which may hold a signature, nor any header but OSS's id of the
/// request.
pub(super) struct Record {
    method: Method,
    uri: Uri,
    started: Instant,
}

impl Record {
    /// None where the log does not want to know.
    pub(super) fn begin<B>(request: &Request<B>) -> Option<Self> {
        tracing::enabled!(Level::DEBUG).then(|| Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            started: Instant::now(),
        })
    }

    pub(super) fn end<B>(self, sent: &Result<Response<B>, HttpError>) {
        let Self { method, uri, started } = self;
        let (host, path, took) = (uri.host(), uri.path(), started.elapsed());
        match sent {
            Ok(response) => {
                let id = response.headers().get("x-oss-request-id").and_then(|id| id.to_str().ok());
                let status = response.status().as_u16();
                tracing::debug!(%method, host, path, status, ?took, request_id = id, "request answered");
            }
            Err(error) => tracing::debug!(%method, host, path, %error, ?took, "request failed"),
        }
    }
}
