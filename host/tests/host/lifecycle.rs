//! How instances come and go.

use crate::support::{config, engine, options, shared, strict, tenant, text};
use ossicle::{Allocation, Encryption, Engine, Error, ErrorKind, Limits, Retirement, SetupProblem};
use std::time::{Duration, Instant};

#[tokio::test]
async fn an_idle_instance_goes_and_the_next_call_gets_another() {
    let tenant = tenant(Limits::default().idle(Duration::from_millis(50)));
    let certificates = tenant.certificates();
    text(&certificates, "sleep 150").await.unwrap();
    assert_eq!(tenant.metrics().instances, 1, "not idle while a call waits");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(tenant.metrics().retirements["idle"], 1);
    text(&certificates, "echo").await.unwrap();
    assert_eq!(tenant.metrics().instances, 2);
}

#[tokio::test]
async fn an_instance_serves_so_many_calls_and_so_long() {
    let counted = tenant(Limits::default().calls_per_instance(3));
    for _ in 0..7 {
        text(&counted.certificates(), "echo").await.unwrap();
    }
    assert_eq!(counted.metrics().instances, 3);

    let aged = tenant(Limits::default().age(Duration::from_millis(50)));
    for _ in 0..2 {
        text(&aged.certificates(), "sleep 100").await.unwrap();
    }
    text(&aged.certificates(), "echo").await.unwrap();
    assert_eq!(aged.metrics().instances, 2);
}

#[tokio::test]
async fn recycling_lets_calls_in_flight_end() {
    let tenant = tenant(Limits::default());
    let certificates = tenant.certificates();
    let recycled = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let begun = Instant::now();
        tenant.recycle().await;
        assert!(begun.elapsed() >= Duration::from_millis(150), "{:?}", begun.elapsed());
        text(&certificates, "echo").await.unwrap();
    };
    let (slept, ()) = tokio::join!(text(&certificates, "sleep 300"), recycled);
    assert_eq!(slept.unwrap(), "slept");
    assert_eq!(tenant.metrics().instances, 2);
}

#[tokio::test]
async fn a_closed_tenant_takes_no_calls_but_ends_those_it_has() {
    let tenant = tenant(Limits::default());
    let certificates = tenant.certificates();
    // So that its instance is there, and the next call begins at once.
    text(&certificates, "echo").await.unwrap();
    let closed = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        tenant.close().await;
        certificates.load("echo").await
    };
    let (slept, refused) = tokio::join!(text(&certificates, "sleep 200"), closed);
    assert_eq!(slept.unwrap(), "slept");
    assert!(matches!(refused, Err(Error::Closed)), "{refused:?}");
}

/// 4.4: also those in an instance that another one has taken the place of.
#[tokio::test]
async fn closing_waits_for_every_instance() {
    let tenant = tenant(Limits::default().calls_per_instance(1));
    let certificates = tenant.certificates();
    let sleeping = (0..3).map(|_| text(&certificates, "sleep 400"));
    let closed = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begun = Instant::now();
        tenant.close().await;
        assert!(begun.elapsed() >= Duration::from_millis(200), "{:?}", begun.elapsed());
    };
    let (slept, ()) = tokio::join!(futures_util::future::join_all(sleeping), closed);
    assert!(slept.iter().all(Result::is_ok), "{slept:?}");
    assert_eq!(tenant.metrics().instances, 3);
}

/// 4.4: with a deadline, and at once.
#[tokio::test]
async fn closing_stops_what_does_not_end_in_time() {
    for limit in [Duration::from_millis(200), Duration::ZERO] {
        let tenant = tenant(Limits::default().calls(2));
        let certificates = tenant.certificates();
        let closed = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert!(!tenant.close_within(limit).await);
        };
        let calls = futures_util::future::join_all((0..3).map(|_| certificates.load("never")));
        let (calls, ()) = tokio::join!(calls, closed);
        let [one, other, waiting] = calls.try_into().unwrap();
        for stopped in [one, other] {
            assert!(matches!(stopped, Err(Error::Retired { reason: Retirement::Closed, .. })), "{stopped:?}");
        }
        assert!(matches!(waiting, Err(Error::Closed)), "{waiting:?}");
        assert!(matches!(certificates.load("echo").await, Err(Error::Closed)));
        assert!(tenant.close_within(Duration::from_secs(60)).await, "nothing is left");
    }
}

