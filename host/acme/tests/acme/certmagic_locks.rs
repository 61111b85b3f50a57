//! What certmagic expects of locks, and of writes under them.

use crate::ground::{Ground, LEASE, PATIENCE, until};
use crate::relay::Relay;
use certmagic::error::{Error, StorageError};
use certmagic::storage::{LockGuard, Locker as _, Storage, acquire_lock, clean_up_own_locks};
use ossicle::LockState;
use ossicle_acme::CertmagicStorage;
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const NAME: &str = "issue_cert_example.com";

fn is_fencing<T>(result: Result<T, Error>) -> bool {
    let Err(Error::NoRetry(error)) = result else { return false };
    matches!(*error, Error::Storage(StorageError::UnsupportedFencing))
}

fn is_stale<T>(result: Result<T, Error>) -> bool {
    let Err(Error::NoRetry(error)) = result else { return false };
    matches!(*error, Error::Storage(StorageError::StaleLock(_)))
}

async fn lock(storage: &CertmagicStorage) -> LockGuard {
    let held = tokio::time::timeout(PATIENCE, storage.lock(&CancellationToken::new(), NAME)).await;
    held.expect("a lock in time").unwrap()
}

async fn try_lock(storage: &CertmagicStorage) -> Option<LockGuard> {
    storage.try_lock(&CancellationToken::new(), NAME).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_excludes_others_until_it_is_released() {
    let ground = Ground::new().await;
    let (one, other) = (CertmagicStorage::new(ground.certificates()), CertmagicStorage::new(ground.certificates()));
    let guard = lock(&one).await;
    assert!(guard.is_valid() && guard.key() == NAME);
    assert!(try_lock(&one).await.is_none() && try_lock(&other).await.is_none());
    one.renew_lock_lease(NAME, Duration::from_secs(30)).await.unwrap();
    let waiter = tokio::spawn({
        let other = other.clone();
        async move { lock(&other).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiter.is_finished());
    guard.release_and_wait().await.unwrap();
    let guard = waiter.await.unwrap();
    // Who gives up waiting leaves nothing behind.
    let token = CancellationToken::new();
    let (waiting, ()) = tokio::join!(one.lock(&token, NAME), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        token.cancel();
    });
    assert!(matches!(waiting, Err(Error::Storage(StorageError::LockUnavailable(_)))));
    drop(guard);
    ground
        .certificates()
        .tenant()
        .locks()
        .hold(NAME, PATIENCE)
        .await
        .expect("a dropped guard releases")
        .unlock()
        .await
        .unwrap();
    // By name, as certmagic cleans up.
    let guard = lock(&one).await;
    one.unlock(NAME).await.unwrap();
    assert!(!guard.is_valid());
    one.unlock(NAME).await.unwrap();
    assert!(is_stale(one.renew_lock_lease(NAME, LEASE).await));
    assert!(try_lock(&other).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn locks_of_a_process_that_ends_are_released() {
    let ground = Ground::new().await;
    let storage: Arc<dyn Storage> = Arc::new(CertmagicStorage::new(ground.certificates()));
    let guard = acquire_lock(&CancellationToken::new(), &storage, "at_the_end").await.unwrap();
    clean_up_own_locks().await;
    assert!(!guard.is_valid());
    let state = ground.certificates().tenant().locks().inspect("at_the_end").await.unwrap().state;
    assert!(matches!(state, LockState::Free { .. }), "{state:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_needs_a_live_lock_of_its_own_storage() {
    let ground = Ground::new().await;
    let (one, other) = (CertmagicStorage::new(ground.certificates()), CertmagicStorage::new(ground.certificates()));
    let items = [("a", b"1".to_vec()), ("b", b"2".to_vec())];
    let guard = lock(&one).await;
    assert!(is_fencing(other.validate_write_guard(&guard)));
    assert!(is_fencing(other.store_tx_with_lock(&items, &guard).await));
    one.clone().validate_write_guard(&guard).unwrap();
    one.store_tx_with_lock(&items, &guard).await.unwrap();
    assert_eq!(one.load_many(&["a", "b"]).await.unwrap(), [Some(b"1".to_vec()), Some(b"2".to_vec())]);
    one.unlock(NAME).await.unwrap();
    assert!(is_stale(one.validate_write_guard(&guard)));
    assert!(is_stale(one.store_tx_with_lock(&[("a", b"late".to_vec())], &guard).await));
    assert!(is_stale(one.move_with_lock("a", "c", &guard).await));
    assert_eq!(one.load("a").await.unwrap(), b"1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_fails_is_put_back_under_the_lease() {
    let ground = Ground::new().await;
    let storage = CertmagicStorage::new(ground.certificates());
    storage.store("a", b"old a").await.unwrap();
    let guard = lock(&storage).await;
    let refused =
        FaultAction::Error { status: 403, code: "AccessDenied".into(), message: String::new(), ec: String::new() };
    ground.emulator().faults().add(FaultRule::new(refused).on(Operation::PutObject).skip(1).once());
    let items = [("a", b"new a".to_vec()), ("b", b"new b".to_vec())];
    storage.store_tx_with_lock(&items, &guard).await.unwrap_err();
    assert_eq!(storage.load_many(&["a", "b"]).await.unwrap(), [Some(b"old a".to_vec()), None]);
    storage.store_tx_with_lock(&items, &guard).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_takes_one_value_and_overwrites_none() {
    let ground = Ground::new().await;
    let storage = CertmagicStorage::new(ground.certificates());
    let guard = lock(&storage).await;
    let is_conflict = |result| matches!(result, Err(Error::Storage(StorageError::Conflict(_))));
    storage.store("a", b"1").await.unwrap();
    storage.store("b", b"2").await.unwrap();
    assert!(is_conflict(storage.move_with_lock("a", "b", &guard).await));
    storage.move_with_lock("a", "/a/", &guard).await.unwrap();
    storage.move_with_lock("a", "c/d", &guard).await.unwrap();
    let listed = ground.certificates().list("", true).await.unwrap();
    assert_eq!(listed.keys().collect::<Vec<_>>(), ["b", "c", "c/d"]);
    // What a process left that died in the middle.
    storage.store("a", b"1").await.unwrap();
    storage.move_with_lock("a", "c/d", &guard).await.unwrap();
    assert!(!storage.exists("a").await.unwrap());
    assert!(matches!(storage.move_with_lock("a", "e", &guard).await, Err(Error::Storage(StorageError::NotFound(_)))));
    storage.store("c", b"3").await.unwrap();
    assert!(is_conflict(storage.move_with_lock("c", "e", &guard).await), "what is below would go with it");
    assert!(storage.move_key("b", "f").await.unwrap_err().has_no_retry(), "there is no such move without a lock");
}

/// A write of a holder's that OSS sees only after the lease is over, and after its successor's.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_write_of_a_dead_holder_is_refused_by_oss() {
    let ground = Ground::new().await;
    let relay = Relay::new(ground.emulator().addr()).await;
    let (dead, next) = (CertmagicStorage::new(ground.through(&relay)), CertmagicStorage::new(ground.certificates()));
    let guard = lock(&dead).await;
    // Neither the write nor a renewal arrives any more.
    relay.close();
    let writing = tokio::spawn({
        let dead = dead.clone();
        async move { dead.store_tx_with_lock(&[("k", b"of the dead".to_vec())], &guard).await }
    });
    until("a write and a renewal are on their way", || relay.waiting() >= 2).await;
    let guard = lock(&next).await;
    next.store_tx_with_lock(&[("k", b"of the living".to_vec())], &guard).await.unwrap();
    assert!(!writing.is_finished());
    relay.open();
    let refused = writing.await.unwrap();
    assert!(is_stale(refused));
    assert_eq!(next.load("k").await.unwrap(), b"of the living");
    let puts = ground.emulator().requests().into_iter().filter(|request| request.operation == Operation::PutObject);
    let statuses: Vec<_> = puts.map(|request| request.status).collect();
    assert_eq!(statuses, [Some(200), Some(403)], "OSS itself refuses the late one");
}
