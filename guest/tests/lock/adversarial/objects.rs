//! Objects that are no logs, or logs that were damaged.

use ossicle_guest::checksum::crc32;
use ossicle_guest::error::ErrorKind;
use ossicle_guest::lock::{Broken, LockState, Unlocked};

use crate::oss::{Object, SECOND};
use crate::peer::*;
use crate::world::Fate;

#[test]
fn test_21_answers_with_the_whole_object() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        for _ in 0..3 {
            let lease = peer.lock(0).unwrap();
            peer.unlock(&lease).unwrap();
        }
        let whole = world.oss(|oss| oss.objects[OBJECT].data.clone());
        script(
            world,
            [Fate::edited(move |reply| {
                reply.status = 200;
                reply.body = whole.clone().into();
                reply.set("content-range", None);
                reply.set("content-length", Some(whole.len().to_string()));
            })],
        );
        let other = Peer::new(world);
        let lease = other.lock(0).unwrap();
        assert_eq!(other.unlock(&lease), Ok(Unlocked::Released));
        assert_eq!(kinds(world), "ALALALAL");
    });
}

#[test]
fn test_23_a_normal_object_stands_in_the_way() {
    on_every_bucket(|world| {
        for data in ["", "something"] {
            world.oss(|oss| oss.objects.insert(OBJECT.into(), Object::new(data.into(), false, 0)));
            let peer = Peer::new(world);
            let error = failure(peer.lock(30));
            assert_eq!(error.kind, ErrorKind::Conflict);
            assert!(error.message.contains(OBJECT) && error.message.contains("move it, or"), "{error}");
            assert_eq!(failure(peer.inspect()).kind, ErrorKind::Conflict);
            assert_eq!(failure(peer.break_lock(0)).kind, ErrorKind::Conflict);
            assert_eq!(world.oss(|oss| oss.objects[OBJECT].data.clone()), data.as_bytes());
            assert!(world.sent().iter().all(|request| request.starts_with("GET")));
        }
    });
}

#[test]
fn test_24_an_end_that_is_no_record() {
    let damaged: [fn(&mut Vec<u8>); 4] = [
        |data| data.truncate(100),
        |data| data.extend_from_slice(b"torn"),
        |data| data[125] ^= 1,
        |data| data.extend_from_within(..),
    ];
    for damage in damaged {
        on_every_bucket(|world| {
            let peer = Peer::new(world);
            peer.lock(0).unwrap();
            world.oss(|oss| {
                let mut data = oss.objects[OBJECT].data.clone();
                damage(&mut data);
                oss.objects.insert(OBJECT.into(), Object::new(data, true, 0));
            });
            let other = Peer::new(world);
            world.sent();
            let error = failure(other.lock(100));
            assert_eq!((error.kind, world.sent().len()), (ErrorKind::Corrupt, 2), "read twice");
            assert!(error.message.contains(OBJECT) && error.message.contains("break it"), "{error}");
            assert!(matches!(other.inspect().unwrap().state, LockState::Unreadable(_)));
            world.run_until(3600 * SECOND);
            assert_eq!(failure(other.lock(0)).kind, ErrorKind::Corrupt);
            world.run_until(3606 * SECOND);
            let lease = other.lock(0).unwrap();
            assert!(lease.taken_over);
            assert_eq!(other.unlock(&lease), Ok(Unlocked::Released));
            assert_eq!(Peer::new(world).lock(0).unwrap().token, lease.token.max(1_780_003_606_000) + 1);
        });
    }
}

#[test]
fn test_24_a_damaged_log_can_be_broken() {
    on_every_bucket(|world| {
        world.oss(|oss| oss.objects.insert(OBJECT.into(), Object::new(b"torn".to_vec(), true, 0)));
        let peer = Peer::new(world);
        assert_eq!(peer.break_lock(0), Ok(Broken::Broken));
        assert_eq!(peer.break_lock(0), Ok(Broken::AlreadyFree));
        assert!(peer.lock(0).unwrap().token > 1_780_000_000_000);
    });
}

#[test]
fn test_24_a_kind_of_record_that_is_not_known() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        peer.lock(0).unwrap();
        world.oss(|oss| {
            let line = String::from_utf8(oss.objects[OBJECT].data.clone()).unwrap().replace(" A ", " S ");
            let line = format!("{}{:08x}\n", &line[..119], crc32(&line.as_bytes()[..119]));
            oss.objects.insert(OBJECT.into(), Object::new(line.into_bytes(), true, 0));
        });
        world.run_until(10_000 * SECOND);
        let error = failure(Peer::new(world).lock(0));
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(error.message.contains(OBJECT) && error.message.contains("newer version"), "{error}");
    });
}

#[test]
fn test_27_the_latest_version_is_a_delete_marker() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let lease = peer.lock(0).unwrap();
        peer.unlock(&lease).unwrap();
        world.oss(|oss| oss.delete(OBJECT));
        world.run_until(10 * SECOND);
        let other = Peer::new(world).lock(0).unwrap();
        assert!(other.token > lease.token, "the tokens go on growing");
    });
}

#[test]
fn test_28_the_log_is_deleted_while_held() {
    on_every_bucket(|world| {
        let (holder, waiter) = (Peer::new(world), Peer::new(world));
        let lease = holder.lock(0).unwrap();
        assert!(is_held_error(&waiter.try_lock()));
        world.run_until(20 * SECOND);
        world.oss(|oss| oss.delete(OBJECT));
        // One who saw the longer log waits as for a holder.
        assert!(is_held_error(&waiter.try_lock()));
        let waiting = waiter.start_lock(100);
        assert!(is_lost(&holder.renew(&lease)), "the holder notices");
        world.run_until(80 * SECOND);
        assert_eq!(kinds(world), "");
        world.run_until(92 * SECOND);
        let next = waiting.take().unwrap().unwrap();
        assert!(next.token > lease.token);
    });
}

#[test]
fn test_29_a_full_log() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let lease = peer.lock(0).unwrap();
        let full = |reply: &mut crate::oss::Reply| {
            // As if the log had 4 GiB before its last record.
            let position = 4u64 << 30;
            let record = ossicle_guest::lock::Record::parse(&reply.body).unwrap();
            reply.body = ossicle_guest::lock::Record { position, ..record }.to_bytes().into();
            reply.status = 206;
            reply.set("content-range", Some(format!("bytes {position}-{}/{}", position + 127, position + 128)));
        };
        script(world, [Fate::edited(full)]);
        assert!(is_held_error(&Peer::new(world).try_lock()), "a holder may end its tenure");
        peer.unlock(&lease).unwrap();
        script(world, [Fate::edited(full)]);
        let error = failure(Peer::new(world).lock(0));
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(error.message.contains(OBJECT) && error.message.contains("full"), "{error}");
        assert_eq!(kinds(world), "AL");
    });
}
