//! Components that misbehave: each is stopped within its limits, and nobody else notices.

use crate::server::Server;
use crate::support::{config, engine, options, shared, strict, tenant, tenant_of, text};
use futures_util::future::join_all;
use ossicle::{Error, Limits, LockError, Retirement, Tenant};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

/// Does one thing to a tenant while a neighbour on the same engine goes about its business, and returns what came of it.
async fn beside_a_neighbour(tenant: &Tenant, key: &str) -> Error {
    let neighbour = self::tenant(Limits::default());
    let over = AtomicBool::new(false);
    let neighbourly = async {
        let (certificates, mut longest, mut calls) = (neighbour.certificates(), Duration::ZERO, 0);
        while !over.load(SeqCst) || calls == 0 {
            let begun = Instant::now();
            assert_eq!(text(&certificates, "sleep 1").await.unwrap(), "slept");
            longest = longest.max(begun.elapsed());
            calls += 1;
        }
        longest
    };
    let hostile = async {
        let begun = Instant::now();
        let error = tenant.certificates().load(key).await.unwrap_err();
        over.store(true, SeqCst);
        (error, begun.elapsed())
    };
    let (longest, (error, took)) = tokio::join!(neighbourly, hostile);
    assert!(took < Duration::from_secs(5), "stopped after {took:?}");
    assert!(longest < Duration::from_secs(2), "the neighbour waited {longest:?}");
    assert_eq!(neighbour.metrics().instances, 1);
    error
}

/// The tenant goes on in a fresh instance.
async fn recovers(tenant: &Tenant) {
    let before = tenant.metrics().instances;
    assert_eq!(text(&tenant.certificates(), "echo").await.unwrap(), "echo");
    assert_eq!(tenant.metrics().instances, before + 1);
}

async fn computes_too_long(key: &str) {
    let tenant = tenant(strict().call_timeout(Duration::from_secs(10)));
    let error = beside_a_neighbour(&tenant, key).await;
    assert!(matches!(error, Error::Retired { reason: Retirement::Cpu { .. }, .. }), "{error:?}");
    recovers(&tenant).await;
    assert_eq!(tenant.metrics().retirements["cpu"], 1);
}

#[tokio::test]
async fn a_spinning_component_is_stopped() {
    computes_too_long("spin").await;
}

#[tokio::test]
async fn one_that_copies_memory_is_stopped() {
    computes_too_long("bulk").await;
}

#[tokio::test]
async fn one_that_asks_the_host_all_the_time_is_stopped() {
    computes_too_long("clock").await;
    computes_too_long("random").await;
}

#[tokio::test]
async fn one_that_hands_over_but_never_ends_is_stopped() {
    let tenant = tenant(strict());
    let error = beside_a_neighbour(&tenant, "yield").await;
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    recovers(&tenant).await;
}

#[tokio::test]
async fn a_memory_bomb_is_stopped() {
    let tenant = tenant(Limits::default().memory(32 << 20));
    let error = beside_a_neighbour(&tenant, "bomb").await;
    assert!(matches!(error, Error::Retired { reason: Retirement::Memory { limit: 33_554_432 }, .. }), "{error:?}");
    recovers(&tenant).await;
}

#[tokio::test]
async fn a_trap_is_the_end_of_its_instance_alone() {
    let tenant = tenant(strict());
    let error = beside_a_neighbour(&tenant, "trap").await;
    let Error::Retired { reason: Retirement::Trapped { message }, .. } = &error else { panic!("{error:?}") };
    assert!(message.contains("unreachable"), "{message}");
    assert!(error.to_string().contains("whether the call took effect is unknown"), "{error}");
    assert!(error.is_retryable());
    recovers(&tenant).await;
}

#[tokio::test]
async fn a_stack_overflow_is_a_trap() {
    let tenant = tenant(Limits::default());
    let error = beside_a_neighbour(&tenant, "deep").await;
    assert!(matches!(error, Error::Retired { reason: Retirement::Trapped { .. }, .. }), "{error:?}");
    recovers(&tenant).await;
}

