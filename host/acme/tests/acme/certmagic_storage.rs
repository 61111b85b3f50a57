//! What certmagic expects of a storage: its trait's documentation, case by case.

use crate::ground::Ground;
use certmagic::cert_store::{CertStore as _, KeyValueCertStore};
use certmagic::error::{Error, StorageError};
use certmagic::issuer::CertificateResource;
use certmagic::storage::{KeyBuilder, Storage, StorageKeys, store_tx};
use ossicle_acme::{CertmagicStorage, issuer_key};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use std::sync::Arc;

async fn storage() -> (Ground, CertmagicStorage) {
    let ground = Ground::new().await;
    let storage = CertmagicStorage::new(ground.certificates());
    (ground, storage)
}

fn is_not_found<T>(result: Result<T, Error>, key: &str) -> bool {
    matches!(result, Err(Error::Storage(StorageError::NotFound(found))) if found == key)
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_stored_loaded_overwritten_and_deleted() {
    let (_ground, storage) = storage().await;
    let key = "certificates/ca/example.com/example.com.crt";
    let binary: Vec<u8> = (0..10_240_u32).map(|n| (n * 7) as u8).collect();
    for value in [&b"PEM"[..], b"", &binary] {
        storage.store(key, value).await.unwrap();
        assert_eq!(storage.load(key).await.unwrap(), value);
    }
    assert!(storage.exists("certificates/ca/example.com").await.unwrap(), "a prefix exists");
    storage.delete("certificates/ca/example.com").await.unwrap();
    assert!(!storage.exists(key).await.unwrap(), "what is below a prefix goes with it");
    storage.delete("does/not/exist").await.unwrap();
    assert!(is_not_found(storage.load("does/not/exist").await, "does/not/exist"));
    assert!(is_not_found(storage.stat("does/not/exist").await, "does/not/exist"));
    assert!(is_not_found(storage.list("does/not/exist", false).await, "does/not/exist"));
    assert!(storage.list("", true).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn aliases_of_a_key_are_one_key_and_none_leaves_the_storage() {
    let (ground, storage) = storage().await;
    storage.store("/dir//./key/", b"v").await.unwrap();
    for alias in ["dir/key", "./dir/key", "dir/key/"] {
        assert_eq!(storage.canonical_key(alias).unwrap(), "dir/key");
        assert_eq!(storage.load(alias).await.unwrap(), b"v");
        assert_eq!(storage.stat(alias).await.unwrap().key, "dir/key");
    }
    assert_eq!(ground.names(), ["dir/key"]);
    for key in ["", "/", "///", ".", "././", "..", "../outside", "a/../../outside", "a\0b"] {
        let is_invalid = |result: Result<(), Error>| matches!(result, Err(Error::Storage(StorageError::InvalidKey(_))));
        assert!(is_invalid(storage.store(key, b"must not be written").await), "{key:?}");
        assert!(is_invalid(storage.delete(key).await), "{key:?}");
    }
    assert_eq!(ground.names(), ["dir/key"], "the root can't be deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_and_stats_are_those_of_certmagics_own_storages() {
    let (_ground, storage) = storage().await;
    for key in ["a/b/c.txt", "a/b-c", "a/d.txt", "ab/c"] {
        storage.store(key, b"{}").await.unwrap();
    }
    assert_eq!(storage.list("a", false).await.unwrap(), ["a/b-c", "a/b/", "a/d.txt"]);
    assert_eq!(storage.list("a/", true).await.unwrap(), ["a/b-c", "a/b/c.txt", "a/d.txt"]);
    assert_eq!(storage.list("", false).await.unwrap(), ["a/", "ab/"]);
    assert!(storage.list("a/d.txt", false).await.unwrap().is_empty());
    let file = storage.stat("a/d.txt").await.unwrap();
    assert!(file.is_terminal && file.size == 2);
    let age = time::OffsetDateTime::now_utc() - file.modified;
    assert!(age < time::Duration::minutes(10), "{age}");
    assert!(!storage.stat("a/b/").await.unwrap().is_terminal);
    let keys = ["a/d.txt", "a/b", "a/none"];
    assert_eq!(storage.exists_many(&keys).await.unwrap(), [true, true, false]);
    assert_eq!(storage.exists_exact_many(&keys).await.unwrap(), [true, false, false]);
    let values = storage.load_many(&["a/none", "a/d.txt"]).await.unwrap();
    assert_eq!(values, [None, Some(b"{}".to_vec())]);
}

/// A failure is never taken for absence, which would order a certificate that is there.
#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_absent_is_not_found() {
    let (ground, storage) = storage().await;
    storage.store("k", b"v").await.unwrap();
    let no_bucket = CertmagicStorage::new(ground.in_bucket("no-such-bucket"));
    for result in [no_bucket.load("k").await.map(drop), no_bucket.exists("k").await.map(drop)] {
        let error = result.unwrap_err();
        assert!(error.has_no_retry() && !error.to_string().contains("not found"), "{error}");
    }
    assert!(no_bucket.delete("k").await.is_err());
    ground.emulator().faults().add(FaultRule::new(FaultAction::Refuse));
    for result in [
        storage.load("k").await.map(drop),
        storage.exists("k").await.map(drop),
        storage.exists_exact_many(&["k"]).await.map(drop),
        storage.list("", true).await.map(drop),
    ] {
        let error = result.unwrap_err();
        assert!(!error.has_no_retry(), "it may work later: {error}");
        assert!(!matches!(error, Error::Storage(StorageError::NotFound(_))), "{error}");
    }
}

/// certmagic in Go names these so (its storage_test.go): a Caddy finds what is stored here, and the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn certificates_have_the_keys_of_certmagic_in_go() {
    let (ground, storage) = storage().await;
    let issuer = issuer_key("https://acme-v02.api.letsencrypt.org/directory");
    assert_eq!(issuer, "acme-v02.api.letsencrypt.org-directory");
    let golden = [
        ("example.com", "example.com"),
        ("*.example.com", "wildcard_.example.com"),
        ("a/../../../foo", "afoo"),
        ("b\\..\\..\\..\\foo", "bfoo"),
        ("c/foo", "cfoo"),
    ];
    for (domain, safe) in golden {
        assert_eq!(KeyBuilder.safe(domain), safe);
        let keys = StorageKeys::new(&issuer, domain);
        let name = format!("certificates/acme-v02.api.letsencrypt.org-directory/{safe}/{safe}");
        assert_eq!([keys.cert, keys.key, keys.meta], ["crt", "key", "json"].map(|end| format!("{name}.{end}")));
    }
    let resource = CertificateResource {
        sans: vec!["*.example.com".into()],
        certificate_pem: b"certificate".to_vec(),
        private_key_pem: b"private key".to_vec(),
        issuer_data: None,
    };
    let store = KeyValueCertStore::new(Arc::new(storage));
    store.save(&issuer, "*.example.com", &resource).await.unwrap();
    let folder = format!("certificates/{issuer}/wildcard_.example.com/wildcard_.example.com");
    assert_eq!(ground.names(), ["crt", "json", "key"].map(|end| format!("{folder}.{end}")));
    // What a Caddy has written, by its keys alone.
    let metadata = br#"{"sans":["go.example.com"],"issuer_data":{"url":"https://acme.example/cert/1"}}"#;
    let caddy = ground.certificates();
    for (end, value) in [("crt", &b"chain"[..]), ("key", b"key"), ("json", metadata)] {
        let key = format!("certificates/{issuer}/go.example.com/go.example.com.{end}");
        caddy.store(&key, value.to_vec()).await.unwrap();
    }
    let loaded = store.load(&issuer, "go.example.com").await.unwrap().expect("a certificate");
    assert_eq!(loaded.sans, ["go.example.com"]);
    assert_eq!((&loaded.certificate_pem[..], &loaded.private_key_pem[..]), (&b"chain"[..], &b"key"[..]));
}

/// Without a lock certmagic itself puts back what was there.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_fails_leaves_what_was_there() {
    let (ground, storage) = storage().await;
    storage.store("a", b"old a").await.unwrap();
    ground.emulator().faults().add(FaultRule::new(FaultAction::Refuse).on(Operation::PutObject).skip(1).once());
    let items = [("a", b"new a".to_vec()), ("b", b"new b".to_vec())];
    store_tx(&storage, &items).await.unwrap_err();
    assert_eq!(storage.load_many(&["a", "b"]).await.unwrap(), [Some(b"old a".to_vec()), None]);
    store_tx(&storage, &items).await.unwrap();
    assert_eq!(storage.load("b").await.unwrap(), b"new b");
}
