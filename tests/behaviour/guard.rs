//! The host's guard over the built component: it keeps a lease whatever happens to instances, tells when that fails, and
//! leaves nothing behind.

use std::time::Duration;

use futures_util::FutureExt as _;
use ossicle::{
    Certificates, Config, ErrorKind, Limits, LockError, LockGuard, LockOptions, LockState, Tenant, Unlocked, Written,
};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_tests::{ENGINE, Ground};

/// As long as a loaded machine may take for what takes no time.
const PATIENCE: Duration = Duration::from_secs(120);
const LEASE: Duration = Duration::from_secs(15);

fn config(ground: &Ground) -> Config {
    let poll = (Duration::from_millis(50), Duration::from_millis(200));
    ground.config().locks(LockOptions::new().lease(LEASE).poll(poll.0, poll.1))
}

fn tenant(ground: &Ground) -> Tenant {
    ENGINE.tenant("test", config(ground), Limits::default()).unwrap()
}

fn appends(ground: &Ground) -> u64 {
    ground.emulator().stats().count(Operation::AppendObject)
}

/// Waits until it holds.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("never: {what}"));
}

async fn state(certificates: &Certificates) -> LockState {
    certificates.tenant().locks().inspect("a").await.unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_renewed_until_it_is_released() {
    let ground = Ground::new("").await;
    let certificates = tenant(&ground).certificates();
    let guard = certificates.tenant().locks().hold("a", PATIENCE).await.unwrap();
    let token = guard.token();
    until("three renewals", || appends(&ground) >= 4).await;
    guard.check().unwrap();
    assert_eq!(guard.store("k", "v").await.unwrap(), Written::Once);
    assert_eq!(guard.token(), token);
    assert!(!guard.lost().is_cancelled());
    let lost = guard.lost().clone();
    assert_eq!(guard.unlock().await.unwrap(), Unlocked::Released);
    assert!(lost.is_cancelled(), "who listens hears of the end");
    assert!(matches!(state(&certificates).await, LockState::Free { last_token } if last_token == token));
}

/// No renewal after the release, and no task goes on.
#[test]
fn test_34_nothing_goes_on_after_a_release() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let engines = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let engine = ossicle_tests::engine(engines.handle());
    let before = engines.metrics().num_alive_tasks();
    runtime.block_on(async {
        let ground = Ground::new("").await;
        let tenant = engine.tenant("test", config(&ground), Limits::default()).unwrap();
        let guard = tenant.locks().hold("a", PATIENCE).await.unwrap();
        until("a renewal", || appends(&ground) >= 2).await;
        assert!(guard.unlock().await.unwrap() == Unlocked::Released);
        let dropped = tenant.locks().hold("a", PATIENCE).await.unwrap();
        drop(dropped);
        tenant.locks().tidied("a").await;
        let sent = appends(&ground);
        tenant.close().await;
        drop(tenant);
        until("the end of all tasks", || engines.metrics().num_alive_tasks() <= before).await;
        assert_eq!(appends(&ground), sent);
        let log = ground.get_raw("locks/v1/a").unwrap();
        let kinds: String = log.chunks(128).map(|record| char::from(record[9])).collect();
        let (first, second) = kinds.split_once('L').unwrap();
        assert!(first.starts_with('A') && first[1..].chars().all(|kind| kind == 'N'), "{kinds}");
        assert_eq!(second, "AL", "{kinds}");
    });
    engines.shutdown_background();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_broken_is_told_at_once() {
    let ground = Ground::new("").await;
    let (certificates, operator) = (tenant(&ground).certificates(), tenant(&ground).certificates());
    let guard = certificates.tenant().locks().hold("a", PATIENCE).await.unwrap();
    assert!(operator.tenant().locks().break_lock("a", guard.token()).await.unwrap());
    tokio::time::timeout(PATIENCE, guard.lost().cancelled()).await.expect("it is told");
    // Before anything is sent.
    ground.take_counts();
    let Err(LockError::Lost { reason, .. }) = guard.check() else { panic!("{:?}", guard.check()) };
    assert!(reason.contains("broke"), "{reason}");
    assert!(guard.store("k", "v").await.unwrap_err().is_lost());
    assert!(guard.delete("k").await.unwrap_err().is_lost());
    assert_eq!(ground.requests(), 0);
    // Others of the same process can have it, although the guard is still there.
    let next = certificates.tenant().locks().hold("a", PATIENCE).await.unwrap();
    assert_eq!(guard.unlock().await.unwrap(), Unlocked::Lost);
    next.check().unwrap();
    assert_eq!(next.unlock().await.unwrap(), Unlocked::Released);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_runs_out_is_not_used_and_may_come_back() {
    let ground = Ground::new("").await;
    let certificates = tenant(&ground).certificates();
    let guard = certificates.tenant().locks().hold("a", PATIENCE).await.unwrap();
    let token = guard.token();
    ground.fault(FaultRule::new(FaultAction::Refuse));
    tokio::time::timeout(PATIENCE, guard.lost().cancelled()).await.expect("it is told");
    assert!(guard.lease().time_left().is_zero());
    assert!(guard.check().unwrap_err().is_lost());
    let before = ground.emulator().stats().count(Operation::PutObject);
    assert!(guard.store("k", "v").await.unwrap_err().is_lost());
    assert_eq!(ground.emulator().stats().count(Operation::PutObject), before);
    ground.clear_faults();
    // 2.6: nobody came between, so the tenure goes on; that it was in doubt stays told.
    until("a renewal", || guard.check().is_ok()).await;
    assert_eq!((guard.token(), guard.lost().is_cancelled()), (token, true));
    assert_eq!(guard.store("k", "v").await.unwrap(), Written::Once);
    assert_eq!(guard.unlock().await.unwrap(), Unlocked::Released);
}

/// 2.1: who asks often and briefly gets a lock whose log was deleted as soon as one who waits: after the lease's time and 5 s.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_whose_log_was_deleted_is_got_again_by_who_asks_briefly() {
    let ground = Ground::new("").await;
    let (holder, other) = (tenant(&ground).certificates(), tenant(&ground).certificates());
    let lease = holder.tenant().locks().lock("a", PATIENCE).await.unwrap();
    assert!(other.tenant().locks().try_hold("a").await.unwrap_err().is_held());
    // To a storage that keeps its locks elsewhere the log is data.
    let elsewhere = ground.config().locks(LockOptions::new().folder("elsewhere"));
    ground.open(elsewhere).delete("locks/v1/a").await.unwrap();
    let begun = std::time::Instant::now();
    let guard = loop {
        match other.tenant().locks().hold("a", Duration::from_secs(2)).await {
            Ok(guard) => break guard,
            Err(error) => assert!(error.is_held(), "{error}"),
        }
        assert!(begun.elapsed() < PATIENCE, "it is never got");
    };
    assert!(begun.elapsed() >= LEASE + Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(guard.token() > lease.token());
    guard.unlock().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_goes_on_in_the_next_instance() {
    let ground = Ground::new("").await;
    let limits = Limits::default().call_timeout(Duration::from_secs(3));
    let tenant = ENGINE.tenant("test", config(&ground), limits).unwrap();
    let certificates = tenant.certificates();
    let guard = certificates.tenant().locks().hold("a", PATIENCE).await.unwrap();
    ground.fault(FaultRule::new(FaultAction::Delay { ms: 60_000 }).on(Operation::HeadObject));
    assert!(matches!(certificates.exists("slow").await, Err(ossicle::Error::TimedOut { .. })));
    until("the instance's end", || tenant.metrics().retirements.contains_key("call-timed-out")).await;
    assert_eq!(guard.store("k", "v").await.unwrap(), Written::Once);
    guard.renew(Duration::ZERO).await.unwrap();
    tenant.recycle().await;
    let sent = appends(&ground);
    until("a renewal in the background", || appends(&ground) > sent).await;
    guard.check().unwrap();
    assert_eq!(guard.unlock().await.unwrap(), Unlocked::Released);
    assert!(tenant.metrics().instances >= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiters_of_one_process_stand_in_line_and_one_asks() {
    let ground = Ground::new("").await;
    let (certificates, other) = (tenant(&ground).certificates(), tenant(&ground).certificates());
    let held = certificates.tenant().locks().hold("a", PATIENCE).await.unwrap();
    ground.take_counts();
    let mut waiting = Vec::new();
    for number in 0..6 {
        let mut wait = Box::pin(certificates.tenant().locks().hold("a", PATIENCE));
        // The first poll is the place in the line.
        assert!((&mut wait).now_or_never().is_none(), "{number}");
        waiting.push(tokio::spawn(wait));
    }
    assert!(matches!(certificates.tenant().locks().try_hold("a").await, Err(LockError::Held { holder: None, .. })));
    assert!(certificates.tenant().locks().hold("a", Duration::from_millis(50)).await.unwrap_err().is_held());
    let counts: u64 =
        ground.take_counts().into_iter().filter(|(name, _)| name == "GetObject").map(|(_, count)| count).sum();
    assert_eq!(counts, 0, "nobody asks while one of them holds it");
    let mut tokens = vec![held.token()];
    held.unlock().await.unwrap();
    for wait in waiting {
        let guard = wait.await.unwrap().unwrap();
        tokens.push(guard.token());
        guard.unlock().await.unwrap();
    }
    assert!(tokens.is_sorted_by(|one, next| one < next), "first come, first served: {tokens:?}");
    // Held by another process: of six who wait, one asks.
    let lease = other.tenant().locks().lock("a", PATIENCE).await.unwrap();
    let waiting: Vec<_> = (0..6)
        .map(|_| {
            let wait = certificates.tenant().locks().hold("a", PATIENCE);
            tokio::spawn(async move { drop(wait.await.unwrap()) })
        })
        .collect();
    until("a look", || ground.emulator().stats().count(Operation::GetObject) >= 10).await;
    assert!(ground.emulator().stats().in_flight <= 1);
    other.tenant().locks().unlock(&lease).await.unwrap();
    for wait in waiting {
        wait.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_is_dropped_leaves_nothing_behind() {
    let ground = Ground::new("").await;
    let (certificates, other) = (tenant(&ground).certificates(), tenant(&ground).certificates());
    let lease = other.tenant().locks().lock("a", PATIENCE).await.unwrap();
    let wait = tokio::spawn(certificates.tenant().locks().hold("a", PATIENCE));
    until("a look or two", || ground.emulator().stats().count(Operation::GetObject) >= 3).await;
    wait.abort();
    assert!(wait.await.unwrap_err().is_cancelled());
    certificates.tenant().locks().tidied("a").await;
    ground.take_counts();
    assert_eq!(other.tenant().locks().unlock(&lease).await.unwrap(), Unlocked::Released);
    assert!(matches!(state(&other).await, LockState::Free { .. }));
    assert_eq!(ground.get_raw("locks/v1/a").unwrap().len(), 256);
    // One whose request is on its way gives back what it got.
    ground.fault(FaultRule::new(FaultAction::Delay { ms: 500 }).on(Operation::AppendObject).once());
    let wait = tokio::spawn(certificates.tenant().locks().hold("a", PATIENCE));
    until("its request", || ground.emulator().stats().in_flight > 0).await;
    wait.abort();
    drop(wait.await);
    certificates.tenant().locks().tidied("a").await;
    assert!(matches!(state(&other).await, LockState::Free { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_wait_is_no_long_call() {
    let ground = Ground::new("").await;
    let limits = Limits::default().call_timeout(Duration::from_secs(4));
    let waiter = ENGINE.tenant("test", config(&ground), limits).unwrap();
    let other = tenant(&ground).certificates();
    let held = other.tenant().locks().hold("a", PATIENCE).await.unwrap();
    let wait = tokio::spawn(waiter.locks().hold("a", PATIENCE));
    until("several pieces", || waiter.metrics().calls.get(&("lock", "ok")).is_some_and(|pieces| *pieces >= 3)).await;
    held.unlock().await.unwrap();
    wait.await.unwrap().unwrap().unlock().await.unwrap();
    assert!(!waiter.metrics().retirements.contains_key("call-timed-out"));
}

/// A write of which nobody knows whether it will be taken: the release waits until it can't be, whatever became of the
/// instance that sent it.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_waits_for_open_writes() {
    let of_one_attempt = async {
        let (ground, tenant, guard) = with_lost_answers(1).await;
        let Err(LockError::Failed(error)) = guard.store("k", "v").await else { panic!("the write was answered") };
        assert_eq!(error.kind(), Some(ErrorKind::Unavailable));
        release_after_a_write(&ground, &tenant, guard, 1).await;
    };
    let of_two = async {
        let (ground, tenant, guard) = with_lost_answers(2).await;
        assert_eq!(guard.store("k", "v").await.unwrap(), Written::PerhapsAgain);
        release_after_a_write(&ground, &tenant, guard, 2).await;
    };
    tokio::join!(of_one_attempt, of_two);
}

/// A lock that is held where writes are taken and their answers lost.
async fn with_lost_answers(attempts: u8) -> (Ground, Tenant, LockGuard) {
    let ground = Ground::new("").await;
    let tenant = ENGINE.tenant("test", config(&ground).attempts(attempts), Limits::default()).unwrap();
    let guard = tenant.locks().hold("a", PATIENCE).await.unwrap();
    ground.lose_answers(Operation::PutObject);
    (ground, tenant, guard)
}

async fn release_after_a_write(ground: &Ground, tenant: &Tenant, guard: LockGuard, sent: u64) {
    assert_eq!(ground.emulator().stats().count(Operation::PutObject), sent, "and no copy more");
    tenant.recycle().await;
    let written_at = std::time::Instant::now();
    assert_ne!(guard.unlock().await.unwrap(), Unlocked::Lost);
    // The lease's time and the slack, less what passed before the write.
    assert!(written_at.elapsed() >= LEASE, "{:?}", written_at.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn by_name_alone() {
    let ground = Ground::new("").await;
    let (locker, other) = (tenant(&ground).locks().locker(), tenant(&ground).locks().locker());
    locker.lock("a").await.unwrap();
    assert!(!locker.try_lock("a").await.unwrap() && !other.try_lock("a").await.unwrap());
    assert!(other.try_lock("b").await.unwrap());
    locker.renew_lock_lease("a", Duration::from_secs(30 * 86_400)).await.unwrap();
    for error in [
        other.renew_lock_lease("a", Duration::ZERO).await.unwrap_err(),
        other.unlock("a").await.unwrap_err(),
        locker.unlock("never locked").await.unwrap_err(),
    ] {
        assert!(matches!(error, LockError::NotHeld { .. }), "{error}");
    }
    let waiting = tokio::spawn({
        let other = other.clone();
        async move { other.lock("a").await }
    });
    assert_eq!(locker.unlock("a").await.unwrap(), Unlocked::Released);
    assert!(matches!(locker.unlock("a").await, Err(LockError::NotHeld { .. })));
    waiting.await.unwrap().unwrap();
    assert!(other.unlock_all().await.is_empty());
    assert!(locker.try_lock("a").await.unwrap() && locker.try_lock("b").await.unwrap());
    // Lost, and told by the renewal.
    let operator = tenant(&ground).certificates();
    let LockState::Held(holder) = state(&operator).await else { panic!("it is held") };
    operator.tenant().locks().break_lock("a", holder.token).await.unwrap();
    assert!(locker.renew_lock_lease("a", Duration::ZERO).await.unwrap_err().is_lost());
    assert_eq!(locker.unlock("a").await.unwrap(), Unlocked::Lost);
}