#[tokio::test]
async fn a_call_that_is_never_answered_times_out_and_spares_the_others() {
    let tenant = tenant(strict());
    let certificates = tenant.certificates();
    let late = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        text(&certificates, "sleep 400").await
    };
    let (never, late) = tokio::join!(beside_a_neighbour(&tenant, "never"), late);
    assert!(matches!(never, Error::TimedOut { .. }), "{never:?}");
    assert_eq!(late.unwrap(), "slept", "it began before the other's time was over, and ended after that");
    recovers(&tenant).await;
}

#[tokio::test]
async fn calls_in_flight_in_a_trapped_instance_are_told() {
    let tenant = tenant(strict());
    let certificates = tenant.certificates();
    text(&certificates, "warm").await.unwrap();
    let trap = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        certificates.load("trap").await
    };
    let (others, _) = tokio::join!(join_all((0..10).map(|_| certificates.load("sleep 400"))), trap);
    for other in others {
        assert!(matches!(other, Err(Error::Retired { reason: Retirement::Trapped { .. }, .. })), "{other:?}");
    }
    recovers(&tenant).await;
}

#[tokio::test]
async fn calls_that_had_not_begun_move_to_a_fresh_instance() {
    let tenant = tenant(strict().cpu(Duration::from_millis(300)).call_timeout(Duration::from_secs(10)));
    let certificates = tenant.certificates();
    text(&certificates, "warm").await.unwrap();
    let queued = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        join_all((0..10).map(|_| text(&certificates, "echo"))).await
    };
    let (spinning, queued) = tokio::join!(certificates.load("spin"), queued);
    assert!(matches!(spinning, Err(Error::Retired { .. })), "{spinning:?}");
    assert!(queued.iter().all(Result::is_ok), "{queued:?}");
}

#[tokio::test]
async fn a_call_that_is_dropped_before_it_begins_is_never_made() {
    let tenant = tenant(strict().cpu(Duration::from_millis(300)).call_timeout(Duration::from_secs(10)));
    let certificates = tenant.certificates();
    text(&certificates, "warm").await.unwrap();
    let abandoned = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        // Refused by the host, which counts it, should it be made.
        let call = certificates.load("get http://127.0.0.1:10/");
        assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
        assert_eq!(tenant.metrics().calls.get(&("load", "cancelled")), Some(&1));
    };
    let (spinning, ()) = tokio::join!(certificates.load("spin"), abandoned);
    assert!(matches!(spinning, Err(Error::Retired { .. })), "{spinning:?}");
    recovers(&tenant).await;
    let metrics = tenant.metrics();
    assert_eq!((metrics.abandoned, metrics.refused, metrics.calls[&("load", "ok")]), (0, 0, 2), "{metrics:?}");
}

#[tokio::test]
async fn much_honest_work_is_not_taken_for_spinning() {
    let tenant = tenant(Limits::default().cpu(Duration::from_millis(250)));
    let certificates = tenant.certificates();
    let answers = join_all((0..40).map(|_| text(&certificates, "work 20"))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(tenant.metrics().instances, 1);
}

/// A runtime looks at its clock and its sockets when it has nothing else to do, or after 61 turns of tasks: where a component
/// computed on each of its threads, whatever came for others waited for so many milliseconds.
#[test]
fn while_components_compute_on_every_thread_what_comes_for_others_is_seen() {
    const WAITS: u32 = 20;
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let engine = engine(options().runtime(runtime.handle().clone()));
    let tenant = engine.tenant("test", config("bucket", "http://127.0.0.1:9"), Limits::default()).unwrap();
    let certificates = tenant.certificates();
    let computing = runtime.spawn(async move { text(&certificates, "work 1500").await });
    let waiting = runtime.spawn(async move {
        while tenant.metrics().now.calls_running == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let begun = Instant::now();
        for _ in 0..WAITS {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        (begun.elapsed(), tenant.metrics().now.calls_running)
    });
    let (waited, computing_calls) = runtime.block_on(waiting).unwrap();
    assert_eq!(computing_calls, 1, "it computed all the while");
    assert!(waited < WAITS * Duration::from_millis(25), "{waited:?}");
    assert_eq!(runtime.block_on(computing).unwrap().unwrap(), "worked");
}

#[tokio::test]
async fn a_flood_of_requests_ends_with_the_call() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, strict());
    let error = beside_a_neighbour(&tenant, &format!("flood {}", server.url("/"))).await;
    assert!(matches!(error, Error::TimedOut { .. } | Error::Retired { .. }), "{error:?}");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let sent = server.requests();
    assert!(sent > 0);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.requests(), sent, "it goes on after its end");
}

