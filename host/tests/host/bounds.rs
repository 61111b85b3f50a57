//! What all tenants may have together, and that one that wants all of it leaves something to others.

use crate::server::Server;
use crate::support::{config, config_of, engine, options, text};
use ossicle::{Allocation, Certificates, Engine, Error, Limits, Retirement, Tenant};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// In which anything happens that should, on a busy machine.
const SOON: Duration = Duration::from_secs(30);

fn tenant(engine: &Engine, endpoint: &str) -> Tenant {
    engine.tenant("test", config("bucket", endpoint), Limits::default()).unwrap()
}

async fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_tenant_that_wants_all_connections_leaves_some_to_others() {
    let server = Server::start().await;
    let engine = engine(options().connections(4));
    let tenant = || engine.tenant("test", config_of("bucket", &server), Limits::default()).unwrap();
    let (flooding, other) = (tenant(), tenant());
    let silent = format!("get {} connect=60000", server.url("/silent"));
    let calls: Vec<_> = (0..10).map(|_| tokio::spawn(flooding.certificates().load(&silent))).collect();
    until(|| flooding.metrics().now.connections == 2).await;
    let answer = text(&other.certificates(), &format!("get {}", server.url("/x"))).await;
    assert_eq!(answer.unwrap(), "200 hello");
    let usage = engine.usage().connections;
    assert_eq!((usage.used, usage.most), (3, Some(4)));
    assert_eq!(flooding.metrics().now.connections, 2, "alone it has half of them");
    drop(calls);
    flooding.close_within(Duration::ZERO).await;
    other.close().await;
    drop((flooding, other));
    until(|| engine.usage().connections.used == 0).await;
}

#[tokio::test]
async fn a_tenant_that_wants_all_memory_leaves_some_to_others() {
    const TOTAL: u64 = 64 << 20;
    let engine = engine(options().total_memory(TOTAL));
    let [hoarding, before, after] = std::array::from_fn(|_| tenant(&engine, "http://127.0.0.1:9"));
    text(&before.certificates(), "echo").await.unwrap();
    let stopped = hoarding.certificates().load("bomb").await.unwrap_err();
    let Error::Retired { reason: Retirement::SharedMemory { used }, .. } = stopped else { panic!("{stopped:?}") };
    assert!(used as u64 > TOTAL / 4 && used as u64 <= TOTAL / 2, "{used}");
    assert_eq!(hoarding.metrics().retirements["shared-memory"], 1);
    for tenant in [&before, &after, &hoarding] {
        assert_eq!(text(&tenant.certificates(), "echo").await.unwrap(), "echo");
    }
    for tenant in [before, after, hoarding] {
        tenant.close().await;
    }
    until(|| engine.usage().memory.used == 0 && engine.usage().instances.used == 0).await;
}

/// Two tenants that compute all the time leave a third of it to whoever comes next. What counts is for how long threads of the
/// runtime gave them their time, which is as much a part of all the time on a busy machine as on a quiet one.
#[test]
fn tenants_that_compute_all_the_time_leave_processor_time_to_others() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let engine = engine(options().runtime(runtime.handle().clone()));
    let tenants = [tenant(&engine, "http://127.0.0.1:9"), tenant(&engine, "http://127.0.0.1:9")];
    runtime.block_on(async {
        let works: Vec<_> = tenants.iter().map(|tenant| tokio::spawn(compute(tenant.certificates()))).collect();
        until(|| tenants.iter().all(|tenant| tenant.metrics().calls.contains_key(&("load", "ok")))).await;
        let computed = || tenants.iter().map(|tenant| tenant.metrics().computed).sum::<Duration>();
        let (before, begun) = (computed(), Instant::now());
        tokio::time::sleep(Duration::from_secs(2)).await;
        let part = (computed() - before).as_secs_f64() / begun.elapsed().as_secs_f64();
        // Without shares it is all of it; each notes what it computes to the next tick.
        assert!(part < 0.85, "{part}");
        works.iter().for_each(tokio::task::JoinHandle::abort);
    });
}

async fn compute(certificates: Certificates) {
    loop {
        text(&certificates, "work 50").await.unwrap();
    }
}

/// Calls that come before those before them have ended, so that their instance is never idle.
async fn keep_occupied(certificates: Certificates, over: &AtomicBool) {
    let worker = async |offset| {
        tokio::time::sleep(Duration::from_millis(offset)).await;
        while !over.load(SeqCst) {
            text(&certificates, "sleep 100").await.unwrap();
        }
    };
    tokio::join!(worker(0), worker(30), worker(60));
}

#[tokio::test]
async fn an_instance_that_always_has_calls_makes_way_after_its_turn() {
    let one = Allocation::Pooled { instances: 1, memory: 256 << 20 };
    let engine = engine(options().allocation(one).turn(Duration::from_millis(300)));
    let (busy, other) = (tenant(&engine, "http://127.0.0.1:9"), tenant(&engine, "http://127.0.0.1:9"));
    let over = AtomicBool::new(false);
    let served = async {
        until(|| busy.metrics().now.calls_running > 0).await;
        for _ in 0..2 {
            let answer = tokio::time::timeout(SOON, text(&other.certificates(), "echo")).await;
            assert_eq!(answer.expect("it has its turn as well").unwrap(), "echo");
            let before = busy.metrics().calls[&("load", "ok")];
            until(|| busy.metrics().calls[&("load", "ok")] > before).await;
        }
        over.store(true, SeqCst);
    };
    tokio::join!(served, keep_occupied(busy.certificates(), &over));
    assert!(busy.metrics().retirements["evicted"] >= 1, "{:?}", busy.metrics());
    assert!(!busy.metrics().calls.contains_key(&("load", "retired")), "calls in it end");
}
