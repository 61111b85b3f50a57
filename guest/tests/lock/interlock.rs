//! Test 38: beside a fleet that still runs the Go module.

use std::cell::RefCell;
use std::rc::Rc;

use ossicle_guest::error::ErrorKind;
use ossicle_guest::lock::{InterlockOptions, LockOptions, LockSettings, Unlocked};
use ossicle_guest::ports::Clock as _;

use crate::go::{Go, Kindness, OBJECT as GO};
use crate::oss::{Object, SECOND, Versioning};
use crate::peer::*;
use crate::world::{Copy, Fate, HALF, World};

fn settings() -> LockSettings {
    LockOptions { interlock: Some(InterlockOptions::default()), ..LockOptions::default() }.check().unwrap()
}

fn lock(peer: &Peer, wait: u64) -> Later<Result<ossicle_guest::lock::Lease, ossicle_guest::lock::LockError>> {
    peer.start(async move |storage| storage.lock("name", secs(wait)).await)
}

fn new_world() -> (World, Peer) {
    let world = World::new(1, Versioning::Never);
    let peer = Peer::with(&world, settings());
    (world, peer)
}

#[test]
fn test_38_enters_renews_and_leaves() {
    let (world, peer) = new_world();
    let call = lock(&peer, 0);
    world.run_until(14 * SECOND);
    assert!(call.borrow().is_none(), "it settles");
    world.run_until(16 * SECOND);
    let lease = call.take().unwrap().unwrap();
    assert_eq!(world.sent().len(), 4);
    let lease = peer.renew(&lease).unwrap();
    assert_eq!(world.sent().len(), 2);
    let object = world.oss(|oss| oss.objects[GO].clone());
    assert!(object.appendable && object.data.starts_with(b"OSSICLE "));
    // What is the Go fleet's and ours is no data.
    let listed = peer.run(async |storage| {
        assert_eq!(storage.certificates().load("name.lock").await.unwrap_err().kind, ErrorKind::InvalidKey);
        storage.certificates().list("", true).await.unwrap().entries
    });
    assert!(listed.is_empty());
    world.sent();
    assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
    assert_eq!(world.sent(), ["guarded DELETE name.lock", "append L at 256 of locks/v1/name"]);
    assert!(world.oss(|oss| !oss.objects.contains_key(GO)));
}

#[test]
fn test_38_waits_for_a_go_process_even_if_its_lock_is_expired() {
    let (world, peer) = new_world();
    world.oss(|oss| oss.objects.insert(GO.into(), Object::new(Vec::new(), false, 0)));
    let tried = peer.start(async |storage| storage.try_lock("name").await);
    world.run_until(5 * SECOND);
    assert!(is_held_error(tried.borrow().as_ref().unwrap()));
    let call = lock(&peer, 1000);
    world.run_until(900 * SECOND);
    assert!(call.borrow().is_none() && world.oss(|oss| oss.objects.contains_key(GO)));
    world.oss(|oss| oss.delete(GO));
    world.run_until(930 * SECOND);
    assert_eq!(peer.unlock(&call.take().unwrap().unwrap()), Ok(Unlocked::Released));
}

#[test]
fn test_38_a_leftover_of_a_crashed_process_is_taken_over() {
    let (world, peer) = new_world();
    let call = lock(&peer, 0);
    world.run_until(16 * SECOND);
    call.take().unwrap().unwrap();
    let other = Peer::with(&world, settings());
    let call = lock(&other, 200);
    world.run_until(95 * SECOND);
    let lease = call.take().unwrap().unwrap();
    assert!(lease.taken_over);
    assert_eq!(other.unlock(&lease), Ok(Unlocked::Released));
    assert!(world.oss(|oss| !oss.objects.contains_key(GO)));
}

#[test]
fn test_38_versioned_buckets_are_refused() {
    for versioning in [Versioning::Enabled, Versioning::Suspended] {
        let world = World::new(1, versioning);
        let peer = Peer::with(&world, settings());
        let error = failure(peer.run(async |storage| storage.lock("name", secs(9)).await));
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(error.message.contains("interlock"), "{error}");
        let state = peer.run(async |storage| storage.inspect("name").await).unwrap().state;
        assert!(matches!(state, ossicle_guest::lock::LockState::Free(_)), "the lock is not left held");
    }
}

