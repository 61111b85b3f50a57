//! What the server counts, as Prometheus reads it.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{Request, Response};
use ossicle_registry::ports::StorageError;

use super::route;
use crate::access_log::{Observation, Observers};
use crate::notifications::{EndpointCounts, Notifier};
use crate::tenant::Tenant;
use crate::upkeep::UpkeepCounts;

/// The upper ends of the buckets of durations, in milliseconds: from what memory answers to a large layer's transfer.
const BUCKETS: [u64; 12] = [1, 5, 10, 25, 50, 100, 250, 1_000, 5_000, 30_000, 120_000, 600_000];

/// The status that stands for a client that went away before there was a response, as other servers' logs have it.
const CLIENT_GONE: u16 = 499;

/// Bytes of bodies.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    received: AtomicU64,
    sent: AtomicU64,
}

impl Traffic {
    pub fn received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Relaxed);
    }
}

type Labels = (&'static str, &'static str, u16);

#[derive(Debug, Default)]
struct Durations {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: Duration,
}

/// What the server counts.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    pub traffic: Arc<Traffic>,
    requests: Mutex<BTreeMap<Labels, u64>>,
    durations: Mutex<BTreeMap<&'static str, Durations>>,
    in_flight: AtomicU64,
    broken: AtomicU64,
}

/// A request from its head to the end of its response. Counted and logged when it is dropped.
#[derive(Debug)]
pub(super) struct Exchange {
    observation: Observation,
    metrics: Arc<Metrics>,
    method: &'static str,
    route: &'static str,
    begun: Instant,
    status: u16,
}

impl Exchange {
    pub fn begin<B>(metrics: &Arc<Metrics>, observation: Observation, request: &Request<B>) -> Self {
        metrics.in_flight.fetch_add(1, Relaxed);
        let (method, route) = (route::method(request.method()), route::kind(request.uri().path()));
        let (metrics, begun) = (metrics.clone(), Instant::now());
        Self { observation, metrics, method, route, begun, status: CLIENT_GONE }
    }

    pub fn traffic(&self) -> &Arc<Traffic> {
        &self.metrics.traffic
    }

    /// The response has this head.
    pub fn answered<B>(&mut self, response: &Response<B>) {
        self.status = response.status().as_u16();
        self.observation.answered(response);
    }

    pub fn sent(&mut self, bytes: usize) {
        self.observation.sent(bytes);
        self.metrics.traffic.sent.fetch_add(bytes as u64, Relaxed);
    }

