//! What a server does beside its requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, interval_at};

use crate::tenant::{Purging, Tenant};

/// For how long an upload may be without a request before it is put down in OSS, where any process can go on with it: longer
/// than clients pause between the requests of an upload.
const UNUSED: Duration = Duration::from_secs(2);

/// How often uploads without a request are looked for.
const TICK: Duration = Duration::from_secs(1);

/// Puts down what has no request, again and again.
pub(super) async fn suspend_idle(tenant: Arc<Tenant>) {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        suspend(&tenant, UNUSED).await;
    }
}

/// Puts down what has had no request for so long.
pub(super) async fn suspend(tenant: &Tenant, unused_for: Duration) {
    match tenant.registry().suspend_idle(unused_for).await {
        Ok(0) => {}
        Ok(count) => tracing::debug!(tenant = tenant.name(), count, "uploads were put down in OSS"),
        Err(failure) => {
            let why = failure.errors.first().map(|error| error.message.as_str()).unwrap_or_default();
            tracing::warn!(tenant = tenant.name(), why, "an upload could not be put down in OSS");
        }
    }
}

/// Removes what nobody finished, again and again.
pub(super) async fn purge(tenant: Arc<Tenant>, purging: Purging) {
    let mut tick = interval_at(Instant::now(), purging.interval.max(TICK));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match tenant.registry().purge_uploads(purging.age, purging.dry_run).await {
            Ok(report) => tracing::info!(
                tenant = tenant.name(),
                folders = report.folders.len(),
                uploads = report.uploads.len(),
                left = report.left.len(),
                dry_run = purging.dry_run,
                "uploads that nobody finished"
            ),
            Err(error) => tracing::warn!(tenant = tenant.name(), %error, "uploads could not be looked for"),
        }
    }
}
