//! Several calls of one instance at once, and what its calls learn from each other.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use ossicle_guest::lock::{Unlocked, Written};
use ossicle_guest::ports::TransportErrorKind;

use crate::oss::{Reply, SECOND};
use crate::peer::*;
use crate::world::{Copy, Fate, HALF, World};

/// A request that never arrives and whose connection breaks only much later.
fn hangs() -> Fate {
    Fate { copies: Vec::new(), fails: Some((300 * SECOND, TransportErrorKind::Broken)) }
}

/// 2.2: `lock` and `try-lock` draw the same token for the same place, and the first is given up.
#[test]
fn an_abandoned_call_leaves_the_tenure_of_another_call_alone() {
    for (is_dropped, renewals) in [(false, 0), (false, 2), (true, 0), (true, 1)] {
        on_every_bucket(|world| {
            let peer = Peer::new(world);
            script(world, [Fate::fine(), hangs()]);
            let storage = peer.storage.clone();
            let call = world.spawn(&peer.node, async move { drop(storage.lock(NAME, secs(9)).await) });
            world.run_until(SECOND / 2);
            let mut lease = peer.try_lock().unwrap();
            for _ in 0..renewals {
                lease = peer.renew(&lease).unwrap();
            }
            if is_dropped {
                world.kill(call);
                assert_eq!(peer.run(async |storage| storage.release_abandoned().await), Ok(()));
            } else {
                peer.run(async |storage| storage.stop_waiting(NAME));
            }
            world.run_until(5 * SECOND);
            assert_eq!(kinds(world), format!("A{}", "N".repeat(renewals)));
            assert!(is_held_error(&Peer::new(world).try_lock()));
            assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
        });
    }
}

/// 2.2: a call whose renewal is in doubt, because its lease ran out before it heard of it, leaves no tenure standing.
#[test]
fn a_call_given_up_while_it_renews_releases_what_it_began() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let unheard = Fate {
            copies: vec![Copy { arrives: HALF, ..Copy::default() }],
            fails: Some((58 * SECOND, TransportErrorKind::Broken)),
        };
        script(world, [Fate::fine(), unheard, Fate::fine(), hangs()]);
        let call = peer.start_lock(200);
        world.run_until(59 * SECOND);
        peer.run(async |storage| storage.stop_waiting(NAME));
        world.run_until(60 * SECOND);
        assert!(is_held_error(&call.take().unwrap()));
        assert_eq!(kinds(world), "AL");
    });
}

/// 2.2: a write that is begun while its lease is being released could be taken after others have the lock.
#[test]
fn no_write_is_sent_once_the_release_has_begun() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let lease = peer.lock(0).unwrap();
        script(world, [Fate::of(Copy { arrives: SECOND, answers: Some(SECOND), ..Copy::default() })]);
        let released = peer.start_unlock(&lease);
        world.run_until(SECOND / 2);
        world.sent();
        assert!(is_lost(&peer.store_under(&lease, "k", "v")));
        world.run_until(3 * SECOND);
        assert_eq!(released.take().unwrap(), Ok(Unlocked::Released));
        let held = lease.clone();
        assert!(is_lost(&peer.run(async move |storage| storage.delete_under(&held, "k").await)));
        assert_eq!(world.sent().len(), 0, "nothing was sent");
        // The next tenure's writes are.
        let next = peer.lock(0).unwrap();
        assert_eq!(peer.store_under(&next, "k", "v"), Ok(Written::Once));
    });
}

fn ask(peer: &Peer, wait: u64) -> bool {
    if wait == 0 { peer.try_lock().is_ok() } else { peer.lock(wait).is_ok() }
}

/// 2.1: however briefly each call waits, a log that became shorter counts as held for its last lease's time and the grace.
#[test]
fn a_shorter_log_is_waited_for_once_and_not_again_by_each_call() {
    for wait in [0, 5, 60] {
        on_every_bucket(|world| {
            let (holder, waiter) = (Peer::new(world), Peer::new(world));
            holder.lock(0).unwrap();
            assert!(!ask(&waiter, 0));
            world.run_until(20 * SECOND);
            world.oss(|oss| oss.delete(OBJECT));
            while !ask(&waiter, wait) {
                world.run_until(world.now() + 2 * SECOND);
                assert!(world.now() < 1000 * SECOND, "waiting {wait} s a call it is never got");
            }
            let now = world.now() / SECOND;
            assert!((85..=90).contains(&now), "waiting {wait} s a call: after {now} s");
        });
    }
}

/// 2.1: a look that was out of date does not begin the time for a log that goes later.
#[test]
fn a_log_that_came_back_counts_as_missing_only_from_when_it_goes_again() {
    on_every_bucket(|world| {
        let (holder, waiter) = (Peer::new(world), Peer::new(world));
        let lease = holder.lock(0).unwrap();
        let lease = holder.renew(&lease).unwrap();
        assert!(!ask(&waiter, 0));
        script(world, [Fate::of(Copy { arrives: HALF, answers: Some(HALF), stale: true, ..Copy::default() })]);
        assert!(!ask(&waiter, 0));
        world.run_until(50 * SECOND);
        holder.renew(&lease).unwrap();
        assert!(!ask(&waiter, 0));
        world.run_until(60 * SECOND);
        world.oss(|oss| oss.delete(OBJECT));
        world.run_until(70 * SECOND);
        assert!(!ask(&waiter, 50), "held until 110 s");
        world.run_until(136 * SECOND);
        assert!(ask(&waiter, 0));
    });
}

