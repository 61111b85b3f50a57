//! What rustls-acme asks of its caches, in the order in which its state asks, by several processes at once.

use crate::ground::{Ground, PATIENCE};
use ossicle::LockState;
use ossicle_acme::{CacheError, RustlsAcmeCache};
use rustls_acme::{AccountCache as _, CertCache as _};
use std::time::Duration;
use tokio::runtime::Handle;

const URL: &str = "https://acme.example/dir";

fn domains() -> [String; 1] {
    ["example.com".to_owned()]
}

fn contact() -> [String; 1] {
    ["mailto:a@example.com".to_owned()]
}

fn cache(ground: &Ground) -> RustlsAcmeCache {
    RustlsAcmeCache::new(ground.certificates(), Handle::current())
}

async fn load(cache: &RustlsAcmeCache) -> Option<Vec<u8>> {
    cache.load_cert(&domains(), URL).await.unwrap()
}

async fn account(cache: &RustlsAcmeCache) -> Result<Option<Vec<u8>>, CacheError> {
    let asked = tokio::time::timeout(PATIENCE, cache.load_account(&contact(), URL)).await;
    asked.expect("the lock in time")
}

async fn is_free(ground: &Ground) -> bool {
    let state = ground.certificates().tenant().locks().inspect("issue_cert_example.com").await.unwrap().state;
    matches!(state, LockState::Free { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_fleet_one_orders_and_the_rest_take_what_it_has_stored() {
    let ground = Ground::new().await;
    let (one, other) = (cache(&ground), cache(&ground));
    assert_eq!((load(&one).await, load(&other).await), (None, None));
    assert_eq!(account(&one).await.unwrap(), None);
    one.store_account(&contact(), URL, b"account").await.unwrap();
    let waiting = tokio::spawn({
        let other = other.clone();
        async move { account(&other).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "the order of the first one is under way");
    one.store_cert(&domains(), URL, b"first").await.unwrap();
    assert!(matches!(waiting.await.unwrap(), Err(CacheError::Superseded)));
    // The new state of the second one, whose turn it is to renew: it finds the account.
    assert_eq!(load(&other).await.as_deref(), Some(&b"first"[..]));
    assert_eq!(account(&other).await.unwrap().as_deref(), Some(&b"account"[..]));
    other.store_cert(&domains(), URL, b"second").await.unwrap();
    assert!(is_free(&ground).await);
    // The first one's state, older than that, does not renew after it.
    assert!(matches!(account(&one).await, Err(CacheError::Superseded)));
    assert_eq!(load(&one).await.as_deref(), Some(&b"second"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_fails_leaves_no_lock() {
    let ground = Ground::new().await;
    let one = cache(&ground);
    load(&one).await;
    account(&one).await.unwrap();
    assert!(!is_free(&ground).await);
    one.release().await;
    assert!(is_free(&ground).await);
    assert!(matches!(one.store_account(&contact(), URL, b"account").await, Err(CacheError::NoLock)));
    // The account's lock is free as well.
    load(&one).await;
    assert_eq!(account(&one).await.unwrap(), None);
    one.store_account(&contact(), URL, b"account").await.unwrap();
    one.release().await;
    // One of which nobody hears again.
    let slow = cache(&ground).hold(Duration::from_millis(200));
    load(&slow).await;
    account(&slow).await.unwrap();
    let other = cache(&ground);
    load(&other).await;
    account(&other).await.unwrap();
    other.store_cert(&domains(), URL, b"of the other").await.unwrap();
    let late = slow.store_cert(&domains(), URL, b"late").await;
    assert!(matches!(late, Err(CacheError::Superseded)), "{late:?}");
    assert_eq!(load(&one).await.as_deref(), Some(&b"of the other"[..]));
    // Late, but nobody else has ordered.
    let slow = cache(&ground).hold(Duration::from_millis(200));
    load(&slow).await;
    account(&slow).await.unwrap();
    while !is_free(&ground).await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    slow.store_cert(&domains(), URL, b"late but alone").await.unwrap();
    assert_eq!(load(&one).await.as_deref(), Some(&b"late but alone"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_once_for_certificates_of_several_names() {
    let ground = Ground::new().await;
    let (one, other) = (cache(&ground), cache(&ground));
    load(&one).await;
    other.load_cert(&["other.example".to_owned()], URL).await.unwrap();
    assert!(matches!(cache(&ground).load_account(&contact(), URL).await, Err(CacheError::NoCertificate)));
    assert_eq!(account(&one).await.unwrap(), None);
    let waiting = tokio::spawn(async move { account(&other).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "the first one is making the account's key");
    one.store_account(&contact(), URL, b"account").await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().as_deref(), Some(&b"account"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_never_an_absent_certificate() {
    let ground = Ground::new().await;
    let cache = RustlsAcmeCache::new(ground.in_bucket("no-such-bucket"), Handle::current());
    assert!(matches!(cache.load_cert(&domains(), URL).await, Err(CacheError::Storage(_))));
}
