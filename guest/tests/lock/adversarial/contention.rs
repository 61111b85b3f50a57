//! Many at once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ossicle_guest::checksum::Crc64;
use ossicle_guest::key::{Key, Root};
use ossicle_guest::lock::{LockError, LockSettings, Record, RecordKind};
use ossicle_guest::oss::Client;
use ossicle_guest::ports::Clock as _;

use crate::oss::SECOND;
use crate::peer::*;
use crate::site::Site;

#[test]
fn test_2_thirty_two_tasks_of_eight_processes() {
    on_every_bucket(|world| {
        let inside = Rc::new(Cell::new(0));
        let tokens = Rc::new(RefCell::new(Vec::new()));
        let rounds = Rc::new(Cell::new(0));
        for _ in 0..8 {
            let peer = Peer::new(world);
            for _ in 0..4 {
                let (peer, inside, tokens, rounds) = (peer.clone(), inside.clone(), tokens.clone(), rounds.clone());
                let node = peer.node.clone();
                world.spawn(&node, async move {
                    while rounds.get() < 1000 {
                        let lease = match peer.storage.lock(NAME, secs(600)).await {
                            Ok(lease) => lease,
                            Err(error) => panic!("{error}"),
                        };
                        assert_eq!(inside.replace(1), 0);
                        tokens.borrow_mut().push(lease.token);
                        rounds.set(rounds.get() + 1);
                        peer.node.sleep(std::time::Duration::from_millis(5)).await;
                        inside.set(0);
                        peer.storage.unlock(&lease).await.unwrap();
                        peer.node.sleep(std::time::Duration::from_millis(500)).await;
                    }
                });
            }
        }
        while world.step() {}
        assert!(tokens.borrow().len() >= 1000 && tokens.borrow().is_sorted_by(|a, b| a < b));
    });
}

#[test]
fn test_3_sixty_four_appends_at_one_position() {
    on_every_bucket(|world| {
        let results = Rc::new(RefCell::new(Vec::new()));
        for n in 0..64 {
            let (node, results) = (world.node(0, 0), results.clone());
            world.spawn(&node.clone(), async move {
                let client = Client::new(node, settings());
                let object = Root::default().object(&Key::parse(OBJECT).unwrap()).unwrap();
                let line = format!("{n:04}").into();
                let result = client.append_object("k", &object, 0, &Crc64::default(), line).await;
                results.borrow_mut().push((n, result));
            });
        }
        while world.step() {}
        let results = results.borrow();
        let (won, lost): (Vec<_>, Vec<_>) = results.iter().partition(|(_, result)| result.is_ok());
        assert_eq!((won.len(), lost.len()), (1, 63));
        assert!(lost.iter().all(|(_, result)| {
            result.as_ref().unwrap_err().answer.as_ref().unwrap().code == "PositionNotEqualToLength"
        }));
        assert_eq!(world.oss(|oss| oss.objects[OBJECT].data.clone()), format!("{:04}", won[0].0).as_bytes());
    });
}

#[test]
fn test_22_two_creators_and_an_empty_object() {
    on_every_bucket(|world| {
        world.oss(|oss| oss.objects.insert(OBJECT.into(), crate::oss::Object::new(Vec::new(), true, 0)));
        let (one, two) = (Peer::new(world), Peer::new(world));
        let (first, second) = (one.start_lock(0), two.start_lock(0));
        world.run_until(SECOND);
        let (first, second) = (first.take().unwrap(), second.take().unwrap());
        assert_ne!(first.is_ok(), second.is_ok());
        assert!(is_held_error(&first) || is_held_error(&second));
        assert_eq!(kinds(world), "A");
    });
}

#[test]
fn test_32_one_instance_asks_once() {
    on_every_bucket(|world| {
        let (holder, peer) = (Peer::new(world), Peer::new(world));
        let lease = holder.lock(0).unwrap();
        let alone = {
            world.sent();
            let call = peer.start_lock(10);
            world.run_until(world.now() + 11 * SECOND);
            assert!(is_held_error(call.borrow().as_ref().unwrap()));
            world.sent().len()
        };
        let order = Rc::new(RefCell::new(Vec::new()));
        let storage = Rc::new(Site::new(&peer.node, LockSettings::default()));
        for n in 0..10 {
            let (storage, order) = (storage.clone(), order.clone());
            world.spawn(&peer.node, async move {
                let lease = storage.lock(NAME, secs(40)).await.unwrap();
                order.borrow_mut().push(n);
                storage.unlock(&lease).await.unwrap();
            });
        }
        world.run_until(world.now() + 10 * SECOND);
        let together = world.sent().len();
        assert!(together <= alone + 5, "{together} {alone}");
        holder.unlock(&lease).unwrap();
        world.run_until(world.now() + 20 * SECOND);
        assert_eq!(*order.borrow(), (0..10).collect::<Vec<_>>(), "first come, first served");
    });
}

#[test]
fn a_wait_ends_at_its_limit_wherever_it_is() {
    on_every_bucket(|world| {
        let (holder, peer) = (Peer::new(world), Peer::new(world));
        holder.lock(0).unwrap();
        let begun = world.now();
        let (first, second) = (peer.start_lock(8), peer.start_lock(4));
        world.run_until(begun + 4 * SECOND + SECOND / 20);
        assert!(is_held_error(second.borrow().as_ref().unwrap()) && first.borrow().is_none());
        world.run_until(begun + 8 * SECOND + SECOND / 20);
        let first = first.take().unwrap();
        let Err(LockError::Held { name, holder }) = first else { panic!("{first:?}") };
        assert_eq!((name.as_str(), holder.token), (NAME, log(world)[0].token));
    });
}

#[test]
fn test_39_every_log_is_one_that_the_rules_allow() {
    // Every record follows from the one before: the model's transitions, read off a busy log.
    on_every_bucket(|world| {
        for n in 0..6 {
            let peer = Peer::leasing(world, 15 + n);
            let (node, storage) = (peer.node.clone(), peer.storage.clone());
            let random = world.random();
            world.spawn(&node.clone(), async move {
                for _ in 0..30 {
                    let Ok(lease) = storage.lock(NAME, secs(random.below(60))).await else { continue };
                    node.sleep(secs(random.below(30))).await;
                    if random.chance(500) {
                        drop(storage.renew(&lease).await);
                    }
                    if random.chance(700) {
                        drop(storage.unlock(&lease).await);
                    }
                }
            });
        }
        while world.step() {}
        let log = log(world);
        assert!(log.len() > 100);
        for pair in log.windows(2) {
            let [before, after]: [Record; 2] = pair.try_into().unwrap();
            assert_eq!((after.position, after.previous), (before.position + 128, before.crc()));
            if after.kind == RecordKind::Acquire {
                assert!(after.token > before.token && after.acquired == after.position);
                assert_eq!(after.flags != 0, before.kind != RecordKind::Release);
            } else {
                assert!(after.is_of(before.owner, before.token) && before.kind != RecordKind::Release);
                assert_eq!(after.acquired, before.acquired);
            }
        }
    });
}
