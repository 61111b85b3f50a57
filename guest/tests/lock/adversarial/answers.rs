//! Answers that are lost, late or doubled.

use std::time::Duration;

use ossicle_guest::lock::{RecordKind, Unlocked};
use ossicle_guest::ports::TransportErrorKind;

use crate::oss::SECOND;
use crate::peer::*;
use crate::world::{Copy, Fate, HALF};

#[test]
fn test_1_requests() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let lease = peer.lock(0).unwrap();
        assert_eq!(world.sent().len(), 2, "cold");
        assert!(!lease.taken_over && lease.token >= 1_780_000_000_000);
        let renewed = peer.renew(&lease).unwrap();
        assert_eq!(world.sent().len(), 1, "renewal");
        assert!(renewed.deadline > lease.deadline && renewed.token == lease.token);
        assert_eq!(peer.unlock(&renewed), Ok(Unlocked::Released));
        assert_eq!(world.sent().len(), 1, "release");
        let again = peer.lock(0).unwrap();
        assert_eq!(world.sent().len(), 1, "warm");
        assert!(again.token > lease.token);
        assert_eq!(peer.unlock(&again), Ok(Unlocked::Released));
        assert_eq!(kinds(world), "ANLAL");
        // Another instance knows nothing and needs nothing.
        let other = Peer::new(world);
        world.sent();
        let lease = other.lock(0).unwrap();
        assert_eq!(world.sent().len(), 2);
        assert_eq!(peer.renew(&lease).unwrap().token, lease.token, "any instance can renew");
        assert_eq!(Peer::new(world).unlock(&lease), Ok(Unlocked::Released), "and release, even an older lease value");
    });
}

#[test]
fn a_warm_start_that_is_wrong_goes_cold() {
    on_every_bucket(|world| {
        let (peer, other) = (Peer::new(world), Peer::new(world));
        let lease = peer.lock(0).unwrap();
        peer.unlock(&lease).unwrap();
        let theirs = other.lock(0).unwrap();
        world.sent();
        assert!(is_held_error(&peer.try_lock()));
        assert_eq!(world.sent().len(), 2);
        other.unlock(&theirs).unwrap();
        assert!(peer.lock(0).unwrap().token > theirs.token);
    });
}

#[test]
fn test_6_the_answer_to_an_acquire_is_lost() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        script(world, [Fate::fine(), Fate::unanswered()]);
        let lease = peer.lock(0).unwrap();
        // Read, append, read: found out without waiting. The lease counts from the first sending.
        assert_eq!((world.sent().len(), kinds(world).as_str()), (3, "A"));
        assert_eq!(lease.deadline, Duration::from_micros(2 * HALF) + secs(55));
        assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
    });
}

#[test]
fn test_7_the_acquire_lands_after_the_look() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        // The look at 20 ms finds nothing; the repeat is refused, for the first lands at 45 ms.
        script(world, [Fate::fine(), Fate::late(4 * HALF + HALF / 2)]);
        let lease = peer.lock(0).unwrap();
        assert_eq!(kinds(world), "A");
        assert_eq!(lease.deadline, Duration::from_micros(2 * HALF) + secs(55));
        assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
        // And so when the first is lost and the repeat lands.
        script(world, [Fate::lost()]);
        let again = peer.lock(0).unwrap();
        assert_eq!((kinds(world).as_str(), log(world)[2].nonce), ("ALA", again.mark.nonce));
    });
}

#[test]
fn test_8_a_repeat_by_something_on_the_way() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        // Only the answer to the second copy comes back: 409 for what we did ourselves.
        let twice = || Fate {
            copies: vec![
                Copy { arrives: HALF, ..Copy::default() },
                Copy { arrives: 2 * HALF, answers: Some(HALF), ..Copy::default() },
            ],
            fails: None,
        };
        script(world, [Fate::fine(), twice()]);
        let lease = peer.lock(0).unwrap();
        script(world, [twice()]);
        let lease = peer.renew(&lease).unwrap();
        script(world, [twice()]);
        assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
        assert_eq!(kinds(world), "ANL");
    });
}

