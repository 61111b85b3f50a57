//! A tenant is one bucket: what its handles share.

use crate::support::options;
use ossicle::{
    BlobOptions, Config, CredentialSource, Credentials, Engine, Limits, Parameters, TemporaryCredentials, Tenant,
    TenantConfig,
};
use ossicle_emulator::{BucketSpec, Emulator, Operation};
use std::sync::LazyLock;
use std::time::Duration;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(options()).unwrap());

const PATIENCE: Duration = Duration::from_secs(60);

async fn emulator() -> Emulator {
    Emulator::builder().bucket(BucketSpec::new("bucket")).access_key("id", "very-secret").start().await.unwrap()
}

fn config(emulator: &Emulator, source: impl Into<CredentialSource>) -> Config {
    Config::new("bucket", "cn-hangzhou", source).endpoint(emulator.endpoint().parse().unwrap())
}

fn tenant(config: impl Into<TenantConfig>) -> Tenant {
    ENGINE.tenant("test", config, Limits::default().call_timeout(PATIENCE)).unwrap()
}

#[tokio::test]
async fn handles_share_connections_metrics_and_credentials() {
    let emulator = emulator().await;
    let tenant = tenant((config(&emulator, CredentialSource::Host), BlobOptions::new().part_size(100 << 10)));
    tenant.supply_credentials(TemporaryCredentials::new(Credentials::new("id", "very-secret"), None)).unwrap();
    tenant.certificates().store("key", "value").await.unwrap();
    tenant.blobs().put("/blob", "content").await.unwrap();
    let guard = tenant.locks().hold("lock", PATIENCE).await.unwrap();
    assert!(tenant.locks().try_hold("lock").await.unwrap_err().is_held());
    guard.store("under", "value").await.unwrap();
    guard.unlock().await.unwrap();
    assert_eq!(tenant.blobs().get("/key").await.unwrap(), b"value");

    let metrics = tenant.metrics();
    assert_eq!(metrics.connections, 1, "whoever sends, one after the other");
    assert_eq!(metrics.requests, emulator.stats().operations.values().sum::<u64>());
    assert_eq!(metrics.instances, 2, "one for certificates and locks, one for blobs");
    for operation in ["store", "put-content", "store-under", "get-content"] {
        assert_eq!(metrics.calls[&(operation, "ok")], 1, "{operation}");
    }
    tenant.close().await;
    assert!(matches!(tenant.certificates().load("key").await, Err(ossicle::Error::Closed)));
    let error = tenant.blobs().get("/blob").await.unwrap_err();
    assert!(matches!(error.error(), Some(ossicle::Error::Closed)), "{error}");
}

/// Turns are the tenant's: a call for blobs waits while one for certificates has the only one.
#[tokio::test]
async fn handles_share_limits() {
    let emulator = emulator().await;
    let config = config(&emulator, Credentials::new("id", "very-secret"));
    let limits = Limits::default().calls(1).call_timeout(PATIENCE);
    let tenant = ENGINE.tenant("test", config, limits).unwrap();
    tenant.blobs().put("/f", "content").await.unwrap();
    emulator.set_latency(Duration::from_millis(300));
    let begun = std::time::Instant::now();
    let (certificates, blobs) = (tenant.certificates(), tenant.blobs());
    let (loaded, got) = tokio::join!(certificates.load("f"), blobs.get("/f"));
    assert_eq!((&**loaded.unwrap(), &*got.unwrap()), (&b"content"[..], &b"content"[..]));
    assert!(begun.elapsed() >= Duration::from_millis(600), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn parameters_of_a_registry_open_certificates_and_locks_as_well() {
    let emulator = emulator().await;
    let endpoint = emulator.endpoint();
    let parameters: Parameters = [
        ("accesskeyid", "id"),
        ("accesskeysecret", "very-secret"),
        ("region", "cn-hangzhou"),
        ("bucket", "bucket"),
        ("endpoint", endpoint.as_str()),
        ("rootdirectory", "/registry"),
    ]
    .into_iter()
    .collect();
    let tenant = tenant(parameters);
    tenant.certificates().store("key", "value").await.unwrap();
    assert_eq!(tenant.blobs().get("/key").await.unwrap(), b"value");
    let guard = tenant.locks().hold("lock", PATIENCE).await.unwrap();
    guard.unlock().await.unwrap();
    assert!(emulator.bucket("bucket").keys().iter().all(|key| key.starts_with("registry/")));
    assert!(emulator.stats().count(Operation::AppendObject) > 0, "the lock");
}

/// An instance for blobs has no part in locks: what they can't be opened by leaves blobs alone.
#[tokio::test]
async fn a_root_that_no_config_can_have_leaves_blobs_alone() {
    let emulator = emulator().await;
    let endpoint = emulator.endpoint();
    let parameters: Parameters = [
        ("accesskeyid", "id"),
        ("accesskeysecret", "very-secret"),
        ("region", "cn-hangzhou"),
        ("bucket", "bucket"),
        ("endpoint", endpoint.as_str()),
        ("rootdirectory", "/a/../b"),
    ]
    .into_iter()
    .collect();
    let tenant = tenant(parameters);
    tenant.blobs().put("/f", "content").await.unwrap();
    let refused = tenant.locks().try_hold("lock").await.unwrap_err();
    assert!(refused.to_string().contains("root"), "{refused}");
    assert_eq!(tenant.blobs().get("/f").await.unwrap(), b"content");
}
