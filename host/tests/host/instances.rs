//! Several instances of one tenant.

use crate::support::{config, engine, options, shared, tenant, text};
use futures_util::future::join_all;
use ossicle::{Allocation, Error, Limits, LockError, Retirement, Tenant};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

fn busy(count: usize) -> Limits {
    Limits::default().call_timeout(Duration::from_secs(60)).instances(count)
}

/// Has a tenant compute without a pause until it is over.
async fn keep_busy(tenant: &Tenant, over: impl Fn() -> bool) {
    let begun = Instant::now();
    let certificates = tenant.certificates();
    let worker = || async {
        while !over() && begun.elapsed() < Duration::from_secs(30) {
            text(&certificates, "work 3").await.unwrap();
        }
    };
    join_all((0..8).map(|_| worker())).await;
    assert!(over(), "{:?}", tenant.metrics());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_is_saturated_gets_another_instance_and_gives_it_back() {
    let tenant = tenant(busy(2).idle(Duration::from_millis(500)));
    keep_busy(&tenant, || tenant.metrics().instances >= 2).await;
    let begun = Instant::now();
    keep_busy(&tenant, || begun.elapsed() > Duration::from_millis(500)).await;
    assert_eq!(tenant.metrics().instances, 2, "and no more than it may have");
    assert!(tenant.metrics().retirements.is_empty(), "{:?}", tenant.metrics());
    // One of them is enough for what comes now.
    let begun = Instant::now();
    while !tenant.metrics().retirements.contains_key("idle") {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", tenant.metrics());
        text(&tenant.certificates(), "echo").await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(tenant.metrics().instances, 2);
    tenant.close().await;
}

/// Each takes memory to map and to give back, which other tenants notice when there are thousands a second.
#[tokio::test(flavor = "multi_thread")]
async fn instances_that_fail_one_after_the_other_are_replaced_after_pauses() {
    let tenant = tenant(busy(1));
    let certificates = tenant.certificates();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(1) {
        certificates.load("trap").await.unwrap_err();
    }
    // The first few come faster.
    let most = 12 + begun.elapsed().as_millis() / 100;
    let metrics = tenant.metrics();
    assert!(u128::from(metrics.instances) <= most, "{} instances, not {most}", metrics.instances);
    assert!(metrics.computed > Duration::ZERO, "what they compute counts, though each lives for a moment");
    assert_eq!(text(&certificates, "echo").await.unwrap(), "echo");
}

/// Each call has one start, which the component refuses, so that the calls are as many as the starts.
#[tokio::test(flavor = "multi_thread")]
async fn instances_that_can_not_start_are_tried_again_after_pauses() {
    let tenant = shared().tenant("test", config("refuse-at-open", "http://127.0.0.1:9"), Limits::default()).unwrap();
    let certificates = tenant.certificates();
    let begun = Instant::now();
    let mut calls = 0;
    while begun.elapsed() < Duration::from_secs(1) {
        let error = certificates.load("echo").await.unwrap_err();
        assert!(matches!(error, Error::Config(_)), "{error:?}");
        calls += 1;
    }
    let most = 12 + begun.elapsed().as_millis() / 100;
    assert!(calls <= most, "{calls} starts, not {most}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_wait_for_others_are_no_reason_for_one() {
    let tenant = tenant(busy(2));
    let certificates = tenant.certificates();
    text(&certificates, "warm").await.unwrap();
    for _ in 0..5 {
        let answers = join_all((0..20).map(|_| text(&certificates, "sleep 50"))).await;
        assert!(answers.iter().all(Result::is_ok));
    }
    assert_eq!(tenant.metrics().instances, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_first_instance_comes_before_a_second() {
    let engine = engine(options().allocation(Allocation::Pooled { instances: 2, memory: 256 << 20 }));
    let tenant = |limits| engine.tenant("test", config("bucket", "http://127.0.0.1:9"), limits).unwrap();
    let (greedy, late) = (tenant(busy(2)), tenant(busy(1)));
    keep_busy(&greedy, || greedy.metrics().instances >= 2).await;
    let over = AtomicBool::new(false);
    let served = async {
        let answer = text(&late.certificates(), "echo").await;
        over.store(true, SeqCst);
        answer
    };
    let (answer, ()) = tokio::join!(served, keep_busy(&greedy, || over.load(SeqCst)));
    assert_eq!(answer.unwrap(), "echo");
    // And it does not grow while there is no room.
    assert_eq!(late.metrics().instances, 1);
}

/// Neither of the two is ever empty, so that it has not been idle which goes.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_goes_for_another_tenants_first_says_so() {
    let engine = engine(options().allocation(Allocation::Pooled { instances: 2, memory: 256 << 20 }));
    let tenant = |limits| engine.tenant("test", config("bucket", "http://127.0.0.1:9"), limits).unwrap();
    let (greedy, late) = (tenant(busy(2)), tenant(busy(1)));
    let certificates = greedy.certificates();
    keep_busy(&greedy, || greedy.metrics().instances >= 2).await;
    let over = AtomicBool::new(false);
    let stays = join_all((0..40).map(async |number| {
        tokio::time::sleep(Duration::from_millis(10 * number)).await;
        text(&certificates, "who 3000").await.unwrap()
    }));
    let served = async {
        tokio::time::sleep(Duration::from_millis(800)).await;
        let answer = text(&late.certificates(), "echo").await;
        over.store(true, SeqCst);
        answer
    };
    let (stayed, answer, ()) = tokio::join!(stays, served, keep_busy(&greedy, || over.load(SeqCst)));
    assert_eq!(answer.unwrap(), "echo");
    assert_eq!(BTreeSet::from_iter(stayed).len(), 2, "both had some");
    let retirements = greedy.metrics().retirements;
    assert_eq!(retirements.into_keys().collect::<Vec<_>>(), ["evicted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_ends_the_calls_of_its_instance_alone() {
    let tenant = tenant(busy(2));
    let certificates = tenant.certificates();
    keep_busy(&tenant, || tenant.metrics().instances >= 2).await;
    let begun = Instant::now();
    let stays = join_all((0..40).map(async |number| {
        tokio::time::sleep(Duration::from_millis(10 * number)).await;
        text(&certificates, "who 5000").await
    }));
    let trap = async {
        keep_busy(&tenant, || begun.elapsed() > Duration::from_millis(800)).await;
        certificates.load("trap").await
    };
    let (stays, trapped) = tokio::join!(stays, trap);
    let is_trap = |error: &Error| matches!(error, Error::Retired { reason: Retirement::Trapped { .. }, .. });
    assert!(trapped.as_ref().is_err_and(is_trap), "{trapped:?}");
    let (stayed, ended): (Vec<_>, Vec<_>) = stays.into_iter().partition(Result::is_ok);
    assert!(ended.iter().all(|call| call.as_ref().is_err_and(is_trap)), "{ended:?}");
    let instances: BTreeSet<String> = stayed.into_iter().flatten().collect();
    assert_eq!((instances.len(), ended.is_empty()), (1, false), "both had some");
}

/// A renewal, a write under a lease and the release of a lock rest on what their instance sent before.
#[tokio::test(flavor = "multi_thread")]
async fn calls_on_locks_run_in_one_instance_while_others_run_in_two() {
    let tenant = tenant(busy(2));
    let certificates = tenant.certificates();
    let over = AtomicBool::new(false);
    let probe = async {
        let (mut others, mut locks, begun) = (BTreeSet::new(), BTreeSet::new(), Instant::now());
        while others.len() < 2 && begun.elapsed() < Duration::from_secs(30) {
            others.insert(text(&certificates, "who").await.unwrap());
            let held = tenant.locks().try_lock("a").await.unwrap_err();
            let LockError::Held { holder: Some(holder), .. } = held else { panic!("{held:?}") };
            locks.insert(holder.owner);
        }
        // And when both have been there for a while.
        for number in 0..20 {
            let held = tenant.locks().try_lock(&number.to_string()).await.unwrap_err();
            let LockError::Held { holder: Some(holder), .. } = held else { panic!("{held:?}") };
            locks.insert(holder.owner);
        }
        over.store(true, SeqCst);
        (others.len(), locks.len())
    };
    let (seen, ()) = tokio::join!(probe, keep_busy(&tenant, || over.load(SeqCst)));
    assert_eq!(seen, (2, 1));
    assert!(tenant.metrics().retirements.is_empty(), "{:?}", tenant.metrics());
}
