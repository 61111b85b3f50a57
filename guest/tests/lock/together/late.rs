//! Requests that are lost, late or repeated.

use ossicle_guest::error::ErrorKind;
use ossicle_guest::lock::{LockError, Written};

use super::scene::*;
use crate::oss::{Reply, SECOND};
use crate::peer::failure;
use crate::world::{Copy, Fate, HALF};

const REQUESTS: u64 = 14;
const INDEX: u64 = 9;

/// A copy of one of a set's requests arrives when a later set of the same lease stands. What comes of it is the later set,
/// or an error that storing it again mends, and never a mix.
#[test]
fn a_late_copy_of_an_earlier_set_makes_no_mix() {
    let mut errors = 0;
    for late in 0..REQUESTS {
        for removes in [false, true] {
            let scene = Scene::new();
            scene.fates(move |number, _| (number == late).then(|| Fate::late(20 * SECOND)));
            scene.store(1).unwrap();
            if removes {
                scene.delete().unwrap();
            } else {
                assert_eq!(scene.store(2), Ok(Written::Once));
            }
            scene.world.run_until(scene.world.now() + 30 * SECOND);
            match scene.load() {
                Ok(seen) => assert_eq!(seen, if removes { nothing() } else { whole(2) }, "{late}"),
                Err(error) => {
                    assert_eq!((error.kind, error.retryable), (ErrorKind::Conflict, true), "{late}: {error}");
                    errors += 1;
                }
            }
            assert_eq!(scene.store(3), Ok(Written::Once));
            assert_eq!(scene.load().unwrap(), whole(3), "{late}");
            assert!(!scene.has_copies(), "{late}");
        }
    }
    // An index or a value beside the values of the other set.
    assert!((4..=8).contains(&errors), "{errors}");
}

/// A delete has no id: a copy of it would take values of the later set away. So none is stored while one may arrive.
#[test]
fn no_set_is_stored_while_a_delete_may_arrive() {
    // The delete of the values, and one of a single key.
    for single in [false, true] {
        let mut scene = Scene::new();
        scene.store(1).unwrap();
        scene.fates(|_, request| (request.is_guarded() && request.method != "PUT").then(|| Fate::late(20 * SECOND)));
        let lease = scene.lease.clone();
        let removing = scene.writer.start(async move |site| match single {
            true => site.certificates().delete_under(&lease, KEYS[0]).await,
            false => site.certificates().delete_together(&lease, &KEYS).await,
        });
        scene.world.run_until(scene.world.now() + 10 * SECOND);
        assert!(removing.borrow().as_ref().is_some_and(Result::is_err));
        scene.all_is_fine();
        let refused = failure(scene.store(2));
        assert!(refused.kind == ErrorKind::Conflict && refused.retryable && !refused.undecided, "{refused}");
        let (writer, lease) = (scene.writer.clone(), scene.lease.clone());
        writer.unlock(&lease).unwrap();
        scene.lease = writer.lock(0).unwrap();
        assert_eq!(scene.store(2), Ok(Written::Once));
        scene.world.run_until(scene.world.now() + 60 * SECOND);
        assert_eq!(scene.load().unwrap(), whole(2));
    }
}

/// Between the copies' answers and their cleaning there are no errors: every load finds the old set or the new one.
#[test]
fn readers_beside_a_writer_find_one_set() {
    let mut seen = [0, 0];
    for begins in 0..60 {
        for slow in 0..REQUESTS {
            let scene = Scene::new();
            scene.store(1).unwrap();
            scene.fates(move |number, request| {
                (request.is_guarded() && number == slow)
                    .then(|| Fate::of(Copy { arrives: 7 * HALF, answers: Some(HALF), ..Copy::default() }))
            });
            let stored = scene.start_store(2);
            scene.world.run_until(scene.world.now() + begins * HALF / 4);
            let loaded = scene.load().unwrap();
            assert!(loaded == whole(1) || loaded == whole(2), "{begins} {slow}: {loaded:?}");
            seen[usize::from(loaded == whole(2))] += 1;
            scene.pause();
            assert_eq!(stored.take(), Some(Ok(Written::Once)));
            assert_eq!(scene.load().unwrap(), whole(2));
        }
    }
    assert!(seen[0] > 100 && seen[1] > 100, "{seen:?}");
}

/// A delete of a copy that is lost brings nothing back.
#[test]
fn copies_that_stay_bring_nothing_back() {
    let scene = Scene::new();
    scene.fates(|number, _| (number >= REQUESTS - 1).then(Fate::lost));
    let error = failure(scene.store(1));
    assert!(error.message.starts_with("the set is stored") && error.retryable, "{error}");
    scene.all_is_fine();
    assert!(scene.has_copies());
    assert_eq!(scene.load().unwrap(), whole(1));
    scene.delete_one(KEYS[0]);
    assert_eq!(scene.load().unwrap(), [None, whole(1)[1].clone(), whole(1)[2].clone()]);
    scene.store_one(KEYS[1], "z");
    assert_eq!(scene.load().unwrap(), [None, Some("z".into()), whole(1)[2].clone()]);
    scene.delete_one(KEYS[1]);
    scene.delete_one(KEYS[2]);
    assert_eq!(scene.load().unwrap(), nothing());
    assert!(!scene.has_copies());
}

/// What fails before the index leaves the old set, and what fails after it says that the new one stands.
#[test]
fn a_failure_says_whether_the_set_is_stored() {
    for number in 6..REQUESTS {
        let scene = Scene::new();
        scene.store(1).unwrap();
        scene.fates(move |sent, _| (sent == number).then(|| Fate::instead(Reply::error(403, "AccessDenied"))));
        let error = failure(scene.store(2));
        assert!(error.kind == ErrorKind::AccessDenied && !error.undecided, "{number}: {error}");
        let is_stored = number > INDEX;
        assert_eq!(error.message.starts_with("the set is stored"), is_stored, "{number}: {error}");
        assert_eq!(scene.load().unwrap(), whole(if is_stored { 2 } else { 1 }), "{number}");
    }
    // Whether the index was put can't be known.
    let scene = Scene::new();
    scene.fates(|sent, _| (sent >= INDEX).then(Fate::unanswered));
    assert!(failure(scene.store(1)).undecided);
    scene.all_is_fine();
    assert_eq!(scene.load().unwrap(), whole(1));
}

/// The lease runs out while the set is being stored: OSS takes nothing more, and what stands is one set.
#[test]
fn nothing_is_stored_after_the_lease() {
    for late in 6..REQUESTS {
        let scene = Scene::new();
        scene.store(1).unwrap();
        scene.fates(move |number, _| {
            (number == late).then(|| Fate::of(Copy { arrives: 55 * SECOND, answers: Some(HALF), ..Copy::default() }))
        });
        let lost = scene.start_store(2);
        scene.world.run_until(scene.world.now() + 200 * SECOND);
        let result = lost.take();
        let Some(Err(LockError::Lost { reason, .. })) = &result else { panic!("{late}: {result:?}") };
        assert_eq!(reason.starts_with("the set is stored"), late > INDEX, "{late}: {reason}");
        assert_eq!(scene.load().unwrap(), whole(if late > INDEX { 2 } else { 1 }), "{late}");
    }
}