/// 2.1, its sibling: without a `Date` the age of a lease is counted from the first look of any call.
#[test]
fn without_dates_the_age_is_kept_from_call_to_call() {
    for wait in [0, 7] {
        on_every_bucket(|world| {
            Peer::new(world).lock(0).unwrap();
            world.run_until(300 * SECOND);
            world.set_fate(|_, _| Fate::edited(|reply| reply.set("date", None)));
            let waiter = Peer::new(world);
            while !ask(&waiter, wait) {
                world.run_until(world.now() + 2 * SECOND);
                assert!(world.now() < 1000 * SECOND, "waiting {wait} s a call it is never got");
            }
            let now = world.now() / SECOND;
            assert!((365..=370).contains(&now), "waiting {wait} s a call: after {now} s");
        });
    }
}

/// 2.5: who is stopped while it stands in line sends nothing first.
#[test]
fn who_is_stopped_in_line_sends_nothing() {
    on_every_bucket(|world| {
        let (holder, waiter) = (Peer::new(world), Peer::new(world));
        holder.lock(0).unwrap();
        let calls: Vec<_> = (0..3).map(|_| waiter.start_lock(100)).collect();
        world.run_until(20 * SECOND);
        // The first is between two looks.
        world.run_until(world.now() + SECOND / 5);
        world.sent();
        waiter.run(async |storage| storage.stop_waiting(NAME));
        world.run_until(world.now() + SECOND);
        assert!(calls.iter().all(|call| is_held_error(call.borrow().as_ref().unwrap())));
        assert_eq!(world.sent().len(), 0);
    });
}

/// 2.5: that a tenure took over from one that had run out is not forgotten where its lease had to be renewed at once.
#[test]
fn a_takeover_is_told_even_if_its_lease_had_to_be_renewed() {
    on_every_bucket(|world| {
        let (holder, other) = (Peer::new(world), Peer::new(world));
        holder.lock(0).unwrap();
        world.run_until(70 * SECOND);
        let unheard = Fate {
            copies: vec![Copy { arrives: HALF, ..Copy::default() }],
            fails: Some((58 * SECOND, TransportErrorKind::Broken)),
        };
        script(world, [Fate::fine(), Fate::fine(), unheard]);
        let lease = other.lock(200).unwrap();
        assert_eq!(kinds(world), "AAN");
        assert!(lease.taken_over && other.is_held(&lease));
        assert_eq!(lease.mark.nonce, log(world)[1].nonce);
    });
}

/// When requests are sent, each of which fails after so many microseconds in some way.
fn failing(world: &World, after: u64, kind: TransportErrorKind) -> Rc<RefCell<Vec<u64>>> {
    let (times, clock) = (Rc::new(RefCell::new(Vec::new())), world.clone());
    let noted = times.clone();
    world.set_fate(move |_, _| {
        noted.borrow_mut().push(clock.now());
        Fate { copies: Vec::new(), fails: Some((after, kind)) }
    });
    times
}

/// 2.5: a write under a lease is sent again after a pause, and not beyond the time of an operation (60 s).
#[test]
fn a_guarded_write_is_repeated_as_any_other_request_is() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let lease = peer.lock(0).unwrap();
        let times = failing(world, HALF, TransportErrorKind::Broken);
        let error = failure(peer.store_under(&lease, "k", "v"));
        assert!(error.undecided && error.retryable, "{error}");
        let pauses: Vec<_> = times.borrow().windows(2).map(|pair| pair[1] - pair[0] - HALF).collect();
        assert!(pauses.len() == 2 && pauses.iter().all(|pause| *pause > 0), "{pauses:?}");
        let held = lease.clone();
        for delete in [false, true] {
            let times = failing(world, 31 * SECOND, TransportErrorKind::Broken);
            let held = held.clone();
            peer.run(async move |storage| {
                if delete {
                    drop(storage.delete_under(&held, "k").await);
                } else {
                    drop(storage.store_under(&held, "k", Bytes::from("v")).await);
                }
            });
            assert_eq!(times.borrow().len(), 2, "the third would begin after 62 s");
        }
    });
}

/// 2.5: a write that was never sent leaves nothing for the release to wait for.
#[test]
fn a_write_that_was_never_sent_is_not_waited_for() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let lease = peer.lock(0).unwrap();
        let times = failing(world, HALF, TransportErrorKind::NotSent);
        let error = failure(peer.store_under(&lease, "k", "v"));
        assert!(!error.undecided && error.retryable && times.borrow().len() == 3, "{error}");
        // Nor does what OSS was too busy to take.
        let busy = || Fate::instead(Reply::error(503, "TotalQpsLimitExceeded"));
        script(world, [busy(), busy(), busy()]);
        assert!(!failure(peer.store_under(&lease, "k", "v")).undecided);
        let begun = world.now();
        assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
        assert!(world.now() - begun < SECOND);
        // A lock that is asked for meanwhile is got as soon as requests are sent again.
        let unsent = || Fate { copies: Vec::new(), fails: Some((HALF, TransportErrorKind::NotSent)) };
        script(world, (0..5).map(|_| unsent()));
        let again = peer.lock(20).unwrap();
        assert!(peer.is_held(&again) && kinds(world) == "ALA");
    });
}

/// 8.6: a server that states nonsense for a date does not make a release wait for it.
#[test]
fn a_release_waits_no_longer_than_a_lease_whatever_dates_are_stated() {
    for date in ["Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 28 May 2026 20:26:50 GMT"] {
        on_every_bucket(|world| {
            let peer = Peer::new(world);
            let lease = peer.lock(0).unwrap();
            script(world, (0..3).map(|_| Fate::lost()));
            assert!(failure(peer.store_under(&lease, "k", "v")).undecided);
            world.set_fate(move |_, _| Fate::edited(move |reply| reply.set("date", Some(date.into()))));
            assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
            let now = world.now() / SECOND;
            assert!((55..=140).contains(&now), "{date}: after {now} s");
        });
    }
}