#[test]
fn test_9_renewals_and_releases_without_an_answer() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let first = peer.lock(0).unwrap();
        let mut lease = first.clone();
        for fate in [Fate::unanswered(), Fate::lost(), Fate::late(4 * HALF + HALF / 2)] {
            script(world, [fate]);
            let before = peer.node.clock();
            lease = peer.renew(&lease).unwrap();
            assert_eq!(lease.deadline, Duration::from_micros(before) + secs(55), "from the first sending");
        }
        peer.renew(&first).unwrap();
        assert_eq!(kinds(world), "ANNNN", "an older value of the lease renews as well");
        peer.unlock(&lease).unwrap();
        for fate in [Fate::unanswered(), Fate::lost(), Fate::late(4 * HALF + HALF / 2)] {
            let lease = peer.lock(60).unwrap();
            script(world, [fate]);
            assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
        }
        assert!(kinds(world).ends_with("ALALAL"), "{}", kinds(world));
    });
}

#[test]
fn test_9_a_late_renewal_before_the_release() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let lease = peer.lock(0).unwrap();
        // The renewal is given up as unreachable and lands while the release is on its way.
        let silent = |_: &crate::oss::Request, _| Fate {
            copies: vec![Copy { arrives: 25 * SECOND, ..Copy::default() }],
            fails: Some((HALF, TransportErrorKind::Broken)),
        };
        world.set_fate(silent);
        assert!(failure(peer.renew(&lease)).retryable);
        let (now, node) = (world.now(), peer.node.clone());
        script(world, [Fate::late(20 * SECOND)]);
        let released = peer.start_unlock(&lease);
        world.run_until(now + 60 * SECOND);
        let kinds = kinds(world);
        assert!(released.borrow().as_ref().unwrap() == &Ok(Unlocked::Released), "{kinds}");
        assert!(kinds.ends_with('L') && node.clock() > 0, "{kinds}");
    });
}

#[test]
fn test_10_a_late_acquire_of_a_dropped_call() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        script(world, [Fate::fine(), Fate::of(Copy { arrives: 3 * SECOND, ..Copy::default() })]);
        let call = peer.node.world().spawn(&peer.node, {
            let storage = peer.storage.clone();
            async move { drop(storage.lock(NAME, secs(9)).await) }
        });
        world.run_until(SECOND);
        world.kill(call);
        world.run_until(4 * SECOND);
        assert_eq!(kinds(world), "A");
        // The next call of the same instance does not take the tenure for its own: it ends it and begins one.
        let lease = peer.lock(0).unwrap();
        assert_eq!(kinds(world), "ALA");
        assert_eq!((log(world)[2].token, log(world)[2].nonce), (lease.token, lease.mark.nonce));
        assert!(lease.token > log(world)[0].token);
        peer.unlock(&lease).unwrap();
    });
    // Another instance waits for its time to pass.
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        script(world, [Fate::fine(), Fate::of(Copy { arrives: 3 * SECOND, ..Copy::default() })]);
        let storage = peer.storage.clone();
        let call = world.spawn(&peer.node, async move { drop(storage.lock(NAME, secs(9)).await) });
        world.run_until(SECOND);
        world.kill(call);
        world.run_until(4 * SECOND);
        let other = Peer::new(world);
        assert!(is_held_error(&other.try_lock()));
        // Unless the first releases what it left.
        assert_eq!(peer.run(async |storage| storage.release_abandoned().await), Ok(()));
        assert_eq!(kinds(world), "AL");
        other.lock(0).unwrap();
    });
}

