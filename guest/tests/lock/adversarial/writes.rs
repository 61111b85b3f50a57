//! Writes under a lease.

use bytes::Bytes;
use ossicle_guest::error::ErrorKind;
use ossicle_guest::lock::{Unlocked, Written};
use ossicle_guest::ports::TransportErrorKind;

use crate::oss::{EPOCH, Reply, SECOND, Versioning};
use crate::peer::*;
use crate::world::{Copy, Fate, HALF, World};

fn value(world: &World, key: &str) -> Option<Vec<u8>> {
    world.oss(|oss| oss.objects.get(key).map(|object| object.data.clone()))
}

#[test]
fn writes_and_deletes_under_a_lease() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        world.run_until(5 * SECOND);
        let lease = peer.lock(0).unwrap();
        let window = lease.window().unwrap();
        assert!(window.from <= EPOCH + 5 && window.from >= EPOCH + 2 && window.seconds == 55);
        world.sent();
        assert_eq!(peer.store_under(&lease, "d/k", "v"), Ok(Written::Once));
        assert_eq!(world.sent(), ["guarded PUT d/k"]);
        assert_eq!(value(world, "d/k").unwrap(), b"v");
        let held = lease.clone();
        peer.run(async move |storage| storage.delete_under(&held, "d").await).unwrap();
        assert!(value(world, "d/k").is_none());
        assert_eq!(
            failure(peer.store_under(&lease, "locks/v1/x", "v")).kind,
            ErrorKind::InvalidKey,
            "locks are no data"
        );
        assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
    });
}

#[test]
fn a_create_under_a_lease() {
    let world = &World::new(1, Versioning::Never);
    let peer = Peer::new(world);
    world.run_until(5 * SECOND);
    let lease = peer.lock(0).unwrap();
    let create = |key: &'static str| {
        let held = lease.clone();
        peer.run(async move |site| site.certificates().create_under(&held, key, Bytes::from("v")).await)
    };
    assert_eq!(create("k"), Ok(Written::Once));
    world.sent();
    assert_eq!(failure(create("k")).kind, ErrorKind::Conflict);
    assert_eq!(world.sent(), ["guarded PUT k"]);
    // The answer is lost, and it finds its own.
    script(world, [Fate::unanswered()]);
    assert_eq!(create("l"), Ok(Written::PerhapsAgain));
    assert_eq!(world.sent(), ["guarded PUT l", "guarded PUT l", "HEAD l"]);
    // Another's stands there: whose it was at first can't be known.
    script(world, [Fate::unanswered()]);
    let taken = failure(create("k"));
    assert!(taken.kind == ErrorKind::Conflict && taken.undecided);
    world.run_until(100 * SECOND);
    assert!(is_lost(&create("m")));
    assert!(value(world, "m").is_none());
}

#[test]
fn test_15_a_write_beyond_the_deadline_is_refused() {
    on_every_bucket(|world| {
        let (peer, other) = (Peer::new(world), Peer::new(world));
        let lease = peer.lock(0).unwrap();
        peer.store_under(&lease, "k", "old").unwrap();
        // It is on its way for 70 s.
        script(world, [Fate::of(Copy { arrives: 70 * SECOND, answers: Some(HALF), ..Copy::default() })]);
        let held = lease.clone();
        let write = peer.start(async move |storage| storage.store_under(&held, "k", Bytes::from("late")).await);
        world.run_until(66 * SECOND);
        let taken = other.lock(0).unwrap();
        other.store_under(&taken, "k", "new").unwrap();
        world.run_until(200 * SECOND);
        assert_eq!(value(world, "k").unwrap(), b"new");
        assert!(write.borrow().as_ref().unwrap().is_err());
        // Also when the holder does not know better.
        world.sent();
        assert!(is_lost(&peer.store_under(&lease, "k", "later")));
        assert_eq!(world.sent().len(), 1);
        assert_eq!(value(world, "k").unwrap(), b"new");
    });
}

#[test]
fn renewals_give_writes_more_time() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let first = peer.lock(0).unwrap();
        world.run_until(40 * SECOND);
        let second = peer.renew(&first).unwrap();
        world.run_until(80 * SECOND);
        assert!(is_lost(&peer.store_under(&first, "k", "v")));
        peer.store_under(&second, "k", "v").unwrap();
        // A renewal whose answer is lost as well.
        script(world, [Fate::unanswered()]);
        let third = peer.renew(&second).unwrap();
        assert_eq!(third.window().unwrap().from, EPOCH + 80);
    });
}

#[test]
fn test_16_a_release_waits_for_open_writes() {
    on_every_bucket(|world| {
        let (peer, other) = (Peer::new(world), Peer::new(world));
        let lease = peer.lock(0).unwrap();
        let lost = || Fate {
            copies: vec![Copy { arrives: 40 * SECOND, ..Copy::default() }],
            fails: Some((HALF, TransportErrorKind::Broken)),
        };
        script(world, [lost(), lost(), lost()]);
        assert_eq!(failure(peer.store_under(&lease, "k", "v")).kind, ErrorKind::Unavailable);
        let released = peer.start_unlock(&lease);
        world.run_until(50 * SECOND);
        assert!(released.borrow().is_none() && is_held_error(&other.try_lock()));
        assert_eq!(value(world, "k").unwrap(), b"v", "it did land");
        world.run_until(63 * SECOND);
        assert_eq!(released.take().unwrap(), Ok(Unlocked::Released));
    });
}

#[test]
fn test_16_an_answer_to_a_repeat_does_not_close_the_first() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let lease = peer.lock(0).unwrap();
        script(world, [Fate::late(40 * SECOND)]);
        assert_eq!(peer.store_under(&lease, "k", "v"), Ok(Written::PerhapsAgain));
        let released = peer.start_unlock(&lease);
        world.run_until(50 * SECOND);
        assert!(released.borrow().is_none());
        world.run_until(63 * SECOND);
        assert_eq!(released.take().unwrap(), Ok(Unlocked::Released));
        // That a repeat is refused says nothing of the first.
        let lease = peer.lock(0).unwrap();
        script(world, [Fate::late(40 * SECOND), Fate::instead(Reply::error(403, "AccessDenied"))]);
        let error = failure(peer.store_under(&lease, "k", "v"));
        assert!(error.kind == ErrorKind::AccessDenied && error.undecided, "{error}");
        assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
        // A dropped write is open as well.
        let lease = peer.lock(0).unwrap();
        let (storage, held) = (peer.storage.clone(), lease.clone());
        let call = world.spawn(&peer.node, async move {
            drop(storage.store_under(&held, "k", Bytes::from("w")).await);
        });
        world.step();
        world.kill(call);
        let begun = world.now();
        assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
        assert!(world.now() >= begun + 57 * SECOND);
    });
}
