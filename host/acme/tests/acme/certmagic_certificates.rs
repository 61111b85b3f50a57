//! A certificate's chain, key and metadata are one: all new or all old, whatever becomes of who stores them.

use crate::ground::{Ground, until};
use certmagic::cert_store::{CertStore as _, KeyValueCertStore};
use certmagic::error::Error;
use certmagic::issuer::CertificateResource;
use certmagic::storage::{Locker as _, Storage, StorageKeys};
use futures_util::future::join_all;
use ossicle_acme::CertmagicStorage;
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

const ISSUER: &str = "acme.example-directory";

/// How many objects a set puts: a copy of each value, its index, and each value.
const PUTS: u64 = 7;
/// With how many of them it is there.
const IS_THERE: u64 = 4;

fn certificate(domain: &str, number: i32) -> CertificateResource {
    CertificateResource {
        sans: vec![domain.to_owned()],
        certificate_pem: format!("chain {number} of {domain}").into_bytes(),
        private_key_pem: format!("key {number} of {domain}").into_bytes(),
        issuer_data: Some(number.into()),
    }
}

/// The keys of a certificate and their values: chain, key, metadata.
fn values(domain: &str, number: i32) -> [(String, Vec<u8>); 3] {
    let keys = StorageKeys::new(ISSUER, domain);
    let metadata = format!(r#"{{"sans":["{domain}"],"issuer_data":{number}}}"#);
    let CertificateResource { certificate_pem, private_key_pem, .. } = certificate(domain, number);
    [(keys.cert, certificate_pem), (keys.key, private_key_pem), (keys.meta, metadata.into_bytes())]
}

/// Stores a certificate as certmagic does, under the lock of an order.
async fn store(storage: CertmagicStorage, domain: String, number: i32) -> Result<(), Error> {
    let guard = storage.lock(&CancellationToken::new(), &format!("issue_cert_{domain}")).await?;
    let store = KeyValueCertStore::new(Arc::new(storage));
    let stored = store.save_with_lock(ISSUER, &domain, &certificate(&domain, number), &guard).await;
    guard.release_and_wait().await?;
    stored
}

/// Fails unless every way to read a certificate finds this one, or none.
async fn every_reader_finds(storage: CertmagicStorage, domain: &str, number: Option<i32>) {
    let [crt, key, json] = values(domain, number.unwrap_or_default());
    for (name, value) in [&crt, &key, &json] {
        let loaded = storage.load_many(&[name]).await.unwrap();
        assert_eq!(loaded, [number.map(|_| value.clone())], "{name}");
    }
    let loaded = storage.load_many(&[&key.0, &crt.0, &json.0]).await.unwrap();
    assert_eq!(loaded, [&key, &crt, &json].map(|(_, value)| number.map(|_| value.clone())), "{domain}");
    let store = KeyValueCertStore::new(Arc::new(storage));
    let loaded = store.load(ISSUER, domain).await.unwrap();
    assert_eq!(loaded.map(|it| it.issuer_data), number.map(|number| Some(number.into())), "{domain}");
    assert_eq!(store.has(ISSUER, domain).await.unwrap(), number.is_some(), "{domain}");
}

/// What another program finds that knows nothing of sets, such as a Caddy.
fn another_program_finds(ground: &Ground, domain: &str, number: i32) {
    for (name, value) in values(domain, number) {
        assert_eq!(ground.bucket().get_raw(&name).as_deref(), Some(&value[..]), "{name}");
    }
}

/// Everything is in its place: beside the values there is their index alone.
fn is_finished(ground: &Ground, domain: &str, number: i32) {
    another_program_finds(ground, domain, number);
    let folder = folder(domain);
    let others = ground.names().into_iter().filter(|name| name.starts_with(&folder) && name.contains("/.together/"));
    assert_eq!(others.clone().count(), 1, "copies are left: {:?}", others.collect::<Vec<_>>());
}

fn another_program_stores(ground: &Ground, domain: &str, number: i32) {
    for (name, value) in values(domain, number) {
        ground.bucket().put_raw(&name, value);
    }
}

fn folder(domain: &str) -> String {
    format!("certificates/{ISSUER}/{domain}/")
}

/// It dies before each of its writes, of a first certificate and of a later one.
async fn writer_dies(ground: &Ground, puts: u64, had: bool) {
    let domain = format!("after-{puts}-{}.example.com", if had { "renewed" } else { "first" });
    let old = had.then_some(1);
    if had {
        another_program_stores(ground, &domain, 1);
    }
    let cut = FaultRule::new(FaultAction::Refuse).on(Operation::PutObject).prefix(&folder(&domain)).skip(puts);
    let cut = ground.emulator().faults().add(cut);
    let writing = tokio::spawn(store(CertmagicStorage::new(ground.certificates()), domain.clone(), 2));
    until("the network is cut", || cut.hits() > 0).await;
    writing.abort();
    assert!(writing.await.unwrap_err().is_cancelled());
    let found = if puts < IS_THERE { old } else { Some(2) };
    every_reader_finds(CertmagicStorage::new(ground.certificates()), &domain, found).await;
    // The successor's is in its place, whatever was left.
    assert!(ground.emulator().faults().remove(cut.id()));
    store(CertmagicStorage::new(ground.certificates()), domain.clone(), 3).await.unwrap();
    every_reader_finds(CertmagicStorage::new(ground.certificates()), &domain, Some(3)).await;
    is_finished(ground, &domain, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_all_new_or_all_old_wherever_its_writer_dies() {
    let ground = Ground::new().await;
    let cases = (0..PUTS).flat_map(|puts| [(puts, false), (puts, true)]);
    join_all(cases.map(|(puts, had)| writer_dies(&ground, puts, had))).await;
}

/// A reader whose requests are in part answered only when another certificate is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_replaced_meanwhile_is_loaded_old_or_new() {
    let ground = Ground::new().await;
    let (reader, domain) = (CertmagicStorage::new(ground.certificates()), "replaced.example.com");
    let writer = CertmagicStorage::new(ground.certificates());
    store(writer.clone(), domain.to_owned(), 1).await.unwrap();
    // The second look at the index, by whichever of its requests.
    let late = FaultRule::new(FaultAction::Delay { ms: 5000 }).on(Operation::GetObject);
    let late = ground.emulator().faults().add(late.prefix(&format!("{}.together/", folder(domain))).skip(1).once());
    let reading = tokio::spawn(async move {
        let keys = values(domain, 0).map(|(key, _)| key);
        reader.load_many(&keys.each_ref().map(String::as_str)).await
    });
    until("it has read or is kept waiting", || late.hits() > 0 || reading.is_finished()).await;
    store(writer, domain.to_owned(), 2).await.unwrap();
    let found = reading.await.unwrap().unwrap();
    let whole = [1, 2].map(|number| values(domain, number).map(|(_, value)| Some(value)));
    assert!(whole.iter().any(|whole| found == whole), "{found:?}");
}

/// What fails for a moment costs no order, and leaves nothing half done for those who read single keys.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_passes_leaves_a_certificate_whole_for_everybody() {
    let ground = Ground::new().await;
    let throttled = || FaultAction::Throttle { status: 503, code: "TotalQpsLimitExceeded".into(), retry_after: None };
    let cases = (0..PUTS).map(|put| (put, throttled())).chain([3, 5].map(|put| (put, FaultAction::LoseResponse)));
    join_all(cases.enumerate().map(async |(case, (put, action))| {
        let domain = format!("case-{case}.example.com");
        let storage = CertmagicStorage::new(ground.certificates());
        store(storage.clone(), domain.clone(), 1).await.unwrap();
        let rule = FaultRule::new(action).on(Operation::PutObject).prefix(&folder(&domain)).skip(put).once();
        let failure = ground.emulator().faults().add(rule);
        store(storage.clone(), domain.clone(), 2).await.unwrap();
        assert_eq!(failure.hits(), 1);
        every_reader_finds(storage, &domain, Some(2)).await;
        is_finished(&ground, &domain, 2);
    }))
    .await;
}

/// A Caddy, whose certmagic shares the bucket, finds values, replaces them and removes them, key by key.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_knows_no_sets_reads_and_writes_the_same_certificates() {
    let ground = Ground::new().await;
    let storage = CertmagicStorage::new(ground.certificates());
    let domain = "shared.example.com";
    let number_is = async |number| every_reader_finds(storage.clone(), domain, number).await;
    another_program_stores(&ground, domain, 1);
    number_is(Some(1)).await;
    store(storage.clone(), domain.to_owned(), 2).await.unwrap();
    is_finished(&ground, domain, 2);
    another_program_stores(&ground, domain, 3);
    number_is(Some(3)).await;

    // It comes upon a set that is there but not in its place, which is refused for good.
    let refused =
        FaultAction::Error { status: 403, code: "AccessDenied".into(), message: String::new(), ec: String::new() };
    let rule = FaultRule::new(refused).on(Operation::PutObject).prefix(&folder(domain)).skip(IS_THERE);
    let refusal = ground.emulator().faults().add(rule);
    store(storage.clone(), domain.to_owned(), 4).await.unwrap_err();
    assert!(ground.emulator().faults().remove(refusal.id()));
    another_program_finds(&ground, domain, 3);
    number_is(Some(4)).await;
    // Value by value, as it stores them: each counts at once.
    let [crt, key, json] = values(domain, 5);
    ground.bucket().put_raw(&crt.0, crt.1.clone());
    let [_, (_, key_before), (_, json_before)] = values(domain, 4);
    let mixed = [crt.1.clone(), key_before, json_before].map(Some);
    assert_eq!(storage.load_many(&[&crt.0, &key.0, &json.0]).await.unwrap(), mixed);
    ground.bucket().put_raw(&key.0, key.1);
    ground.bucket().put_raw(&json.0, json.1);
    number_is(Some(5)).await;

    for (name, _) in values(domain, 5) {
        ground.bucket().remove_raw(&name);
    }
    number_is(None).await;
    store(storage.clone(), domain.to_owned(), 6).await.unwrap();
    number_is(Some(6)).await;
    is_finished(&ground, domain, 6);
}
