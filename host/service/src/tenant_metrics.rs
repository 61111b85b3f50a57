//! What tenants of the library count, as Prometheus reads it.

use std::fmt::{self, Write};
use std::time::Duration;

use ossicle::{Gauges, Histogram, Metrics};

use crate::prometheus::{Spans, head, histogram};

/// A tenant's labels and what it counts.
pub(crate) type Counted = (String, Metrics);

/// Writes what each of these counts. The labels of no two may be alike.
pub(crate) fn write(text: &mut String, tenants: &[Counted]) -> fmt::Result {
    write_values(text, tenants)?;
    write_sums(text, tenants)?;
    write_spans(text, tenants)?;
    write_levels(text, tenants)
}

fn write_values(text: &mut String, tenants: &[Counted]) -> fmt::Result {
    type Value = fn(&Metrics) -> u64;
    let values: [(&str, &str, &str, Value); 8] = [
        ("oss_requests_total", "counter", "Requests sent to OSS", |counts| counts.requests),
        ("oss_requests_refused_total", "counter", "Requests to elsewhere, not sent", |counts| counts.refused),
        ("oss_connections_total", "counter", "Connections to OSS", |counts| counts.connections),
        ("oss_sent_bytes_total", "counter", "Bytes sent to OSS", |counts| counts.bytes_sent),
        ("oss_received_bytes_total", "counter", "Bytes received from OSS", |counts| counts.bytes_received),
        ("instances_total", "counter", "Instances of the component", |counts| counts.instances),
        ("instance_memory_bytes", "gauge", "The most memory that an instance had", |counts| counts.memory),
        ("calls_abandoned_total", "counter", "Calls whose caller went away while they ran", |counts| counts.abandoned),
    ];
    for (name, kind, about, value) in values {
        let name = format!("ossicle_{name}");
        head(text, &name, kind, about)?;
        for (labels, counts) in tenants {
            writeln!(text, "{name}{{{labels}}} {}", value(counts))?;
        }
    }
    Ok(())
}

fn write_sums(text: &mut String, tenants: &[Counted]) -> fmt::Result {
    head(text, "ossicle_calls_total", "counter", "Calls of the component")?;
    for (labels, counts) in tenants {
        for ((operation, outcome), count) in &counts.calls {
            writeln!(text, "ossicle_calls_total{{{labels},operation=\"{operation}\",outcome=\"{outcome}\"}} {count}")?;
        }
    }
    head(text, "ossicle_retirements_total", "counter", "Instances that took no more calls")?;
    for (labels, counts) in tenants {
        for (reason, count) in &counts.retirements {
            writeln!(text, "ossicle_retirements_total{{{labels},reason=\"{reason}\"}} {count}")?;
        }
    }
    let name = "ossicle_computed_seconds_total";
    head(text, name, "counter", "How long instances computed")?;
    for (labels, counts) in tenants {
        writeln!(text, "{name}{{{labels}}} {}", counts.computed.as_secs_f64())?;
    }
    Ok(())
}

/// How long things took. Of what a tenant has not done yet it has no histogram: there may be a thousand tenants, and a
/// histogram is twenty lines.
fn write_spans(text: &mut String, tenants: &[Counted]) -> fmt::Result {
    head(text, "ossicle_call_seconds", "histogram", "From when a call was made to its end")?;
    for (labels, counts) in tenants {
        for (operation, took) in &counts.durations {
            let labels = format!("{labels},operation=\"{operation}\"");
            histogram(text, "ossicle_call_seconds", &labels, spans(took))?;
        }
    }
    type Value = fn(&Metrics) -> &Histogram;
    let values: [(&str, &str, Value); 2] = [
        ("call_wait_seconds", "How long calls waited before they began", |counts| &counts.waits),
        ("oss_response_seconds", "From when a request was sent to OSS until the head of its response came", |counts| {
            &counts.responses
        }),
    ];
    for (name, about, value) in values {
        let name = format!("ossicle_{name}");
        head(text, &name, "histogram", about)?;
        for (labels, counts) in tenants {
            let took = value(counts);
            if took.count() > 0 {
                histogram(text, &name, labels, spans(took))?;
            }
        }
    }
    Ok(())
}

fn spans(took: &Histogram) -> Spans<impl Iterator<Item = (Duration, u64)> + '_> {
    Spans { buckets: took.buckets(), count: took.count(), sum: took.sum() }
}

/// What tenants have at the moment.
fn write_levels(text: &mut String, tenants: &[Counted]) -> fmt::Result {
    type Value = fn(&Gauges) -> u64;
    let values: [(&str, &str, Value); 10] = [
        ("calls_queued", "Calls that wait for their turn and are no streams", |now| now.calls_queued),
        ("calls_running", "Calls that run and are no streams", |now| now.calls_running),
        ("streams_queued", "Downloads, walks and uploads that wait for their turn", |now| now.streams_queued),
        ("streams_running", "Downloads, walks and uploads that run", |now| now.streams_running),
        ("oss_requests_queued", "Requests to OSS that wait for their turn", |now| now.requests_queued),
        ("oss_requests_running", "Requests to OSS whose response was not read to its end", |now| now.requests_running),
        ("oss_connections_open", "Open connections, idle ones included", |now| now.connections),
        ("instances_queued", "Instances that wait for room among those of the process", |now| now.instances_queued),
        ("instances_alive", "Instances that are alive", |now| now.instances),
        ("instances_memory_bytes", "Linear memory of the instances that are alive", |now| now.memory),
    ];
    for (name, about, value) in values {
        let name = format!("ossicle_{name}");
        head(text, &name, "gauge", about)?;
        for (labels, counts) in tenants {
            writeln!(text, "{name}{{{labels}}} {}", value(&counts.now))?;
        }
    }
    Ok(())
}
