//! That a tenant reaches nothing of another's, whatever it asks for: with the component that comes with the library, and where
//! nothing but the tenants' configs keeps them apart, since both sign with one access key. (That they share no connections and
//! no TLS sessions is in `egress` and `tls`, and that no request of any component leaves for another host or bucket is in
//! `egress` and `buckets`; tokens are the service's.)

use crate::component::engine;
use crate::server::Server;
use crate::support::config;
use futures_util::StreamExt;
use ossicle::{
    Config, CredentialSource, Credentials, ExposeSecret, Limits, PublishOptions, TemporaryCredentials, Tenant,
    TenantConfig, UrlMethod,
};
use ossicle_emulator::{BucketSpec, Emulator};
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);
const TREASURE: &[u8] = b"what is the victim's";
/// A key of the victim's that the attacker never says.
const HIDDEN: &str = "hidden-7f3a";

fn tenant(config: impl Into<TenantConfig>) -> Tenant {
    engine().tenant("test", config, Limits::default()).unwrap()
}

async fn emulator() -> Emulator {
    let builder =
        ["bucket", "another"].iter().fold(Emulator::builder(), |builder, name| builder.bucket(BucketSpec::new(*name)));
    builder.access_key("id", "very-secret").start().await.unwrap()
}

fn at(emulator: &Emulator, bucket: &str, root: &str) -> Config {
    config(bucket, &emulator.endpoint()).root(root)
}

/// Ways to say where the victim's `key` is, seen from `own` in the same bucket.
fn ways(bucket: &str, root: &str, key: &str) -> Vec<String> {
    let mut ways = Vec::new();
    for up in ["..", "%2e%2e", "%2E.", ".%00.", "..;", "..\\"] {
        for depth in 1..4 {
            let up = vec![up; depth].join("/");
            ways.push(format!("{up}/{root}/{key}"));
            ways.push(format!("{up}/{bucket}/{root}/{key}"));
            ways.push(format!("x/{up}/{up}/{root}/{key}"));
        }
    }
    for place in [format!("{root}/{key}"), format!("{bucket}/{root}/{key}")] {
        ways.extend([format!("/{place}"), format!("//{place}"), format!("?/{place}"), format!("\\{place}"), place]);
    }
    ways.push(format!("http://127.0.0.1/{bucket}/{root}/{key}"));
    ways.push(format!("x?versionId=null#/{root}/{key}"));
    ways.push(format!("x\r\nx-oss-copy-source: /{bucket}/{root}/{key}"));
    ways
}