/// 4.4: "nothing was sent" is said of no call that was.
#[test]
fn a_runtime_that_ends_does_not_make_sent_calls_unsent() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let engine =
        engine(ossicle::EngineOptions::new().cache(env!("CARGO_TARGET_TMPDIR")).runtime(runtime.handle().clone()));
    let tenant = engine.tenant("test", config("bucket", "http://127.0.0.1:9"), Limits::default()).unwrap();
    let blobs = tenant.blobs();
    let own = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (loaded, deleted) = own.block_on(async {
        let loading = tokio::spawn(tenant.certificates().load("never"));
        let deleting = tokio::spawn(async move { blobs.delete("never").await });
        tokio::time::sleep(Duration::from_millis(200)).await;
        runtime.shutdown_background();
        (loading.await.unwrap(), deleting.await.unwrap())
    });
    assert!(matches!(loaded, Err(Error::Retired { reason: Retirement::Closed, .. })), "{loaded:?}");
    let error = deleted.unwrap_err();
    assert!(matches!(error.error(), Some(Error::Retired { reason: Retirement::Closed, .. })), "{error}");
    // What comes after was not.
    let late = own.block_on(tenant.certificates().load("echo"));
    assert!(matches!(late, Err(Error::Closed | Error::Retired { .. })), "{late:?}");
}

#[tokio::test]
async fn a_new_component_takes_the_calls_to_come() {
    let engine = engine(options());
    let tenant = engine.tenant("test", config("bucket", "http://127.0.0.1:9"), strict()).unwrap();
    let certificates = tenant.certificates();
    let reloaded = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(matches!(engine.reload(b"no component"), Err(Error::Component(_))));
        engine.reload(ossicle_fixtures::HOSTILE).unwrap();
        text(&certificates, "echo").await.unwrap();
    };
    let (slept, ()) = tokio::join!(text(&certificates, "sleep 300"), reloaded);
    assert_eq!(slept.unwrap(), "slept");
    assert_eq!(tenant.metrics().instances, 2);
}

#[tokio::test]
async fn an_idle_tenant_makes_room_for_another() {
    let one = Allocation::Pooled { instances: 1, memory: 256 << 20 };
    let engine = engine(options().allocation(one));
    let tenant = |name: &str| engine.tenant(name, config("bucket", "http://127.0.0.1:9"), strict()).unwrap();
    let (first, second) = (tenant("first"), tenant("second"));
    for _ in 0..3 {
        text(&first.certificates(), "echo").await.unwrap();
        text(&second.certificates(), "echo").await.unwrap();
    }
}

#[tokio::test]
async fn a_call_that_never_gets_its_turn_says_that_nothing_happened() {
    let engine = engine(options().allocation(Allocation::Pooled { instances: 1, memory: 256 << 20 }));
    let tenant = |limits| engine.tenant("test", config("bucket", "http://127.0.0.1:9"), limits).unwrap();
    let (busy, waiting) = (tenant(Limits::default()).certificates(), tenant(strict()));
    let (slept, refused) = tokio::join!(text(&busy, "sleep 1500"), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        waiting.certificates().load("echo").await
    });
    assert_eq!(slept.unwrap(), "slept");
    assert!(matches!(refused, Err(Error::Overloaded { .. })), "{refused:?}");
    // The room that there is now is not for an instance that nobody waits for.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(waiting.metrics().instances, 0);
}

/// One that waited for room and has given up makes nobody go.
#[tokio::test]
async fn an_idle_instance_stays_when_nobody_waits_for_its_room_any_more() {
    let engine = engine(options().allocation(Allocation::Pooled { instances: 1, memory: 256 << 20 }));
    let tenant = |limits| engine.tenant("test", config("bucket", "http://127.0.0.1:9"), limits).unwrap();
    let (busy, waiting) = (tenant(Limits::default()), tenant(strict()));
    let certificates = busy.certificates();
    text(&certificates, "echo").await.unwrap();
    let (slept, refused) = tokio::join!(text(&certificates, "sleep 1500"), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        waiting.certificates().load("echo").await
    });
    assert_eq!(slept.unwrap(), "slept");
    assert!(matches!(refused, Err(Error::Overloaded { .. })), "{refused:?}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    text(&certificates, "echo").await.unwrap();
    assert_eq!((busy.metrics().instances, busy.metrics().retirements.len()), (1, 0), "{:?}", busy.metrics());
}