    /// The response's body can't be read to its end.
    pub fn broke(&mut self, error: &StorageError) {
        self.observation.broke();
        self.metrics.broken.fetch_add(1, Relaxed);
        tracing::warn!(%error, "a response was broken off");
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let took = self.begun.elapsed();
        self.metrics.in_flight.fetch_sub(1, Relaxed);
        let labels = (self.method, self.route, self.status);
        *lock(&self.metrics.requests).entry(labels).or_default() += 1;
        let mut durations = lock(&self.metrics.durations);
        let of_route = durations.entry(self.route).or_default();
        of_route.count += 1;
        of_route.sum += took;
        for (count, end) in of_route.buckets.iter_mut().zip(BUCKETS) {
            *count += u64::from(took <= Duration::from_millis(end));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Metrics {
    /// All that is counted, in Prometheus's text format.
    pub fn text(&self, tenants: &[Arc<Tenant>], observers: &Observers) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self
            .write_server(&mut text)
            .and_then(|()| write_observers(&mut text, observers))
            .and_then(|()| write_tenants(&mut text, tenants));
        text
    }

    fn write_server(&self, text: &mut String) -> fmt::Result {
        head(text, "ossicle_registry_requests_total", "counter", "Requests whose response has ended")?;
        for ((method, route, status), count) in &*lock(&self.requests) {
            writeln!(
                text,
                "ossicle_registry_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            )?;
        }
        head(text, "ossicle_registry_request_seconds", "histogram", "From a request's head to its response's end")?;
        for (route, durations) in &*lock(&self.durations) {
            let bucket = format!("ossicle_registry_request_seconds_bucket{{route=\"{route}\",le=");
            for (count, end) in durations.buckets.iter().zip(BUCKETS) {
                writeln!(text, "{bucket}\"{}\"}} {count}", Duration::from_millis(end).as_secs_f64())?;
            }
            writeln!(text, "{bucket}\"+Inf\"}} {}", durations.count)?;
            let sum = durations.sum.as_secs_f64();
            writeln!(text, "ossicle_registry_request_seconds_sum{{route=\"{route}\"}} {sum}")?;
            writeln!(text, "ossicle_registry_request_seconds_count{{route=\"{route}\"}} {}", durations.count)?;
        }
        for (name, kind, about, value) in [
            ("requests_in_flight", "gauge", "Requests whose response has not ended", &self.in_flight),
            ("responses_broken_total", "counter", "Responses that were broken off", &self.broken),
            ("received_bytes_total", "counter", "Bytes of requests' bodies", &self.traffic.received),
            ("sent_bytes_total", "counter", "Bytes of responses' bodies", &self.traffic.sent),
        ] {
            let name = format!("ossicle_registry_{name}");
            head(text, &name, kind, about)?;
            writeln!(text, "{name} {}", value.load(Relaxed))?;
        }
        Ok(())
    }
}

fn head(text: &mut String, name: &str, kind: &str, about: &str) -> fmt::Result {
    writeln!(text, "# HELP {name} {about}.\n# TYPE {name} {kind}")
}

fn write_observers(text: &mut String, observers: &Observers) -> fmt::Result {
    if let Some(log) = &observers.log {
        let name = "ossicle_registry_access_log_lost_lines_total";
        head(
            text,
            name,
            "counter",
            "Lines that the access log lacks, as it could not be written fast enough or at all",
        )?;
        writeln!(text, "{name} {}", log.lost())?;
    }
    match &observers.notifier {
        Some(notifier) => write_notifications(text, notifier),
        None => Ok(()),
    }
}

fn write_notifications(text: &mut String, notifier: &Notifier) -> fmt::Result {
    // A metric has one value for a label, and nothing keeps two endpoints from having one name.
    let mut endpoints = BTreeMap::<String, EndpointCounts>::new();
    for (name, counts) in notifier.counts() {
        *endpoints.entry(label(&name)).or_default() += counts;
    }
    type Value = fn(&EndpointCounts) -> u64;
    let values: [(&str, &str, &str, Value); 6] = [
        ("notifications_total", "counter", "Notifications there were to send", |counts| counts.events),
        ("notifications_pending", "gauge", "Notifications that wait", |counts| counts.pending),
        ("notifications_delivered_total", "counter", "Notifications that the endpoint took", |counts| counts.delivered),
        ("notifications_dropped_total", "counter", "Notifications that nobody will get", |counts| counts.dropped),
        ("notification_attempts_refused_total", "counter", "Attempts answered with an error", |counts| counts.refused),
        ("notification_attempts_unanswered_total", "counter", "Attempts without an answer", |counts| counts.unanswered),
    ];
    for (name, kind, about, value) in values {
        let name = format!("ossicle_registry_{name}");
        head(text, &name, kind, about)?;
        for (endpoint, counts) in &endpoints {
            writeln!(text, "{name}{{endpoint=\"{endpoint}\"}} {}", value(counts))?;
        }
    }
    Ok(())
}

/// A tenant's or an endpoint's name as a label's value.
fn label(name: &str) -> String {
    name.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A tenant with its name as a label's value and what its blobs count.
type Counted<'a> = (String, &'a Arc<Tenant>, ossicle::Metrics);

/// What came of looking after the buckets.
fn write_upkeep(text: &mut String, tenants: &[Counted<'_>]) -> fmt::Result {
    type Value = fn(&UpkeepCounts) -> u64;
    let counts: Vec<_> = tenants.iter().map(|(label, tenant, _)| (label, tenant.upkeep().counts())).collect();
    type Outcomes = [(&'static str, Value)];
    let runs: [(&str, &str, &Outcomes); 2] = [
        (
            "ossicle_gc_runs_total",
            "Collections of garbage that ended",
            &[
                ("collected", |counts| counts.collected),
                ("nothing", |counts| counts.nothing),
                ("elsewhere", |counts| counts.elsewhere),
                ("failed", |counts| counts.failed),
            ],
        ),
        (
            "ossicle_purge_runs_total",
            "Searches for uploads that nobody finished",
            &[("purged", |counts| counts.purges), ("failed", |counts| counts.purges_failed)],
        ),
    ];
    for (name, about, outcomes) in runs {
        head(text, name, "counter", about)?;
        for (label, counts) in &counts {
            for (outcome, value) in outcomes {
                writeln!(text, "{name}{{tenant=\"{label}\",outcome=\"{outcome}\"}} {}", value(counts))?;
            }
        }
    }
    let values: [(&str, &str, &str, Value); 7] = [
        ("gc_last_run_timestamp_seconds", "gauge", "When a collection last ended that did not fail, or 0", |counts| {
            counts.last_collection
        }),
        ("gc_deleted_blobs_total", "counter", "Blobs that no manifest named, deleted", |counts| counts.deleted_blobs),
        ("gc_deleted_bytes_total", "counter", "Bytes of these", |counts| counts.deleted_bytes),
        ("gc_rescued_blobs_total", "counter", "Blobs that a push took back in time", |counts| counts.rescued_blobs),
        ("gc_left_blobs_total", "counter", "Blobs left to the next collection", |counts| counts.left_blobs),
        ("purged_folders_total", "counter", "Folders of uploads that nobody finished, removed", |counts| {
            counts.purged_folders
        }),
        ("purged_uploads_total", "counter", "Uploads to OSS that nobody finished, aborted", |counts| {
            counts.purged_uploads
        }),
    ];
    for (name, kind, about, value) in values {
        let name = format!("ossicle_{name}");
        head(text, &name, kind, about)?;
        for (label, counts) in &counts {
            writeln!(text, "{name}{{tenant=\"{label}\"}} {}", value(counts))?;
        }
    }
    Ok(())
}

fn write_tenants(text: &mut String, tenants: &[Arc<Tenant>]) -> fmt::Result {
    let tenants: Vec<Counted<'_>> =
        tenants.iter().map(|tenant| (label(tenant.name()), tenant, tenant.blobs().tenant().metrics())).collect();
    type Value = fn(&Tenant, &ossicle::Metrics) -> u64;
    let values: [(&str, &str, &str, Value); 8] = [
        ("oss_requests_total", "counter", "Requests sent to OSS", |_, counts| counts.requests),
        ("oss_requests_refused_total", "counter", "Requests to elsewhere, not sent", |_, counts| counts.refused),
        ("oss_connections_total", "counter", "Connections to OSS", |_, counts| counts.connections),
        ("oss_sent_bytes_total", "counter", "Bytes sent to OSS", |_, counts| counts.bytes_sent),
        ("oss_received_bytes_total", "counter", "Bytes received from OSS", |_, counts| counts.bytes_received),
        ("instances_total", "counter", "Instances of the component", |_, counts| counts.instances),
        ("instance_memory_bytes", "gauge", "The most memory that an instance had", |_, counts| counts.memory),
        ("upload_room_free_bytes", "gauge", "What more uploads may hold", |tenant, _| tenant.room().free()),
    ];
    for (name, kind, about, value) in values {
        let name = format!("ossicle_{name}");
        head(text, &name, kind, about)?;
        for (label, tenant, counts) in &tenants {
            writeln!(text, "{name}{{tenant=\"{label}\"}} {}", value(tenant, counts))?;
        }
    }
    write_upkeep(text, &tenants)?;
    head(text, "ossicle_calls_total", "counter", "Calls of the component")?;
    for (label, _, counts) in &tenants {
        for ((operation, outcome), count) in &counts.calls {
            writeln!(
                text,
                "ossicle_calls_total{{tenant=\"{label}\",operation=\"{operation}\",outcome=\"{outcome}\"}} {count}"
            )?;
        }
    }
    head(text, "ossicle_retirements_total", "counter", "Instances that took no more calls")?;
    for (label, _, counts) in &tenants {
        for (reason, count) in &counts.retirements {
            writeln!(text, "ossicle_retirements_total{{tenant=\"{label}\",reason=\"{reason}\"}} {count}")?;
        }
    }
    Ok(())
}
