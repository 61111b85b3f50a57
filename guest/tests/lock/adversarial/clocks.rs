//! Expiry, and clocks that are wrong.

use std::time::Duration;

use ossicle_guest::lock::{LockError, LockState, Unlocked};

use crate::oss::{Reply, SECOND};
use crate::peer::*;
use crate::world::{Copy, Fate, HALF};

#[test]
fn test_5_takeover_and_late_renewal_in_both_orders() {
    on_every_bucket(|world| {
        let (old, new) = (Peer::new(world), Peer::new(world));
        let lease = old.lock(0).unwrap();
        world.run_until(70 * SECOND);
        // The renewal comes first: the tenure goes on.
        let lease = old.renew(&lease).unwrap();
        assert!(is_held_error(&new.try_lock()));
        world.run_until(140 * SECOND);
        // Between the look and the append of the one who takes over.
        let lease = {
            let taking = new.start_lock(0);
            world.run_until(140 * SECOND + 5 * HALF);
            let renewed = old.renew(&lease);
            world.run_until(141 * SECOND);
            let taken = taking.take().unwrap();
            assert_ne!(renewed.is_ok(), taken.is_ok(), "{renewed:?} {taken:?}");
            renewed.or(taken).unwrap()
        };
        world.run_until(300 * SECOND);
        // The takeover comes first.
        let third = Peer::new(world);
        let taken = third.lock(0).unwrap();
        assert!(taken.taken_over && taken.token > lease.token);
        assert!(is_lost(&old.renew(&lease)));
        assert_eq!(third.unlock(&taken), Ok(Unlocked::Released));
    });
}

#[test]
fn test_4_exactly_one_of_sixteen_takes_over() {
    on_every_bucket(|world| {
        let holder = Peer::new(world);
        holder.lock(0).unwrap();
        let begun = world.now();
        let waiters: Vec<_> = (0..16).map(|_| Peer::new(world)).collect();
        let calls: Vec<_> = waiters.iter().map(|waiter| waiter.start_lock(100)).collect();
        world.run_until(begun + 64 * SECOND);
        assert_eq!(kinds(world), "A");
        world.run_until(begun + 71 * SECOND);
        let won = calls.iter().filter(|call| matches!(&*call.borrow(), Some(Ok(_)))).count();
        assert_eq!((won, kinds(world).as_str()), (1, "AA"));
    });
}

#[test]
fn test_12_release_after_a_takeover() {
    on_every_bucket(|world| {
        let (old, new) = (Peer::new(world), Peer::new(world));
        let lease = old.lock(0).unwrap();
        world.run_until(70 * SECOND);
        let taken = new.lock(0).unwrap();
        assert_eq!(old.unlock(&lease), Ok(Unlocked::Lost));
        assert_eq!(kinds(world), "AA");
        assert_eq!(new.unlock(&taken), Ok(Unlocked::Released));
        assert_eq!(old.unlock(&lease), Ok(Unlocked::Lost));
    });
}

#[test]
fn test_14_a_holder_that_was_frozen() {
    on_every_bucket(|world| {
        let (holder, other) = (Peer::new(world), Peer::new(world));
        let lease = holder.lock(0).unwrap();
        holder.node.freeze(120 * SECOND);
        let taken = other.lock(100).unwrap();
        world.run_until(130 * SECOND);
        world.sent();
        assert!(!holder.is_held(&lease));
        assert_eq!(world.sent().len(), 0, "without a request");
        assert!(is_lost(&holder.renew(&lease)));
        assert!(taken.token > lease.token);
    });
}

#[test]
fn test_17_dates_that_are_missing_or_wrong() {
    type Change = fn(&mut Reply);
    let lies: [(&str, Change); 5] = [
        ("missing", |reply| reply.set("date", None)),
        ("no last-modified", |reply| reply.set("last-modified", None)),
        ("before last-modified", |reply| reply.set("date", Some("Wed, 28 May 2025 00:00:00 GMT".into()))),
        ("an hour behind", |reply| reply.set("date", Some("Thu, 28 May 2026 19:26:40 GMT".into()))),
        ("an hour ahead", |reply| reply.set("date", Some("Thu, 28 May 2026 21:30:00 GMT".into()))),
    ];
    for (what, lie) in lies {
        on_every_bucket(|world| {
            let (holder, other) = (Peer::new(world), Peer::new(world));
            let lease = holder.lock(0).unwrap();
            world.run_until(30 * SECOND);
            script(world, [Fate::edited(lie)]);
            assert!(is_held_error(&other.try_lock()), "{what}");
            script(world, [Fate::edited(lie)]);
            let waiting = other.start_lock(20);
            world.run_until(50 * SECOND);
            assert!(waiting.borrow().is_none() && holder.is_held(&lease), "{what}");
            world.run_until(51 * SECOND);
            assert!(is_held_error(waiting.borrow().as_ref().unwrap()), "{what}");
            assert_eq!(kinds(world), "A", "{what}");
        });
    }
}