#[test]
fn test_38_a_late_delete_of_a_go_process() {
    // C1 to C3: a Go process saw an expired lock and deletes what is there by now.
    let (world, peer) = new_world();
    let call = lock(&peer, 100);
    world.run_until(10 * SECOND);
    world.oss(|oss| oss.delete(GO));
    world.run_until(24 * SECOND);
    assert!(call.borrow().is_none(), "it starts over");
    world.run_until(40 * SECOND);
    let lease = call.take().unwrap().unwrap();
    // Later than Go processes may: noticed at the next renewal.
    world.oss(|oss| oss.objects.insert(GO.into(), Object::new(Vec::new(), false, world.now())));
    assert!(is_lost(&peer.renew(&lease)));
}

#[test]
fn test_38_a_late_renewal_does_not_count() {
    let (world, peer) = new_world();
    let call = lock(&peer, 0);
    world.run_until(16 * SECOND);
    let lease = call.take().unwrap().unwrap();
    world.run_until(256 * SECOND);
    assert!(is_lost(&peer.renew(&lease)));
    // And the object is not deleted any more: its deadline has passed.
    drop(peer.unlock(&lease));
    assert!(world.oss(|oss| oss.objects.contains_key(GO)));
}

#[test]
fn test_38_a_release_waits_for_its_delete() {
    let (world, peer) = new_world();
    let call = lock(&peer, 0);
    world.run_until(16 * SECOND);
    let lease = call.take().unwrap().unwrap();
    script(&world, [Fate::late(20 * SECOND)]);
    let released = peer.start_unlock(&lease);
    world.run_until(50 * SECOND);
    assert!(released.borrow().is_none());
    world.run_until(90 * SECOND);
    assert_eq!(released.take().unwrap(), Ok(Unlocked::Released));
}

#[test]
fn test_38_mixed_fleets_never_overlap() {
    for seed in 0..12 {
        let world = World::new(seed, Versioning::Never);
        let random = world.random();
        world.set_fate(move |request, _| {
            let (delay, after) = (2000 + random.below(100_000), 2000 + random.below(100_000));
            let fine = Fate::of(Copy { arrives: delay, answers: Some(after), ..Copy::default() });
            let is_ours = request.object.starts_with("locks/") || request.is_append() || request.is_guarded();
            match random.below(100) {
                0..4 if is_ours => Fate::lost(),
                4..8 if is_ours => Fate::unanswered(),
                8..11 if is_ours => Fate::late(HALF + random.below(20 * SECOND)),
                _ => fine,
            }
        });
        let inside: Rc<RefCell<Vec<(usize, u64)>>> = Rc::default();
        let violation: Rc<RefCell<Option<String>>> = Rc::default();
        let go = Go {
            node: world.node(0, 0).numbered(0),
            number: 0,
            random: world.random(),
            kindness: Kindness { perfect: true, quick: true, versioned: false },
            inside: inside.clone(),
            violation: violation.clone(),
        };
        world.spawn(&go.node.clone(), async move { go.live().await });
        let tenures = Rc::new(RefCell::new(0));
        for number in 1..4 {
            let peer = Peer::on(&world.node(0, 0).numbered(number), settings());
            let (inside, violation, tenures) = (inside.clone(), violation.clone(), tenures.clone());
            let random = world.random();
            world.spawn(&peer.node.clone(), async move {
                let node = peer.node.clone();
                loop {
                    let Ok(mut lease) = peer.storage.lock("name", secs(400)).await else { continue };
                    for _ in 0..random.below(6) {
                        let now = node.world().now();
                        inside.borrow_mut().retain(|(other, until)| *other != number && *until > now);
                        if let Some((other, _)) = inside.borrow().first() {
                            violation.borrow_mut().get_or_insert(format!("{other} and {number} hold the lock"));
                        }
                        let until = now + u64::try_from(lease.time_left(node.monotonic()).as_micros()).unwrap();
                        inside.borrow_mut().push((number, until));
                        node.sleep(secs(random.below(30))).await;
                        match peer.storage.renew(&lease).await {
                            Ok(renewed) => lease = renewed,
                            Err(_) => break,
                        }
                    }
                    inside.borrow_mut().retain(|(other, _)| *other != number);
                    *tenures.borrow_mut() += 1;
                    if !random.chance(100) {
                        drop(peer.storage.unlock(&lease).await);
                    }
                    node.sleep(secs(random.below(60))).await;
                }
            });
        }
        world.run_until(12_000 * SECOND);
        assert_eq!(*violation.borrow(), None, "seed {seed}");
        assert!(*tenures.borrow() > 20, "seed {seed}: {}", tenures.borrow());
    }
}
