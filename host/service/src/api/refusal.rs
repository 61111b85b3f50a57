//! Requests that are refused before the API is asked, in its words.

use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Response};
use ossicle_api::{Problem, ProblemKind, RequestId};

/// For somebody who sends too many requests, with the time after which another one may come.
pub(super) fn too_many(wait: Duration, id: &RequestId) -> Response<Bytes> {
    // Whole seconds, and none too early.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let problem = Problem::new(ProblemKind::TooManyRequests, "these credentials send more requests than they may");
    problem.retryable().with_header(RETRY_AFTER, seconds.max(1).into()).into_response(id)
}

/// For what a page of another site has a browser send.
pub(super) fn foreign_page(id: &RequestId) -> Response<Bytes> {
    let detail = "it comes from a page of another site: such a page must bring a token of its own";
    Problem::new(ProblemKind::Forbidden, detail).into_response(id)
}

/// For a path that is there only for this machine.
pub(super) fn only_local(id: &RequestId) -> Response<Bytes> {
    let detail = "the metrics name all tenants, so that they are for this machine alone unless open-metrics is set";
    Problem::new(ProblemKind::Forbidden, detail).into_response(id)
}

/// For a method by which nothing is done with what can only be read.
pub(super) fn only_read(id: &RequestId) -> Response<Bytes> {
    let problem = Problem::new(ProblemKind::MethodNotAllowed, "use GET or HEAD");
    problem.with_header(http::header::ALLOW, HeaderValue::from_static("GET, HEAD")).into_response(id)
}

/// For a request that ended without a response.
pub(super) fn defect(id: &RequestId) -> Response<Bytes> {
    Problem::new(ProblemKind::Defect, "the request ended without a response").into_response(id)
}