#[test]
fn test_17_without_dates_the_wait_itself_is_measured() {
    on_every_bucket(|world| {
        Peer::new(world).lock(0).unwrap();
        world.run_until(300 * SECOND);
        world.set_fate(|_, _| Fate::edited(|reply| reply.set("date", None)));
        let other = Peer::new(world);
        assert!(is_held_error(&other.try_lock()));
        let waiting = other.start_lock(100);
        world.run_until(360 * SECOND);
        assert_eq!(kinds(world), "A");
        world.run_until(372 * SECOND);
        let lease = waiting.take().unwrap().unwrap();
        assert!(lease.taken_over && lease.token > log(world)[0].token);
        // Writes can't be guarded then, and are not sent unguarded.
        world.sent();
        assert_eq!(failure(other.store_under(&lease, "k", "v")).kind, ossicle_guest::error::ErrorKind::Unsupported);
        assert_eq!(world.sent().len(), 0);
    });
}

#[test]
fn test_18_the_records_time_counts_not_the_waiters() {
    on_every_bucket(|world| {
        let (holder, other) = (Peer::new(world), Peer::leasing(world, 15));
        let lease = holder.lock(0).unwrap();
        world.run_until(50 * SECOND);
        assert!(is_held_error(&other.try_lock()));
        let renewed = other.renew(&lease).unwrap();
        assert_eq!((renewed.mark.ttl, log(world)[1].ttl), (60, 60));
        world.run_until(120 * SECOND);
        let lease = other.lock(0).unwrap();
        assert_eq!((lease.mark.ttl, lease.renewal_period()), (15, secs(5)));
    });
}

#[test]
fn test_19_wall_clocks_do_not_matter() {
    for offset in [-36_000, -840, -600, 600, 840, 36_000] {
        on_every_bucket(|world| {
            let holder = Peer::new(world);
            let wrong = Peer::on(&world.node(0, offset), ossicle_guest::lock::LockSettings::default());
            let lease = holder.lock(0).unwrap();
            world.run_until(40 * SECOND);
            assert!(is_held_error(&wrong.try_lock()), "{offset}");
            world.run_until(63 * SECOND);
            assert!(is_held_error(&wrong.try_lock()), "{offset}");
            world.run_until(66 * SECOND);
            let taken = wrong.lock(0).unwrap();
            assert!(taken.token > lease.token && wrong.store_under(&taken, "k", "v").is_ok());
            wrong.node.set_wall(-offset);
            assert_eq!(wrong.unlock(&taken), Ok(Unlocked::Released));
        });
    }
}

#[test]
fn test_20_looks_that_are_out_of_date() {
    on_every_bucket(|world| {
        let stale = || Fate::of(Copy { arrives: HALF, answers: Some(HALF), stale: true, ..Copy::default() });
        let (holder, other) = (Peer::new(world), Peer::new(world));
        let lease = holder.lock(0).unwrap();
        holder.unlock(&lease).unwrap();
        let lease = holder.lock(0).unwrap();
        // The look shows the release before: the append then fails.
        script(world, [stale()]);
        assert!(is_held_error(&other.try_lock()));
        // The look after a lost answer shows the state before.
        script(world, [Fate::unanswered(), stale()]);
        let lease = holder.renew(&lease).unwrap();
        script(world, [Fate::unanswered(), stale(), stale()]);
        assert_eq!(holder.unlock(&lease), Ok(Unlocked::Released));
        assert_eq!(kinds(world), "ALANL");
    });
}

#[test]
fn test_36_a_renewal_gives_no_more_than_a_lease_lasts() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let lease = peer.lock(0).unwrap();
        let renewed = peer.renew(&lease).unwrap();
        assert_eq!(log(world)[1].ttl, 60);
        assert!(renewed.time_left(Duration::from_micros(peer.node.clock())) <= secs(55));
    });
}

#[test]
fn operators_look_and_break() {
    on_every_bucket(|world| {
        let (holder, operator) = (Peer::new(world), Peer::new(world));
        assert_eq!(operator.inspect().unwrap().state, LockState::Free(0));
        let lease = holder.lock(0).unwrap();
        world.run_until(10 * SECOND);
        let LockState::Held(seen) = operator.inspect().unwrap().state else { panic!() };
        assert_eq!((seen.owner, seen.token, seen.remaining), (lease.owner, lease.token, secs(55)));
        let error = failure(operator.break_lock(lease.token + 1));
        assert!(error.message.contains(&lease.token.to_string()), "{error}");
        operator.break_lock(lease.token).unwrap();
        assert_eq!(log(world)[1].flags, ossicle_guest::lock::record::FLAG_BROKEN);
        assert_eq!(operator.inspect().unwrap().state, LockState::Free(lease.token));
        assert!(is_lost(&holder.renew(&lease)));
        let next = operator.lock(0).unwrap();
        assert_eq!(holder.unlock(&lease), Ok(Unlocked::Lost));
        let error = failure(operator.break_lock(lease.token));
        assert_eq!(error.kind, ossicle_guest::error::ErrorKind::Conflict);
        world.run_until(world.now() + 70 * SECOND);
        assert_eq!(operator.inspect().unwrap().state, LockState::Expired(next.token));
        let held = LockError::Held { name: NAME.into(), holder: seen };
        assert!(held.to_string().contains("is held by"), "{held}");
    });
}