#[tokio::test]
async fn requests_held_open_end_with_the_instance() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, strict().requests(1));
    let certificates = tenant.certificates();
    let held = certificates.load(&format!("hold {}", server.url("/stall"))).await;
    assert!(matches!(held, Err(Error::TimedOut { .. })), "{held:?}");
    assert_eq!(text(&certificates, &format!("get {}", server.url("/"))).await.unwrap(), "200 hello");
}

#[tokio::test]
async fn one_that_fails_to_start_says_so() {
    for (bucket, expected) in [("spin-at-open", "computed for longer"), ("trap-at-open", "unreachable")] {
        let tenant = shared().tenant("test", config(bucket, "http://127.0.0.1:9"), strict()).unwrap();
        let error = beside_a_neighbour(&tenant, "echo").await;
        let Error::Component(reason) = &error else { panic!("{error:?}") };
        assert!(reason.to_string().contains(expected), "{reason}");
    }
}

#[tokio::test]
async fn one_that_never_opens_is_replaced() {
    let tenant = shared().tenant("test", config("never-at-open", "http://127.0.0.1:9"), strict()).unwrap();
    for _ in 0..2 {
        let before = tenant.metrics().instances;
        let error = beside_a_neighbour(&tenant, "echo").await;
        assert!(matches!(error, Error::Overloaded { .. }), "nothing was sent: {error:?}");
        // It has as long to open as the call to wait, so that the call may see another one start at its very end.
        assert!(tenant.metrics().instances > before);
    }
}

#[tokio::test]
async fn a_config_that_the_component_refuses_is_a_config_error() {
    let tenant = shared().tenant("test", config("refuse-at-open", "http://127.0.0.1:9"), strict()).unwrap();
    let error = tenant.certificates().load("echo").await.unwrap_err();
    let Error::Config(problem) = &error else { panic!("{error:?}") };
    assert_eq!(problem.field, "bucket");
}

/// Else it would get the lock for nobody.
#[tokio::test]
async fn a_wait_for_a_lock_that_is_given_up_before_it_begins_never_begins() {
    let tenant = tenant(Limits::default().calls(1));
    let certificates = tenant.certificates();
    let counted = |operation, outcome| tenant.metrics().calls.get(&(operation, outcome)).copied();
    let given_up = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let wait = certificates.tenant().locks().lock("echo", Duration::from_secs(60));
        assert!(tokio::time::timeout(Duration::from_millis(50), wait).await.is_err());
        while counted("lock", "cancelled").is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let (slept, ()) = tokio::join!(text(&certificates, "sleep 1000"), given_up);
    assert_eq!(slept.unwrap(), "slept");
    assert_eq!(text(&certificates, "echo").await.unwrap(), "echo");
    assert_eq!((counted("lock", "cancelled"), counted("load", "ok")), (Some(1), Some(2)));
    assert_eq!(tenant.metrics().calls.len(), 2, "{:?}", tenant.metrics());
}

/// It says at once that a lock is held, though it was to wait: the host asks it again, but not all the time.
#[tokio::test]
async fn one_that_does_not_wait_for_a_lock_is_no_burden() {
    let tenant = tenant(Limits::default());
    let certificates = tenant.certificates();
    let held = certificates.tenant().locks().lock("echo", Duration::from_millis(1200)).await.unwrap_err();
    let LockError::Held { holder: Some(holder), .. } = held else { panic!("{held:?}") };
    assert_eq!(holder.token, u64::MAX);
    assert!(tenant.metrics().calls[&("lock", "ok")] <= 4, "{:?}", tenant.metrics());
    assert!(certificates.tenant().locks().try_hold("echo").await.unwrap_err().is_held());
    // One that is stopped meanwhile is asked again in a fresh instance, as long as there is time.
    let stopped = certificates.tenant().locks().lock("trap", Duration::from_millis(100)).await.unwrap_err();
    assert!(matches!(stopped, LockError::Failed(Error::Retired { .. })), "{stopped:?}");
    recovers(&tenant).await;
}
