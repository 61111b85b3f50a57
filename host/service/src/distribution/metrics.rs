//! What the registries count, as Prometheus reads it.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::Arc;

use crate::access_log::Observers;
use crate::engine_metrics;
use crate::notifications::{EndpointCounts, Notifier};
use crate::prometheus::{head, label};
use crate::server::Metrics;
use crate::tenant::Tenant;
use crate::tenant_metrics;
use crate::upkeep::UpkeepCounts;

/// What the names of the server's metrics begin with.
const PREFIX: &str = "ossicle_registry";

/// All that is counted, in Prometheus's text format.
pub(super) fn text(metrics: &Metrics, tenants: &[Arc<Tenant>], observers: &Observers) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = metrics
        .write(&mut text, PREFIX)
        .and_then(|()| write_observers(&mut text, observers))
        .and_then(|()| write_engine(&mut text, tenants))
        .and_then(|()| write_tenants(&mut text, tenants));
    text
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

/// What came of looking after the buckets.
fn write_upkeep(text: &mut String, tenants: &[(String, &Arc<Tenant>)]) -> fmt::Result {
    type Value = fn(&UpkeepCounts) -> u64;
    let counts: Vec<_> = tenants.iter().map(|(label, tenant)| (label, tenant.upkeep().counts())).collect();
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

/// What all tenants have together: those of one server are of one engine.
fn write_engine(text: &mut String, tenants: &[Arc<Tenant>]) -> fmt::Result {
    match tenants.first() {
        Some(tenant) => engine_metrics::write(text, &tenant.blobs().tenant().engine().usage()),
        None => Ok(()),
    }
}

fn write_tenants(text: &mut String, tenants: &[Arc<Tenant>]) -> fmt::Result {
    let labelled: Vec<(String, &Arc<Tenant>)> = tenants.iter().map(|tenant| (label(tenant.name()), tenant)).collect();
    let name = "ossicle_upload_room_free_bytes";
    head(text, name, "gauge", "What more uploads may hold")?;
    for (label, tenant) in &labelled {
        writeln!(text, "{name}{{tenant=\"{label}\"}} {}", tenant.room().free())?;
    }
    write_upkeep(text, &labelled)?;
    let counted =
        labelled.iter().map(|(label, tenant)| (format!("tenant=\"{label}\""), tenant.blobs().tenant().metrics()));
    tenant_metrics::write(text, &counted.collect::<Vec<_>>())
}
