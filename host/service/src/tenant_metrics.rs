//! What tenants of the library count, as Prometheus reads it.

use std::fmt::{self, Write};

use crate::prometheus::head;

/// A tenant's labels and what it counts.
pub(crate) type Counted = (String, ossicle::Metrics);

/// Writes what each of these counts. The labels of no two may be alike.
pub(crate) fn write(text: &mut String, tenants: &[Counted]) -> fmt::Result {
    type Value = fn(&ossicle::Metrics) -> u64;
    let values: [(&str, &str, &str, Value); 7] = [
        ("oss_requests_total", "counter", "Requests sent to OSS", |counts| counts.requests),
        ("oss_requests_refused_total", "counter", "Requests to elsewhere, not sent", |counts| counts.refused),
        ("oss_connections_total", "counter", "Connections to OSS", |counts| counts.connections),
        ("oss_sent_bytes_total", "counter", "Bytes sent to OSS", |counts| counts.bytes_sent),
        ("oss_received_bytes_total", "counter", "Bytes received from OSS", |counts| counts.bytes_received),
        ("instances_total", "counter", "Instances of the component", |counts| counts.instances),
        ("instance_memory_bytes", "gauge", "The most memory that an instance had", |counts| counts.memory),
    ];
    for (name, kind, about, value) in values {
        let name = format!("ossicle_{name}");
        head(text, &name, kind, about)?;
        for (labels, counts) in tenants {
            writeln!(text, "{name}{{{labels}}} {}", value(counts))?;
        }
    }
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
    Ok(())
}
