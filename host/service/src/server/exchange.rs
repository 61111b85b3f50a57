//! A request and its response, as metrics and the access log have it.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Instant;

use http::{Method, Request, Response};
use ossicle_api::RequestId;
use tracing::{Span, field};

use super::metrics::{Labels, Metrics, Traffic};
use crate::access_log::Observation;

/// The status that stands for a client that went away before there was a response, as other servers' logs have it.
const CLIENT_GONE: u16 = 499;

/// A request from its head to the end of its response. Counted and logged when it is dropped.
#[derive(Debug)]
pub struct Exchange {
    observation: Observation,
    metrics: Arc<Metrics>,
    tenant: Option<Arc<str>>,
    method: &'static str,
    route: &'static str,
    begun: Instant,
    status: u16,
    id: RequestId,
    /// All that is logged of it stands in this one, to the end of its response.
    span: Span,
}

/// The method, where it is one of those that are usual.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

impl Exchange {
    pub(super) fn begin<B>(
        metrics: &Arc<Metrics>,
        observation: Observation,
        route: &'static str,
        request: &Request<B>,
        id: RequestId,
    ) -> Self {
        metrics.begin();
        let (metrics, method, begun) = (metrics.clone(), method(request.method()), Instant::now());
        // As OpenTelemetry has them for servers.
        let span = tracing::info_span!(
            "http_request",
            otel.kind = "server",
            request_id = id.as_str(),
            http.request.method = method,
            http.route = route,
            tenant = field::Empty,
            http.response.status_code = field::Empty,
            otel.status_code = field::Empty,
        );
        Self { observation, metrics, tenant: None, method, route, begun, status: CLIENT_GONE, id, span }
    }

    pub(crate) fn request_id(&self) -> &RequestId {
        &self.id
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    pub(crate) fn traffic(&self) -> &Arc<Traffic> {
        &self.metrics.traffic
    }

    /// The request is for this tenant.
    pub(crate) fn is_for(&mut self, tenant: Arc<str>) {
        self.span.record("tenant", &*tenant);
        self.tenant = Some(tenant);
    }

    /// The response has this head.
    pub(crate) fn answered<B>(&mut self, response: &Response<B>) {
        self.status = response.status().as_u16();
        self.span.record("http.response.status_code", self.status);
        if response.status().is_server_error() {
            self.span.record("otel.status_code", "ERROR");
        }
        self.observation.answered(response);
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.observation.sent(bytes);
        self.metrics.traffic.sent(bytes);
    }

    /// The response's body can't be read to its end.
    pub(super) fn broke(&mut self, error: &impl Display) {
        self.observation.broke();
        self.metrics.broke();
        self.span.in_scope(|| tracing::warn!(%error, "a response was broken off"));
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let (tenant, method, route, status) = (self.tenant.take(), self.method, self.route, self.status);
        let took = self.begun.elapsed();
        let _entered = self.span.enter();
        tracing::debug!(
            tenant = tenant.as_deref(),
            method,
            route,
            status,
            ms = took.as_secs_f64() * 1000.0,
            "a request ended"
        );
        self.metrics.end(Labels { tenant, method, route, status }, took);
    }
}
