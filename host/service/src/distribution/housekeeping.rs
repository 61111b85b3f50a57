//! What a server does beside its requests.

use std::sync::Arc;
use std::time::Duration;

use ossicle_registry::gc::{CollectError, Extent, Report};
use ossicle_registry::ports::{Clock, Entropy, Ports};
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at};

use crate::tenant::Tenant;
use crate::upkeep::{Collecting, CollectionOutcome, Purging};

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
            Ok(report) => {
                if !purging.dry_run {
                    tenant.upkeep().purged(&report);
                }
                tracing::info!(
                    tenant = tenant.name(),
                    folders = report.folders.len(),
                    uploads = report.uploads.len(),
                    left = report.left.len(),
                    dry_run = purging.dry_run,
                    "uploads that nobody finished"
                );
            }
            Err(error) => {
                tenant.upkeep().purge_failed();
                tracing::warn!(tenant = tenant.name(), %error, "uploads could not be looked for");
            }
        }
    }
}

/// Deletes what no manifest names, again and again. Any number of processes may do so at once: the epoch log lets one of them
/// collect at a time, and the others leave it to that one.
pub(super) async fn collect(tenant: Arc<Tenant>, collecting: Collecting) {
    let interval = collecting.interval.max(TICK);
    let mut tick = interval_at(Instant::now() + random_part(&tenant, interval), interval);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Kept, since it learns how much time its deletes need.
    let mut collector = tenant.registry().collector();
    loop {
        tick.tick().await;
        let result = collector.collect(Extent::Delete).await;
        tenant.upkeep().collection(&result, tenant.registry().ports().environment().now().as_secs());
        log_collection(tenant.name(), &result);
    }
}

/// A random part of a span of time.
fn random_part(tenant: &Tenant, whole: Duration) -> Duration {
    let mut random = [0; 4];
    tenant.registry().ports().environment().fill(&mut random);
    whole.mul_f64(f64::from(u32::from_be_bytes(random)) / f64::from(u32::MAX))
}

fn log_collection(tenant: &str, result: &Result<Report, CollectError>) {
    match (result, CollectionOutcome::of(result)) {
        (Ok(report), _) => {
            tracing::info!(
                tenant,
                blobs = report.blobs.digests,
                garbage = report.garbage.digests,
                deleted = report.deleted.digests,
                deleted_bytes = report.deleted.bytes,
                rescued = report.rescued.digests,
                left = report.left.digests,
                without_blob = report.without_blob.len(),
                unreadable = report.unreadable.len(),
                "garbage was collected"
            );
            if let Some(file) = report.left_files.iter().chain(&report.left_lists).next() {
                let count = report.left_files.len() + report.left_lists.len();
                tracing::warn!(tenant, count, path = file.path, reason = file.reason, "files could not be deleted");
            }
        }
        (Err(error), CollectionOutcome::Elsewhere) => {
            tracing::info!(tenant, %error, "garbage is left to another process");
        }
        (Err(error), _) => tracing::warn!(tenant, %error, "garbage could not be collected"),
    }
}
