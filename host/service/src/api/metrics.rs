//! What the server counts, as Prometheus reads it.

use std::fmt::{self, Write};
use std::sync::atomic::Ordering::Relaxed;

use super::application::ApiServer;
use crate::engine_metrics;
use crate::prometheus::{head, label};
use crate::server::Shared;
use crate::tenancy::{Loaded, ReloadCounts};
use crate::tenant_metrics::{self, Counted};

/// What the names of the server's metrics begin with.
const PREFIX: &str = "ossicle_api";

/// All that is counted, in Prometheus's text format.
pub(super) fn text(shared: &Shared<ApiServer>) -> String {
    let mut text = String::new();
    let tenants = &shared.application.tenants;
    // Writing to a string does not fail.
    let _ = shared
        .metrics
        .write(&mut text, PREFIX)
        .and_then(|()| write_reloads(&mut text, tenants.counts()))
        .and_then(|()| engine_metrics::write(&mut text, &tenants.usage()))
        .and_then(|()| tenant_metrics::write(&mut text, &counted(&tenants.present())));
    text
}

fn write_reloads(text: &mut String, counts: &ReloadCounts) -> fmt::Result {
    let name = "ossicle_config_reloads_total";
    head(text, name, "counter", "Readings of the config after the first")?;
    for (outcome, count) in [("taken", &counts.taken), ("refused", &counts.refused)] {
        writeln!(text, "{name}{{outcome=\"{outcome}\"}} {}", count.load(Relaxed))?;
    }
    let name = "ossicle_config_last_reload_successful";
    head(text, name, "gauge", "1 unless the config was refused when it was read last")?;
    writeln!(text, "{name} {}", u8::from(!counts.is_refused.load(Relaxed)))?;
    let name = "ossicle_config_in_force_timestamp_seconds";
    head(text, name, "gauge", "When the config was read that is in force")?;
    writeln!(text, "{name} {}", counts.in_force_since.load(Relaxed))
}

/// What each tenant counts.
fn counted(present: &Loaded) -> Vec<Counted> {
    let labelled = present.tenants().map(|tenant| (format!("tenant=\"{}\"", label(tenant.name())), tenant));
    labelled.map(|(labels, tenant)| (labels, tenant.library().metrics())).collect()
}
