//! Locks: what every flavour does, between two processes that know nothing of each other.

use std::time::Duration;

use ossicle::{ErrorKind, Unlocked, Written};

use crate::ground::BUCKET;
use crate::locking::{Leased as _, LockFailed, Locking, State};
use crate::{CertStorage, Ground};

const NOW: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_secs(60);
/// A lease of a minute, the grace, and what the emulator's clock may round away.
const OVER: u64 = 67;

/// A lease from its begin to its end.
pub async fn life_of_a_lease(one: &impl Locking, other: &impl Locking, ground: &Ground) {
    let name = "issue_cert_*.example.com";
    assert!(matches!(one.inspect(name).await.unwrap(), (_, 0, State::Free(0))));
    let lease = one.lock(name, NOW).await.unwrap();
    assert!(!lease.is_taken_over());
    let left = one.time_left(&lease);
    assert!(left > Duration::from_secs(10) && left <= Duration::from_secs(55), "{left:?}");
    let (object, length, state) = other.inspect(name).await.unwrap();
    assert_eq!(ground.acl(&object).as_deref(), Some("private"), "1.10");
    assert_eq!((object, length), (format!("{}locks/v1/issue_cert_=2A.example.com", ground.root()), 128));
    let State::Held(token, owner) = state else { panic!("{state:?}") };
    assert_eq!((token, owner.len()), (lease.token(), 24));
    assert!(matches!(other.try_lock(name).await, Err(LockFailed::Held(Some(token))) if token == lease.token()));
    assert!(matches!(other.lock(name, Duration::from_millis(300)).await, Err(LockFailed::Held(_))));
    // Thirty days are met by renewing again.
    let month = Duration::from_secs(30 * 86_400);
    let renewed = one.renew(&lease, month).await.unwrap();
    assert_eq!(renewed.token(), lease.token());
    let left = one.time_left(&renewed);
    assert!(left > Duration::from_secs(10) && left <= Duration::from_secs(55), "{left:?}");
    // A lease is a plain value: another storage renews and releases it.
    assert_eq!(one.unlock(&renewed).await.unwrap(), Unlocked::Released);
    assert_eq!(one.unlock(&renewed).await.unwrap(), Unlocked::AlreadyGone);
    assert!(matches!(one.renew(&renewed, NOW).await, Err(LockFailed::Lost)));
    let next = other.lock(name, LONG).await.unwrap();
    assert!(next.token() > lease.token() && !next.is_taken_over());
    assert_eq!(one.unlock(&lease).await.unwrap(), Unlocked::Lost);
    assert_eq!(other.unlock(&next).await.unwrap(), Unlocked::Released);
    let (_, _, state) = one.inspect(name).await.unwrap();
    assert_eq!(state, State::Free(next.token()));
}

/// Who waits gets the lock when it is released.
pub async fn a_wait(one: &impl Locking, other: &impl Locking, _: &Ground) {
    let held = one.lock("a", NOW).await.unwrap();
    let waiting = other.lock("a", LONG);
    let releasing = async {
        // It may wait already, or not yet: it is all the same.
        tokio::time::sleep(Duration::from_millis(100)).await;
        one.unlock(&held).await.unwrap()
    };
    let (got, released) = futures_util::future::join(waiting, releasing).await;
    assert_eq!(released, Unlocked::Released);
    assert!(got.unwrap().token() > held.token());
}

/// OSS's clock alone decides what is over, for takeovers and for writes.
pub async fn takeover_and_guarded_writes(one: &impl Locking, other: &impl Locking, ground: &Ground) {
    let stored = || ground.get_raw(&format!("{}k", ground.root()));
    let lease = one.lock("a", NOW).await.unwrap();
    assert_eq!(one.store_under(&lease, "k", b"first").await.unwrap(), Written::Once);
    assert_eq!(stored().unwrap(), "first");
    assert!(matches!(other.try_lock("a").await, Err(LockFailed::Held(_))));
    ground.advance_clock(OVER);
    assert_eq!(one.inspect("a").await.unwrap().2, State::Expired(lease.token()));
    let taken = other.try_lock("a").await.unwrap();
    assert!(taken.is_taken_over() && taken.token() > lease.token());
    // The first holder does not know yet. OSS does.
    ground.take_counts();
    assert!(matches!(one.store_under(&lease, "k", b"late").await, Err(LockFailed::Lost)));
    assert!(matches!(one.delete_under(&lease, "k").await, Err(LockFailed::Lost)));
    assert_eq!(stored().unwrap(), "first");
    assert_eq!(other.store_under(&taken, "k", b"second").await.unwrap(), Written::Once);
    assert!(matches!(one.renew(&lease, NOW).await, Err(LockFailed::Lost)));
    assert_eq!(one.unlock(&lease).await.unwrap(), Unlocked::Lost);
    assert_eq!(stored().unwrap(), "second");
    assert_eq!(other.delete_under(&taken, "k").await.unwrap(), Written::Once);
    assert_eq!(stored(), None);
    assert_eq!(other.unlock(&taken).await.unwrap(), Unlocked::Released);
}

