//! What is counted of a tenant, and that what it has at the moment is nothing in the end.

use crate::server::Server;
use crate::support::{tenant, tenant_of, text};
use ossicle::{Gauges, Histogram, Limits, Metrics, Tenant};
use std::time::{Duration, Instant};

/// Waits until the metrics of a tenant are as they should become.
async fn until(tenant: &Tenant, is_so: impl Fn(&Metrics) -> bool) -> Metrics {
    let begun = Instant::now();
    loop {
        let metrics = tenant.metrics();
        if is_so(&metrics) {
            return metrics;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{metrics:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn gauges_show_what_there_is_and_return_to_zero() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default().calls(3).requests(2).idle(Duration::from_millis(100)));
    assert_eq!(tenant.metrics().now, Gauges::default());
    let certificates = tenant.certificates();
    let silent = format!("get {}", server.url("/silent"));
    let calls: Vec<_> = (0..5).map(|_| tokio::spawn(certificates.load(&silent))).collect();
    let shown = until(&tenant, |metrics| metrics.now.requests_queued == 1 && metrics.now.connections == 2).await;
    let Gauges { memory, .. } = shown.now;
    assert!(memory > 0 && memory <= shown.memory, "{shown:?}");
    let mut expected = Gauges::default();
    (expected.calls_queued, expected.calls_running) = (2, 3);
    (expected.requests_queued, expected.requests_running, expected.connections) = (1, 2, 2);
    (expected.instances, expected.memory) = (1, memory);
    assert_eq!(shown.now, expected);

    calls.iter().for_each(tokio::task::JoinHandle::abort);
    assert!(!tenant.close_within(Duration::ZERO).await, "three run");
    until(&tenant, |metrics| metrics.now == Gauges::default()).await;
}

#[tokio::test]
async fn streams_are_shown_apart() {
    let tenant = tenant(Limits::default().streams(1));
    let blobs = tenant.blobs();
    let first = blobs.read("forever", 0).await.unwrap();
    let blobs_too = blobs.clone();
    let second = tokio::spawn(async move { blobs_too.read("forever", 0).await.map(drop) });
    let shown = |now: &Gauges| (now.streams_running, now.streams_queued, now.calls_running, now.calls_queued);
    until(&tenant, |metrics| shown(&metrics.now) == (1, 1, 0, 0)).await;
    drop(first);
    second.await.unwrap().unwrap();
    until(&tenant, |metrics| shown(&metrics.now) == (0, 0, 0, 0)).await;
}

#[tokio::test]
async fn histograms_count_calls_by_operation_and_responses() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default());
    let certificates = tenant.certificates();
    for _ in 0..3 {
        text(&certificates, "sleep 30").await.unwrap();
    }
    text(&certificates, &format!("get {}", server.url("/delay/30"))).await.unwrap();
    certificates.load("not-found").await.unwrap_err();
    certificates.delete("key").await.unwrap();
    drop(certificates.load("never polled"));

    let metrics = until(&tenant, |metrics| metrics.now.calls_running == 0).await;
    let up_to = |histogram: &Histogram, milliseconds| {
        histogram.buckets().find(|(end, _)| *end == Duration::from_millis(milliseconds)).unwrap().1
    };
    let [load, delete] = ["load", "delete"].map(|operation| &metrics.durations[operation]);
    assert_eq!((metrics.durations.len(), load.count(), delete.count()), (2, 5, 1));
    assert_eq!((up_to(load, 25), up_to(load, 600_000)), (1, 5), "only what was not found took less than 30 ms");
    assert!(load.sum() >= Duration::from_millis(120), "{load:?}");
    assert_eq!((metrics.waits.count(), metrics.responses.count()), (6, 1));
    assert_eq!(up_to(&metrics.responses, 25), 0);
}

/// Of calls that were dropped before they began nothing is known that would be worth a histogram.
#[tokio::test]
async fn what_never_began_took_no_time() {
    let tenant = tenant(Limits::default().calls(1));
    let certificates = tenant.certificates();
    let first = tokio::spawn(certificates.load("sleep 200"));
    until(&tenant, |metrics| metrics.now.calls_running == 1).await;
    let second = tokio::spawn(certificates.load("echo"));
    until(&tenant, |metrics| metrics.now.calls_queued == 1).await;
    second.abort();
    assert!(second.await.unwrap_err().is_cancelled());
    first.await.unwrap().unwrap();
    let metrics = until(&tenant, |metrics| metrics.now.calls_running == 0).await;
    assert_eq!((metrics.calls[&("load", "cancelled")], metrics.calls[&("load", "ok")]), (1, 1));
    assert_eq!((metrics.durations["load"].count(), metrics.waits.count()), (1, 1));
}
