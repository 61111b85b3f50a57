//! What the bearer of a token may know of its tenant and itself: for the page, and for programs.

use std::time::SystemTime;

use bytes::Bytes;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, Response, StatusCode};
use ossicle_api::Right;
use serde::Serialize;

use crate::server::reply::text;
use crate::server::{Metrics, RouteUse};
use crate::tenancy::Caller;

/// The folder of locks where a config names none.
const LOCK_FOLDER: &str = "locks";

const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Serialize)]
struct Status<'a> {
    tenant: &'a str,
    bucket: &'a str,
    /// The folder of its locks.
    lock_folder: &'a str,
    /// The token's id, or the certificate.
    bearer: &'a str,
    rights: Vec<&'static str>,
    /// After how many seconds the credentials expire.
    expires_in: Option<u64>,
    requests: Vec<Requests>,
}

#[derive(Serialize)]
struct Requests {
    operation: &'static str,
    count: u64,
    failures: u64,
    mean_ms: f64,
    /// 99 of 100 took no longer.
    most_ms: Option<f64>,
}

impl From<RouteUse> for Requests {
    fn from(of: RouteUse) -> Self {
        Self {
            operation: of.route,
            count: of.requests,
            failures: of.failures,
            mean_ms: of.seconds * 1000.0,
            most_ms: of.seconds_99.map(|seconds| seconds * 1000.0),
        }
    }
}

/// What the bearer of a token may know.
pub(super) fn answer(caller: &Caller, metrics: &Metrics) -> Response<Bytes> {
    let (tenant, bearer) = (&caller.tenant, &caller.bearer);
    let config = tenant.library().config();
    let rights = Right::ALL.into_iter().filter(|right| bearer.grant().rights.has(*right)).map(Right::name);
    let left = bearer.expires().map(|end| end.duration_since(SystemTime::now()).unwrap_or_default().as_secs());
    let status = Status {
        tenant: tenant.name(),
        bucket: &config.bucket,
        lock_folder: config.locks.folder.as_deref().unwrap_or(LOCK_FOLDER),
        bearer: bearer.name(),
        rights: rights.collect(),
        expires_in: left,
        requests: metrics.of_tenant(tenant.name()).into_iter().map(Requests::from).collect(),
    };
    // Strings and numbers can always be written.
    let document = serde_json::to_vec(&status).unwrap_or_default();
    let mut response = text(StatusCode::OK, JSON, document);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
