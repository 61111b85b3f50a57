//! A request and its response, as metrics and the access log have it.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Instant;

use http::{Method, Request, Response};

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
    ) -> Self {
        metrics.begin();
        let (metrics, method, begun) = (metrics.clone(), method(request.method()), Instant::now());
        Self { observation, metrics, tenant: None, method, route, begun, status: CLIENT_GONE }
    }

    pub(crate) fn traffic(&self) -> &Arc<Traffic> {
        &self.metrics.traffic
    }

    /// The request is for this tenant.
    pub(crate) fn is_for(&mut self, tenant: Arc<str>) {
        self.tenant = Some(tenant);
    }

    /// The response has this head.
    pub(crate) fn answered<B>(&mut self, response: &Response<B>) {
        self.status = response.status().as_u16();
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
        tracing::warn!(%error, "a response was broken off");
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let (tenant, method, route, status) = (self.tenant.take(), self.method, self.route, self.status);
        let took = self.begun.elapsed();
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