#[test]
fn test_11_a_late_release_of_an_earlier_tenure() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let first = peer.lock(0).unwrap();
        // Two copies of the release: the second arrives while the next tenure holds.
        script(
            world,
            [Fate {
                copies: vec![
                    Copy { arrives: HALF, answers: Some(HALF), ..Copy::default() },
                    Copy { arrives: 5 * SECOND, ..Copy::default() },
                ],
                fails: None,
            }],
        );
        peer.unlock(&first).unwrap();
        let second = peer.lock(0).unwrap();
        world.run_until(10 * SECOND);
        assert_eq!(kinds(world), "ALA");
        assert_eq!(peer.unlock(&first), Ok(Unlocked::AlreadyGone));
        assert_eq!(peer.unlock(&second), Ok(Unlocked::Released));
    });
}

#[test]
fn test_13_unlocks_that_need_none() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let lease = peer.lock(0).unwrap();
        assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
        assert_eq!(peer.unlock(&lease), Ok(Unlocked::AlreadyGone));
        let other = peer.lock(0).unwrap();
        peer.unlock(&other).unwrap();
        let between = peer.lock(0).unwrap();
        assert_eq!(peer.unlock(&lease), Ok(Unlocked::AlreadyGone));
        assert!(is_lost(&peer.renew(&lease)));
        // A dropped release may or may not have happened; the next one says which.
        let storage = peer.storage.clone();
        let dropped = between.clone();
        let call = world.spawn(&peer.node, async move { drop(storage.unlock(&dropped).await) });
        world.step();
        world.kill(call);
        world.run_until(world.now() + SECOND);
        assert_eq!(peer.unlock(&between), Ok(Unlocked::AlreadyGone));
        assert_eq!(log(world).last().unwrap().kind, RecordKind::Release);
        assert_eq!(peer.unlock(&lease), Ok(Unlocked::AlreadyGone));
    });
}

#[test]
fn test_31_dropped_while_waiting() {
    on_every_bucket(|world| {
        let (holder, waiter) = (Peer::new(world), Peer::new(world));
        let lease = holder.lock(0).unwrap();
        let storage = waiter.storage.clone();
        let call = world.spawn(&waiter.node, async move { drop(storage.lock(NAME, secs(100)).await) });
        world.run_until(20 * SECOND);
        world.kill(call);
        world.sent();
        world.run_until(40 * SECOND);
        assert_eq!(world.sent().len(), 0, "nothing is left behind");
        assert_eq!(holder.unlock(&lease), Ok(Unlocked::Released));
        assert_eq!(kinds(world), "AL");
    });
}

#[test]
fn test_31_waits_that_are_ended() {
    on_every_bucket(|world| {
        let (holder, waiter) = (Peer::new(world), Peer::new(world));
        let lease = holder.lock(0).unwrap();
        let (first, second) = (waiter.start_lock(100), waiter.start_lock(100));
        world.run_until(20 * SECOND);
        waiter.run(async |storage| storage.stop_waiting("another"));
        assert!(first.borrow().is_none());
        waiter.run(async |storage| storage.stop_waiting(NAME));
        world.run_until(21 * SECOND);
        for ended in [first, second] {
            assert!(is_held_error(&ended.take().unwrap()));
        }
        world.sent();
        world.run_until(40 * SECOND);
        assert_eq!(world.sent().len(), 0, "nothing goes on");
        assert_eq!(holder.unlock(&lease), Ok(Unlocked::Released));
        // One whose request is on its way ends the tenure that this begins.
        let slow = Copy { arrives: HALF, answers: Some(4 * SECOND), ..Copy::default() };
        script(world, [Fate::fine(), Fate::of(slow)]);
        let late = waiter.start_lock(100);
        world.run_until(41 * SECOND);
        waiter.run(async |storage| storage.stop_waiting(NAME));
        world.run_until(60 * SECOND);
        assert!(is_held_error(&late.take().unwrap()));
        assert_eq!(kinds(world), "ALAL");
        assert!(holder.try_lock().is_ok());
    });
}