/// A lease that has run out, but that nobody took over, can still be renewed.
pub async fn renewed_late(one: &impl Locking, other: &impl Locking, ground: &Ground) {
    let lease = one.lock("a", NOW).await.unwrap();
    ground.advance_clock(OVER);
    let renewed = one.renew(&lease, NOW).await.unwrap();
    assert_eq!(renewed.token(), lease.token());
    assert!(matches!(other.try_lock("a").await, Err(LockFailed::Held(Some(_)))));
    assert_eq!(one.store_under(&renewed, "k", b"v").await.unwrap(), Written::Once);
    assert_eq!(one.unlock(&renewed).await.unwrap(), Unlocked::Released);
}

/// An operator ends the tenure that was seen, and no other.
pub async fn breaking(one: &impl Locking, other: &impl Locking, ground: &Ground) {
    let lease = one.lock("a", NOW).await.unwrap();
    let wrong = other.break_lock("a", lease.token() - 1).await.unwrap_err().failed();
    assert!(wrong.is(ErrorKind::Conflict) && wrong.text.contains(&lease.token().to_string()), "{}", wrong.text);
    assert!(other.break_lock("a", lease.token()).await.unwrap());
    assert!(!other.break_lock("a", lease.token()).await.unwrap());
    let next = other.try_lock("a").await.unwrap();
    assert!(next.token() > lease.token());
    assert!(matches!(one.renew(&lease, NOW).await, Err(LockFailed::Lost)));
    assert_eq!(one.unlock(&lease).await.unwrap(), Unlocked::Lost);
    assert_eq!(other.unlock(&next).await.unwrap(), Unlocked::Released);
    // A log whose end is no record: held by nobody knows whom, until it is broken.
    let object = format!("{}locks/v1/a", ground.root());
    let mut damaged = ground.get_raw(&object).unwrap().to_vec();
    *damaged.last_mut().unwrap() = b'?';
    ground.append_raw(&object, &damaged).await;
    assert_eq!(one.inspect("a").await.unwrap().2, State::Unreadable);
    assert!(one.try_lock("a").await.unwrap_err().failed().is(ErrorKind::Corrupt));
    assert!(one.break_lock("a", 0).await.unwrap());
    let lease = one.try_lock("a").await.unwrap();
    assert!(lease.token() > next.token());
}

/// Locks are no data, and data is no lock.
pub async fn apart_from_data(locks: &impl Locking, data: &impl CertStorage, ground: &Ground) {
    let lease = locks.lock("a", NOW).await.unwrap();
    data.store("a", b"data of the same name").await.unwrap();
    data.store("a.lock", b"data").await.unwrap();
    data.store("locks2/x", b"data").await.unwrap();
    assert_eq!(data.list("", true).await.unwrap(), ["a", "a.lock", "locks2", "locks2/x"]);
    assert_eq!(data.list("", false).await.unwrap(), ["a", "a.lock", "locks2"]);
    let before = ground.requests();
    for key in ["locks", "locks/v1", "locks/v1/a", "/locks//v1/a/", "./locks"] {
        let refused = |failed: crate::Failed| assert!(failed.is(ErrorKind::InvalidKey), "{key}: {}", failed.text);
        refused(data.store(key, b"x").await.unwrap_err());
        refused(data.load(key).await.unwrap_err());
        refused(data.delete(key).await.unwrap_err());
        refused(data.exists(key).await.unwrap_err());
        refused(data.stat(key).await.unwrap_err());
        refused(data.list(key, true).await.unwrap_err());
        refused(locks.store_under(&lease, key, b"x").await.unwrap_err().failed());
    }
    assert_eq!(ground.requests(), before, "nothing was sent");
    for key in data.list("", false).await.unwrap() {
        data.delete(&key).await.unwrap();
    }
    assert_eq!(ground.keys_below(""), ["locks/v1/a"]);
    assert_eq!(locks.unlock(&lease).await.unwrap(), Unlocked::Released);
}

/// Any string is a name, and no two share a lock.
pub async fn names(one: &impl Locking, other: &impl Locking, ground: &Ground) {
    let long = "é".repeat(2000);
    let names =
        ["", " ", "a", "A", "a/b", "a//b", "..", "=", "%2F", "issue_cert_[::1]", "测试", "\0\n", "\u{202e}", &long];
    let mut leases = Vec::new();
    for name in names {
        leases.push(one.try_lock(name).await.unwrap());
    }
    assert_eq!(ground.keys_below("locks/v1/").len(), names.len());
    for name in names {
        assert!(matches!(other.try_lock(name).await, Err(LockFailed::Held(_))), "{name:?}");
    }
    for lease in leases {
        assert_eq!(one.unlock(&lease).await.unwrap(), Unlocked::Released);
    }
}

