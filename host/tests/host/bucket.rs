//! A tenant is one bucket: what its handles share.

use crate::support::options;
use bytes::Bytes;
use futures_util::FutureExt as _;
use ossicle::{
    BlobError, BlobOptions, Config, CredentialSource, Credentials, Engine, Limits, Parameters, TemporaryCredentials,
    Tenant, TenantConfig,
};
use ossicle_emulator::{BucketSpec, Emulator, FaultAction, FaultRule, Operation};
use std::io;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

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
    let tenant = tenant(config(&emulator, CredentialSource::Host).blobs(BlobOptions::new().part_size(100 << 10)));
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

/// The parameters of a registry's driver.
fn parameters(emulator: &Emulator, root: &str) -> Parameters {
    let endpoint = emulator.endpoint();
    let given = [
        ("accesskeyid", "id"),
        ("accesskeysecret", "very-secret"),
        ("region", "cn-hangzhou"),
        ("bucket", "bucket"),
        ("endpoint", endpoint.as_str()),
        ("rootdirectory", root),
    ];
    given.into_iter().collect()
}

#[tokio::test]
async fn parameters_of_a_registry_open_certificates_and_locks_as_well() {
    let emulator = emulator().await;
    let tenant = tenant(parameters(&emulator, "/registry"));
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
    let tenant = tenant(parameters(&emulator, "/a/../b"));
    tenant.blobs().put("/f", "content").await.unwrap();
    let refused = tenant.locks().try_hold("lock").await.unwrap_err();
    assert!(refused.to_string().contains("root"), "{refused}");
    assert_eq!(tenant.blobs().get("/f").await.unwrap(), b"content");
}

/// A writer takes bytes piece by piece, as a stream, and as a whole content, one after the other.
#[tokio::test]
async fn a_writer_is_written_to_in_every_way() {
    let emulator = emulator().await;
    let options = BlobOptions::new().part_size(100 << 10);
    let blobs = tenant(config(&emulator, Credentials::new("id", "very-secret")).blobs(options)).blobs();
    let whole: Vec<u8> = (0..=255).cycle().take(700_001).collect();
    let (first, rest) = whole.split_at(300_000);
    let (second, rest) = rest.split_at(150_000);
    let (third, last) = rest.split_at(150_000);

    let mut writer = blobs.writer("/f", false, None).await.unwrap();
    assert_eq!(tokio::io::copy(&mut &first[..], &mut writer).await.unwrap(), first.len() as u64);
    writer.flush().await.unwrap();
    assert_eq!(writer.size().await.unwrap(), 300_000, "all of it has arrived");
    let pieces = second.chunks(1000).map(|piece| Ok::<_, io::Error>(Bytes::copy_from_slice(piece)));
    assert_eq!(writer.write_stream(futures_util::stream::iter(pieces)).await.unwrap(), 150_000);
    writer.write_all(third).await.unwrap();
    // What was not flushed comes before it all the same.
    assert_eq!(writer.write(last).await.unwrap(), last.len() as u64);
    writer.write_all(b"end").await.unwrap();
    writer.shutdown().await.unwrap();
    assert!(blobs.get("/f").await.unwrap_err().is_not_found(), "to shut down publishes nothing");
    writer.write_all(b".").await.unwrap();
    writer.commit().await.unwrap();
    let stored = blobs.get("/f").await.unwrap();
    assert!(stored == [&whole[..], b"end."].concat(), "{} bytes", stored.len());

    let broken = futures_util::stream::iter([Ok(Bytes::from("half")), Err(io::Error::other("a bad sector"))]);
    let mut writer = blobs.writer("/g", false, None).await.unwrap();
    let error = writer.write_stream(broken).await.unwrap_err();
    assert!(error.to_string().contains("a bad sector"), "{error}");
    writer.write_all(b"more").await.unwrap();
    writer.cancel().await.unwrap();
    assert!(emulator.bucket("bucket").uploads().is_empty());
}

/// What a writer's instance refuses is the error of the flush, and has its reason.
#[tokio::test]
async fn a_flush_that_fails_says_why() {
    let emulator = emulator().await;
    let options = BlobOptions::new().part_size(100 << 10);
    let blobs = tenant(config(&emulator, Credentials::new("id", "very-secret")).attempts(1).blobs(options)).blobs();
    let mut writer = blobs.writer("/f", false, None).await.unwrap();
    let (code, message) = ("AccessDenied".to_owned(), "no".to_owned());
    let refused = FaultAction::Error { status: 403, code, message, ec: String::new() };
    emulator.faults().add(FaultRule::new(refused).on(Operation::UploadPart));
    let mut failed = writer.write_all(&[7; 1 << 20]).await;
    if failed.is_ok() {
        failed = writer.flush().await;
    }
    let error = failed.unwrap_err();
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<BlobError>()).expect("what failed");
    assert_eq!(inner.kind(), Some(ossicle::ErrorKind::AccessDenied), "{inner}");
    emulator.faults().clear();
    writer.commit().await.unwrap();
}

/// Bytes that were taken are in the file, or somebody is told that they are not, whoever gave up waiting in between.
#[tokio::test]
async fn what_a_writer_took_is_not_lost_by_a_commit_that_is_given_up() {
    let emulator = emulator().await;
    let options = BlobOptions::new().part_size(100 << 10);
    let blobs = tenant(config(&emulator, Credentials::new("id", "very-secret")).attempts(1).blobs(options)).blobs();
    let content: Vec<u8> = (0..=255).cycle().take(350_000).collect();
    for is_refused in [false, true] {
        let mut writer = blobs.writer("/f", false, None).await.unwrap();
        writer.write_all(&content).await.unwrap();
        if is_refused {
            let (code, message) = ("AccessDenied".to_owned(), "no".to_owned());
            let refused = FaultAction::Error { status: 403, code, message, ec: String::new() };
            emulator.faults().add(FaultRule::new(refused).on(Operation::UploadPart));
        }
        drop(writer.commit());
        let mut given_up = Box::pin(writer.commit());
        assert!((&mut given_up).now_or_never().is_none());
        drop(given_up);
        // A flush that is polled, and given up as well.
        let mut flush = Box::pin(writer.flush());
        assert!((&mut flush).now_or_never().is_none());
        drop(flush);
        let told = writer.commit().await;
        emulator.faults().clear();
        match told {
            Ok(_) => assert!(blobs.get("/f").await.unwrap() == content),
            Err(error) => {
                assert!(is_refused && error.kind() == Some(ossicle::ErrorKind::AccessDenied), "{error}");
                writer.commit().await.unwrap();
                assert!(blobs.get("/f").await.unwrap() == content, "what was refused was sent again");
            }
        }
        let mut writer = blobs.writer("/g", false, None).await.unwrap();
        writer.write_all(&content[..200_000]).await.unwrap();
        drop(writer.commit());
        writer.write_all(&content[200_000..]).await.unwrap();
        writer.commit().await.unwrap();
        assert!(blobs.get("/g").await.unwrap() == content, "in the order in which it was written");
        blobs.delete("/f").await.unwrap();
    }
}
