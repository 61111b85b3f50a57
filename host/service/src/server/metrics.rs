//! What the server counts.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::prometheus::{Spans, head, histogram, label};

/// The upper ends of the buckets of durations, in milliseconds: from what memory answers to a large layer's transfer.
const BUCKETS: [u64; 12] = [1, 5, 10, 25, 50, 100, 250, 1_000, 5_000, 30_000, 120_000, 600_000];

/// Bytes of bodies.
#[derive(Debug, Default)]
pub struct Traffic {
    received: AtomicU64,
    sent: AtomicU64,
}

impl Traffic {
    pub(super) fn received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Relaxed);
    }

    pub(super) fn sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Relaxed);
    }
}

/// What a request is counted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Labels {
    /// The tenant's name, where the application counts by tenants.
    pub tenant: Option<Arc<str>>,
    pub method: &'static str,
    pub route: &'static str,
    pub status: u16,
}

/// How long requests took.
#[derive(Clone, Debug, Default)]
struct Durations {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: Duration,
}

/// A tenant's name, where the application counts by tenants, and a route.
type OfRoute = (Option<Arc<str>>, &'static str);

/// What the server counts.
#[derive(Debug, Default)]
pub struct Metrics {
    pub(super) traffic: Arc<Traffic>,
    requests: Mutex<BTreeMap<Labels, u64>>,
    durations: Mutex<BTreeMap<OfRoute, Durations>>,
    in_flight: AtomicU64,
    broken: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A tenant as the first of several labels.
fn tenant_label(tenant: Option<&str>) -> String {
    tenant.map(|tenant| format!("tenant=\"{}\",", label(tenant))).unwrap_or_default()
}

/// The requests of a tenant to one kind of path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RouteUse {
    pub route: &'static str,
    pub requests: u64,
    /// Of these, those that the server could not answer.
    pub failures: u64,
    /// On average.
    pub seconds: f64,
    /// So many seconds or fewer took 99 of 100 requests; `None` where it was longer than the largest that is told apart.
    pub seconds_99: Option<f64>,
}

impl Metrics {
    pub(super) fn begin(&self) {
        self.in_flight.fetch_add(1, Relaxed);
    }

    pub(super) fn broke(&self) {
        self.broken.fetch_add(1, Relaxed);
    }

    pub(super) fn end(&self, labels: Labels, took: Duration) {
        self.in_flight.fetch_sub(1, Relaxed);
        let of_route = (labels.tenant.clone(), labels.route);
        *lock(&self.requests).entry(labels).or_default() += 1;
        let mut durations = lock(&self.durations);
        let of_route = durations.entry(of_route).or_default();
        of_route.count += 1;
        of_route.sum += took;
        for (count, end) in of_route.buckets.iter_mut().zip(BUCKETS) {
            *count += u64::from(took <= Duration::from_millis(end));
        }
    }

    /// The requests of a tenant, by the kinds of their paths.
    pub(crate) fn of_tenant(&self, name: &str) -> Vec<RouteUse> {
        let mut failures = BTreeMap::<&'static str, u64>::new();
        for (labels, count) in &*lock(&self.requests) {
            if labels.tenant.as_deref() == Some(name) && labels.status >= 500 {
                *failures.entry(labels.route).or_default() += count;
            }
        }
        let durations = lock(&self.durations);
        let of_tenant = durations.iter().filter(|((tenant, _), _)| tenant.as_deref() == Some(name));
        of_tenant
            .map(|((_, route), durations)| RouteUse {
                route,
                requests: durations.count,
                failures: failures.get(route).copied().unwrap_or_default(),
                seconds: durations.sum.as_secs_f64() / durations.count.max(1) as f64,
                seconds_99: durations.quantile_99(),
            })
            .collect()
    }

    /// Writes all that is counted, with names that begin so.
    pub(crate) fn write(&self, text: &mut String, prefix: &str) -> fmt::Result {
        let name = format!("{prefix}_requests_total");
        head(text, &name, "counter", "Requests whose response has ended")?;
        for (Labels { tenant, method, route, status }, count) in &*lock(&self.requests) {
            let tenant = tenant_label(tenant.as_deref());
            writeln!(text, "{name}{{{tenant}method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}")?;
        }
        let name = format!("{prefix}_request_seconds");
        head(text, &name, "histogram", "From a request's head to its response's end")?;
        for ((tenant, route), durations) in &*lock(&self.durations) {
            let labels = format!("{}route=\"{route}\"", tenant_label(tenant.as_deref()));
            let buckets = BUCKETS.into_iter().map(Duration::from_millis).zip(durations.buckets);
            histogram(text, &name, &labels, Spans { buckets, count: durations.count, sum: durations.sum })?;
        }
        for (name, kind, about, value) in [
            ("requests_in_flight", "gauge", "Requests whose response has not ended", &self.in_flight),
            ("responses_broken_total", "counter", "Responses that were broken off", &self.broken),
            ("received_bytes_total", "counter", "Bytes of requests' bodies", &self.traffic.received),
            ("sent_bytes_total", "counter", "Bytes of responses' bodies", &self.traffic.sent),
        ] {
            let name = format!("{prefix}_{name}");
            head(text, &name, kind, about)?;
            writeln!(text, "{name} {}", value.load(Relaxed))?;
        }
        Ok(())
    }
}

impl Durations {
    fn quantile_99(&self) -> Option<f64> {
        let wanted = self.count - self.count / 100;
        let found = self.buckets.iter().zip(BUCKETS).find(|(count, _)| **count >= wanted);
        found.map(|(_, end)| Duration::from_millis(end).as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(tenant: &str, status: u16) -> Labels {
        Labels { tenant: Some(tenant.into()), method: "GET", route: "blob", status }
    }

    #[test]
    fn requests_of_a_tenant_are_told_without_those_of_another() {
        let metrics = Metrics::default();
        for _ in 0..198 {
            metrics.begin();
            metrics.end(labels("a", 200), Duration::from_millis(4));
        }
        for (tenant, status, took) in [("a", 503, 700), ("a", 404, 800), ("b", 500, 90_000)] {
            metrics.begin();
            metrics.end(labels(tenant, status), Duration::from_millis(took));
        }
        let of_a = metrics.of_tenant("a");
        assert_eq!(of_a.len(), 1);
        let RouteUse { route, requests, failures, seconds_99, .. } = of_a[0];
        assert_eq!((route, requests, failures, seconds_99), ("blob", 200, 1, Some(0.005)));
        assert_eq!(metrics.of_tenant("c"), []);
        let mut text = String::new();
        metrics.write(&mut text, "x").unwrap();
        let line = "x_requests_total{tenant=\"a\",method=\"GET\",route=\"blob\",status=\"200\"} 198";
        assert!(text.lines().any(|other| other == line), "{text}");
    }
}
