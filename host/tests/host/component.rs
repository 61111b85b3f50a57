//! The component that comes with the library, against the emulator of OSS.

use crate::support::options;
use futures_util::future::join_all;
use ossicle::{
    Config, Credentials, Engine, Error, ErrorKind, Limits, SignatureVersion, StorageError, Tenant, Timeouts,
};
use ossicle_emulator::{BucketSpec, Emulator, FaultAction, FaultRule, Operation};
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(options()).unwrap());

pub(crate) fn engine() -> &'static Engine {
    &ENGINE
}

pub(crate) async fn emulator() -> Emulator {
    Emulator::builder().bucket(BucketSpec::new("bucket")).access_key("id", "very-secret").start().await.unwrap()
}

pub(crate) fn config(emulator: &Emulator) -> Config {
    let credentials = Credentials::new("id", "very-secret");
    Config::new("bucket", "cn-hangzhou", credentials).endpoint(emulator.endpoint().parse().unwrap())
}

fn tenant(config: Config) -> Tenant {
    ENGINE.tenant("test", config, Limits::default()).unwrap()
}

#[tokio::test]
async fn a_value_goes_in_and_comes_out() {
    let emulator = emulator().await;
    for signature in [SignatureVersion::V4, SignatureVersion::V1] {
        let tenant = tenant(config(&emulator).signature(signature).root("a/b"));
        let certificates = tenant.certificates();
        certificates.store("sites/example.com.crt", "certificate").await.unwrap();
        assert_eq!(*certificates.load("sites/example.com.crt").await.unwrap(), b"certificate");
        assert_eq!(tenant.metrics().requests, 2);

        assert_eq!(emulator.bucket("bucket").keys(), ["a/b/sites/example.com.crt"]);
        assert!(certificates.exists("sites").await.unwrap());
        let listed = certificates.list("", true).await.unwrap();
        assert_eq!(listed.keys().collect::<Vec<_>>(), ["sites", "sites/example.com.crt"]);
        assert_eq!(listed.entries[0].value, None, "a directory");
        assert_eq!(listed.entries[1].value.and_then(|value| value.size), Some(11));
        let info = certificates.stat("sites/example.com.crt").await.unwrap();
        assert_eq!((info.size, info.is_terminal), (11, true));
        assert!(info.modified <= SystemTime::now() && info.modified.elapsed().unwrap() < Duration::from_secs(60));

        certificates.delete("sites").await.unwrap();
        assert!(certificates.load("sites/example.com.crt").await.unwrap_err().is_not_found());
        assert_eq!(tenant.metrics().instances, 1);
    }
}

#[tokio::test]
async fn fifty_loads_wait_at_once_in_one_instance() {
    let emulator = emulator().await;
    emulator.bucket("bucket").put_raw("key", vec![7u8; 3000]);
    emulator.set_latency(Duration::from_millis(200));
    let tenant = tenant(config(&emulator));
    let certificates = tenant.certificates();
    let begun = Instant::now();
    for value in join_all((0..50).map(|_| certificates.load("key"))).await {
        assert_eq!(*value.unwrap(), vec![7u8; 3000]);
    }
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!((tenant.metrics().instances, emulator.stats().count(Operation::GetObject)), (1, 50));
}

#[tokio::test]
async fn connections_are_reused_between_calls() {
    let emulator = emulator().await;
    let certificates = tenant(config(&emulator)).certificates();
    for _ in 0..20 {
        certificates.store("key", "value").await.unwrap();
    }
    assert_eq!(emulator.stats().connections, 1);
}

#[tokio::test]
async fn refusals_are_typed_and_carry_the_requests_id() {
    let emulator = emulator().await;
    let mut wrong = config(&emulator);
    wrong.credentials = Credentials::new("id", "wrong-secret").into();
    let error = tenant(wrong).certificates().load("key").await.unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::AccessDenied), "{error}");
    assert!(error.request_id().is_some() && !error.to_string().contains("wrong-secret"), "{error}");

    let mut elsewhere = config(&emulator);
    elsewhere.bucket = "no-such-bucket".to_owned();
    let error = tenant(elsewhere).certificates().load("key").await.unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::NoSuchBucket), "{error}");
}

#[tokio::test]
async fn what_the_component_alone_can_judge_is_a_config_error() {
    let emulator = emulator().await;
    let error = tenant(config(&emulator).attempts(99)).certificates().load("key").await.unwrap_err();
    assert!(matches!(&error, Error::Config(problem) if problem.field == "attempts"), "{error}");
}

#[tokio::test]
async fn a_cut_body_is_an_error_and_never_a_value() {
    let emulator = emulator().await;
    emulator.bucket("bucket").put_raw("key", vec![7u8; 100_000]);
    emulator.faults().add(FaultRule::new(FaultAction::CutResponse { at: 50_000 }).on(Operation::GetObject).once());
    let error = tenant(config(&emulator).attempts(1)).certificates().load("key").await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(matches!(error, Error::Storage(StorageError::Unavailable(_) | StorageError::Corrupt(_))), "{error}");
}

#[tokio::test]
async fn a_server_that_stays_silent_times_out_in_the_component() {
    let emulator = emulator().await;
    emulator.set_latency(Duration::from_secs(60));
    let timeouts = Timeouts::new().first_byte(Duration::from_millis(100)).operation(Duration::from_millis(500));
    let tenant = tenant(config(&emulator).timeouts(timeouts).attempts(1));
    let error = tenant.certificates().load("key").await.unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::TimedOut), "{error}");
    assert_eq!(tenant.metrics().retirements.len(), 0, "the component saw to it, the instance is fine");
}

/// 3.4: as many calls as may be at once need a fraction of the handles that there are.
#[tokio::test(flavor = "multi_thread")]
async fn the_handles_are_enough_for_as_many_calls_as_may_be_at_once() {
    let emulator = emulator().await;
    emulator.set_latency(Duration::from_millis(100));
    let mut limits = Limits::default();
    limits.handles /= 4;
    let tenant = ENGINE.tenant("test", config(&emulator), limits.clone()).unwrap();
    let certificates = tenant.certificates();
    let stored = join_all((0..limits.calls).map(|n| certificates.store(&format!("k/{n}"), vec![7; 20_000]))).await;
    let loaded = join_all((0..limits.calls).map(|n| certificates.load(&format!("k/{n}")))).await;
    assert!(stored.iter().all(Result::is_ok) && loaded.iter().all(Result::is_ok));
    assert_eq!(tenant.metrics().instances, 1);
}