/// Everything that a caller can ask for by a name.
async fn attack(attacker: &Tenant, way: &str) {
    let (certificates, blobs, locks) = (attacker.certificates(), attacker.blobs(), attacker.locks());
    // Blobs want one slash before it.
    let path = format!("/{}", way.trim_start_matches('/'));
    if let Ok(value) = certificates.load(way).await {
        assert_ne!(&**value, TREASURE, "{way:?}");
    }
    drop(certificates.create(way, "mine").await);
    drop(certificates.store(way, "mine").await);
    if let Ok(listing) = certificates.list(way, true).await {
        assert!(!listing.keys().any(|key| key.contains(HIDDEN)), "{way:?}: {listing:?}");
    }
    drop((certificates.stat(way).await, certificates.exists(way).await, certificates.reencrypt(way).await));
    if let Ok(content) = blobs.get(&path).await {
        assert_ne!(content, TREASURE, "{path:?}");
    }
    drop(blobs.put(&path, "mine").await);
    drop(blobs.write(&path, 0, &b"mine"[..], None).await);
    if let Ok(mut walk) = blobs.walk(&path, None).await {
        while let Some(Ok(file)) = walk.next().await {
            assert!(!file.path.contains(HIDDEN), "{path:?}: {file:?}");
        }
    }
    if let Ok(listing) = blobs.list(&path).await {
        assert!(!listing.paths.iter().any(|path| path.contains(HIDDEN)), "{path:?}: {listing:?}");
    }
    drop(blobs.stat(&path).await);
    drop(blobs.copy(&path, "/copy", PublishOptions::default()).await);
    if let Ok(content) = blobs.get("/copy").await {
        assert_ne!(content, TREASURE, "{path:?}");
    }
    drop(blobs.rename(&path, "/moved").await);
    if let Ok(mut writer) = blobs.writer(&path, false, None).await {
        drop(writer.write(&b"mine"[..]).await);
        drop(writer.commit().await);
    }
    if let Ok(lease) = locks.try_lock(way).await {
        drop(locks.unlock(&lease).await);
    }
    drop((locks.inspect(way).await, locks.break_lock(way, 0).await));
    // Last, for they take away what the others would find.
    drop((blobs.delete(&path).await, certificates.delete(way).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_leads_to_another_tenants_bucket_or_root() {
    let emulator = emulator().await;
    for (bucket, root) in
        [("bucket", "tenants/victim"), ("another", "tenants/attacker"), ("bucket", "tenants/attacker-2")]
    {
        let victim = tenant(at(&emulator, bucket, root));
        victim.certificates().store("treasure", TREASURE).await.unwrap();
        victim.certificates().store(HIDDEN, TREASURE).await.unwrap();
        let guard = victim.locks().hold("treasure", LEASE).await.unwrap();
        let before = emulator.bucket(bucket).keys();
        let locked: Vec<_> = before.iter().map(|key| emulator.bucket(bucket).get_raw(key)).collect();
        emulator.reset();

        let attacker = tenant(at(&emulator, "bucket", "tenants/attacker"));
        for way in ways(bucket, root, "treasure") {
            attack(&attacker, &way).await;
        }
        attacker.close().await;
        // Of all requests that this came to, each stayed where it belongs.
        let requests = emulator.requests();
        assert!(requests.len() > 50, "{} requests", requests.len());
        for request in requests {
            assert_eq!(request.bucket.as_deref(), Some("bucket"), "{request:?}");
            let is_own = request.key.as_deref().is_none_or(|key| key.starts_with("tenants/attacker/"));
            assert!(is_own, "{request:?}");
        }
        let after: Vec<_> = before.iter().map(|key| emulator.bucket(bucket).get_raw(key)).collect();
        assert_eq!(after, locked, "nothing of the victim's has changed");
        guard.unlock().await.unwrap();
        assert_eq!(&**victim.certificates().load("treasure").await.unwrap(), TREASURE);
        victim.close().await;
    }
}

/// What one tenant was given has no force at another.
#[tokio::test(flavor = "multi_thread")]
async fn leases_tokens_and_uploads_are_their_tenants_alone() {
    let emulator = emulator().await;
    let victim = tenant(at(&emulator, "bucket", "victim"));
    let attacker = tenant(at(&emulator, "bucket", "attacker"));
    let lease = victim.locks().try_lock("name").await.unwrap();
    // A lock of the same name is another one.
    let own = attacker.locks().try_lock("name").await.unwrap();
    attacker.locks().unlock(&own).await.unwrap();
    let (renewed, released) = (attacker.locks().renew(&lease, LEASE).await, attacker.locks().unlock(&lease).await);
    assert!(renewed.is_err(), "{renewed:?}");
    assert!(!matches!(released, Ok(ossicle::Unlocked::Released)), "{released:?}");
    let written = attacker.certificates().store_under(&lease, "key", "mine").await;
    assert!(written.is_err(), "{written:?}");
    drop(attacker.locks().break_lock("name", lease.token()).await);
    assert!(victim.locks().try_lock("name").await.unwrap_err().is_held());
    victim.locks().renew(&lease, LEASE).await.unwrap();

    let mut writer = victim.blobs().writer("/upload", false, None).await.unwrap();
    writer.write(&vec![7; 1 << 20][..]).await.unwrap();
    writer.close().await.unwrap();
    let all = async |tenant: &Tenant| {
        let uploads = tenant.blobs().uploads("/", Duration::ZERO).await.unwrap();
        uploads.map(Result::unwrap).collect::<Vec<_>>().await
    };
    let uploads = all(&victim).await;
    assert_eq!((uploads.len(), all(&attacker).await.len()), (1, 0));
    // By its id, which whoever asks must know, an upload is found at its own path alone.
    drop(attacker.blobs().remove_uploads(&uploads).await);
    assert_eq!(all(&victim).await.len(), 1);
    // What is signed is what is meant: whoever resolves the dots on the way asks with a signature for something else.
    let url = attacker.blobs().url("/../victim/upload", UrlMethod::Get, None).await.unwrap();
    let signed = url.url.expose_secret().to_owned();
    assert!(signed.starts_with(&format!("{}/bucket/attacker/../victim/upload?", emulator.endpoint())), "{signed}");
}

/// Whose credentials a request bears, the server is told.
#[tokio::test]
async fn credentials_are_their_tenants_alone() {
    let server = Server::start().await;
    let supplied = |id: &str| {
        let mut config = config("bucket", &server.url("")).attempts(1);
        config.credentials = CredentialSource::Host;
        let tenant = tenant(config);
        let given = TemporaryCredentials::new(Credentials::new(id, "a-secret"), None);
        tenant.supply_credentials(given).unwrap();
        tenant
    };
    let fixed = |id: &str| {
        let mut config = config("bucket", &server.url("")).attempts(1);
        config.credentials = Credentials::new(id, "a-secret").into();
        tenant(config)
    };
    let tenants = [supplied("LTAI-one"), supplied("LTAI-two"), fixed("LTAI-three"), fixed("LTAI-four")];
    let ids = ["LTAI-one", "LTAI-two", "LTAI-three", "LTAI-four"];
    for _ in 0..3 {
        for (tenant, id) in tenants.iter().zip(ids) {
            server.seen.heads.lock().unwrap().clear();
            drop((tenant.certificates().load("key").await, tenant.blobs().get("/key").await));
            let heads = server.seen.heads.lock().unwrap().clone();
            assert_eq!(heads.len(), 2);
            for head in heads {
                let named: Vec<_> = ids.iter().filter(|id| head.contains(&format!("Credential={id}/"))).collect();
                assert_eq!(named, [&id], "{head}");
            }
        }
    }
    // One that was given none has none, whatever others have.
    let mut config = config("bucket", &server.url("")).attempts(1);
    config.credentials = CredentialSource::Host;
    let before = server.requests();
    assert!(tenant(config).certificates().load("key").await.is_err());
    assert_eq!(server.requests(), before);
}