/// What stands in a lock's place is named and left alone.
pub async fn foreign_objects(one: &impl Locking, other: &impl Locking, ground: &Ground) {
    let object = format!("{}locks/v1/a", ground.root());
    ground.put_raw(&object, b"somebody's");
    for failed in [
        one.try_lock("a").await.unwrap_err().failed(),
        one.lock("a", LONG).await.unwrap_err().failed(),
        other.inspect("a").await.unwrap_err().failed(),
        other.break_lock("a", 0).await.unwrap_err().failed(),
    ] {
        assert!(failed.is(ErrorKind::Conflict) && failed.text.contains(&object), "{}", failed.text);
    }
    assert_eq!(ground.get_raw(&object).unwrap(), "somebody's");
}

/// Requests: 2 for a lock that is got anew, 1 when it was released here last; 1 to renew, to release, to write.
pub async fn requests(one: &impl Locking, other: &impl Locking, ground: &Ground) {
    let count = |what: &str, expected: &[(&str, u64)]| {
        let expected: Vec<_> = expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        assert_eq!(ground.take_counts(), expected, "{what}");
    };
    ground.take_counts();
    let lease = one.lock("a", LONG).await.unwrap();
    count("a lock that nobody ever had", &[("AppendObject", 1), ("GetObject", 1)]);
    let lease = one.renew(&lease, NOW).await.unwrap();
    count("a renewal", &[("AppendObject", 1)]);
    one.store_under(&lease, "k", b"v").await.unwrap();
    count("a write", &[("PutObject", 1)]);
    one.unlock(&lease).await.unwrap();
    count("a release", &[("AppendObject", 1)]);
    let lease = one.lock("a", LONG).await.unwrap();
    count("a lock that was released here", &[("AppendObject", 1)]);
    assert!(matches!(other.try_lock("a").await, Err(LockFailed::Held(_))));
    count("a lock that is held", &[("GetObject", 1)]);
    other.inspect("a").await.unwrap();
    count("a look", &[("GetObject", 1)]);
    one.unlock(&lease).await.unwrap();
    ground.take_counts();
    let lease = other.lock("a", LONG).await.unwrap();
    count("a lock that another released", &[("AppendObject", 1), ("GetObject", 1)]);
    one.break_lock("a", lease.token()).await.unwrap();
    count("to break it", &[("AppendObject", 1), ("GetObject", 1)]);
}

/// An answer that is lost on its way is no reason to wait for oneself.
pub async fn answers_that_are_lost(one: &impl Locking, other: &impl Locking, ground: &Ground) {
    ground.lose_answers(ossicle_emulator::Operation::AppendObject);
    let lease = one.lock("a", LONG).await.unwrap();
    ground.lose_answers(ossicle_emulator::Operation::AppendObject);
    let lease = one.renew(&lease, NOW).await.unwrap();
    ground.lose_answers(ossicle_emulator::Operation::AppendObject);
    assert_eq!(one.unlock(&lease).await.unwrap(), Unlocked::Released);
    assert_eq!(ground.get_raw(&format!("{}locks/v1/a", ground.root())).unwrap().len(), 3 * 128, "no record twice");
    assert!(other.try_lock("a").await.unwrap().token() > lease.token());
}

/// 5: a log that somebody deleted. On a versioned bucket a delete marker stands in its place, and a new log begins behind
/// it as it does where there is nothing. Tokens go on rising.
pub async fn a_log_that_was_deleted(one: &impl Locking, other: &impl Locking, ground: &Ground) {
    let before = one.lock("a", NOW).await.unwrap();
    assert_eq!(one.unlock(&before).await.unwrap(), Unlocked::Released);
    let object = format!("{}locks/v1/a", ground.root());
    ground.emulator().bucket(BUCKET).remove_raw(&object);
    assert_eq!(ground.get_raw(&object), None);
    ground.advance_clock(2);
    // Who has never seen the log finds a lock that nobody ever held.
    let lease = other.try_lock("a").await.unwrap();
    assert!(lease.token() > before.token() && !lease.is_taken_over());
    assert!(matches!(other.inspect("a").await.unwrap(), (_, 128, State::Held(token, _)) if token == lease.token()));
    // Who has seen it believes nothing of a shorter one for a while: its holder may still be there.
    assert!(matches!(one.try_lock("a").await, Err(LockFailed::Held(_))));
    let renewed = other.renew(&lease, NOW).await.unwrap();
    assert_eq!(other.store_under(&renewed, "k", b"v").await.unwrap(), Written::Once);
    assert_eq!(other.unlock(&renewed).await.unwrap(), Unlocked::Released);
    assert_eq!(ground.get_raw(&object).unwrap().len(), 384);
}