/// Although another call keeps the instance that it waited in.
#[tokio::test]
async fn nor_does_it_happen_later() {
    let engine = engine(options().allocation(Allocation::Pooled { instances: 1, memory: 256 << 20 }));
    let tenant = |limits| engine.tenant("test", config("bucket", "http://127.0.0.1:9"), limits).unwrap();
    let (busy, waiting) =
        (tenant(Limits::default()).certificates(), tenant(strict().call_timeout(Duration::from_secs(1))));
    let certificates = waiting.certificates();
    let (slept, late, in_time) = tokio::join!(
        text(&busy, "sleep 1500"),
        async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            // Refused by the host, which counts it, should it be made.
            certificates.load("get http://127.0.0.1:10/").await
        },
        async {
            tokio::time::sleep(Duration::from_millis(900)).await;
            text(&certificates, "echo").await
        }
    );
    assert_eq!(slept.unwrap(), "slept");
    assert!(matches!(late, Err(Error::Overloaded { .. })), "{late:?}");
    assert_eq!(in_time.unwrap(), "echo");
    let metrics = waiting.metrics();
    assert_eq!((metrics.refused, metrics.calls.len()), (0, 2), "{metrics:?}");
}

#[tokio::test]
async fn instances_can_be_allocated_on_demand() {
    let engine = engine(options().allocation(Allocation::OnDemand));
    let tenant = engine.tenant("test", config("bucket", "http://127.0.0.1:9"), strict()).unwrap();
    assert_eq!(text(&tenant.certificates(), "echo").await.unwrap(), "echo");
}

#[test]
fn an_engine_outside_a_runtime_has_one_of_its_own() {
    let engine = Engine::with_components(
        [ossicle_fixtures::HOSTILE],
        ossicle::EngineOptions::new().cache(env!("CARGO_TARGET_TMPDIR")).allocation(Allocation::OnDemand),
    );
    let tenant = engine.unwrap().tenant("test", config("bucket", "http://127.0.0.1:9"), strict()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(*runtime.block_on(tenant.certificates().load("echo")).unwrap(), b"echo");
}

#[tokio::test]
async fn each_interface_runs_in_the_component_that_exports_it() {
    let engine = Engine::with_components([ossicle_component::CERTIFICATES], options()).unwrap();
    let config = || config("bucket", "http://127.0.0.1:9");
    let tenant = engine.tenant("test", config(), strict()).unwrap();
    let blobs = tenant.blobs();
    let error = blobs.get("/f").await.unwrap_err();
    let missing = |reason: &SetupProblem| reason.to_string().contains("blob-driver");
    assert!(matches!(error.error(), Some(Error::Component(reason)) if missing(reason)), "{error}");

    engine.reload(ossicle_component::BLOBS).unwrap();
    // Refused by the component itself, which sends nothing.
    let error = blobs.get("no path").await.unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::InvalidKey), "{error}");
    // What exports the one leaves the other as it is.
    let error = tenant.certificates().load("..").await.unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::InvalidKey), "{error}");

    engine.reload(ossicle_fixtures::HOSTILE).unwrap();
    assert_eq!(text(&tenant.certificates(), "echo").await.unwrap(), "echo");

    let nothing = b"\0asm\x0d\0\x01\0";
    let error = engine.reload(nothing).unwrap_err();
    assert!(matches!(&error, Error::Component(reason) if reason.to_string().contains("neither")), "{error}");
}

#[test]
fn a_config_with_encryption_is_for_certificates() {
    let config = || config("bucket", "http://127.0.0.1:9");
    assert_eq!(config().refuse_encryption(), Ok(()));
    let problem = config().encryption(Encryption::new("a key set")).refuse_encryption().unwrap_err();
    assert_eq!(problem.field, "encryption", "{problem}");
}

#[test]
fn a_component_that_wants_more_is_refused() {
    // (component (import "wasi:cli/environment@0.2.0" (instance (export "get" (func)))))
    let mut component = b"\0asm\x0d\0\x01\0\x07\x10\x01\x42\x02\x01\x40\0\x01\0\x04\0\x03get\x01\0\x0a".to_vec();
    let name = b"wasi:cli/environment@0.2.0";
    component.extend([name.len() as u8 + 5, 1, 0, name.len() as u8]);
    component.extend(name);
    component.extend([5, 0]);
    let error = Engine::with_components([&component[..]], options()).unwrap_err();
    assert!(
        matches!(&error, Error::Component(reason) if reason.to_string().contains("wasi:cli/environment")),
        "{error}"
    );
}

#[test]
fn a_config_without_one_endpoint_is_refused() {
    let error = shared().tenant("test", config("Bucket!", "public"), strict()).unwrap_err();
    assert!(matches!(&error, Error::Config(problem) if problem.field == "bucket"), "{error}");
}

#[test]
fn more_memory_than_the_pool_has_is_refused() {
    let greedy = strict().memory(1 << 40);
    let error = shared().tenant("test", config("bucket", "http://127.0.0.1:9"), greedy).unwrap_err();
    assert!(matches!(&error, Error::Config(problem) if problem.field == "limits.memory"), "{error}");
}
