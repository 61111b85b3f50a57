//! Requests that are lost, late or repeated.

use std::cell::Cell;
use std::rc::Rc;

use ossicle_guest::error::ErrorKind;
use ossicle_guest::lock::{LockError, Written};

use super::scene::*;
use crate::oss::{Reply, SECOND};
use crate::peer::failure;
use crate::site::Site;
use crate::world::{Copy, Fate, HALF};

const REQUESTS: u64 = 14;
const INDEX: u64 = 9;

/// A write under the lease before the set's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Earlier {
    Set,
    Removal,
    Store,
    Create,
    Delete,
}

impl Earlier {
    fn make(self, scene: &Scene) -> Result<Written, LockError> {
        let lease = scene.lease.clone();
        let key = KEYS[0];
        match self {
            Self::Set => scene.store(1),
            Self::Removal => scene.delete(),
            Self::Store => {
                let store = async move |site: Rc<Site>| site.certificates().store_under(&lease, key, "x".into()).await;
                scene.writer.run(store)
            }
            Self::Create => {
                let create =
                    async move |site: Rc<Site>| site.certificates().create_under(&lease, key, "x".into()).await;
                scene.writer.run(create)
            }
            Self::Delete => {
                let delete = async move |site: Rc<Site>| site.certificates().delete_under(&lease, key).await;
                scene.writer.run(delete)
            }
        }
    }
}

/// A copy of one of an earlier write's requests may arrive yet. That of a single key's would be taken for a later write, and
/// that of an index would take the place of a later set's. So no set is stored or removed under the lease, and it is past once
/// the lock was got again.
#[test]
pub fn no_set_is_changed_while_an_earlier_write_may_arrive() {
    let mut refusals = 0;
    for earlier in [Earlier::Set, Earlier::Removal, Earlier::Store, Earlier::Create, Earlier::Delete] {
        for late in 0..REQUESTS {
            let mut scene = Scene::new();
            if matches!(earlier, Earlier::Removal | Earlier::Delete) {
                scene.store(7).unwrap();
            }
            scene.fates(move |number, request| {
                (number == late && request.is_guarded()).then(|| Fate::late(20 * SECOND))
            });
            let made = earlier.make(&scene);
            scene.all_is_fine();
            if made == Ok(Written::Once) {
                continue;
            }
            for changed in [scene.store(2), scene.delete()] {
                let refused = failure(changed);
                let case = format!("{earlier:?} {late}: {refused}");
                assert!(refused.kind == ErrorKind::Conflict && refused.retryable && !refused.undecided, "{case}");
                refusals += 1;
            }
            let (writer, lease) = (scene.writer.clone(), scene.lease.clone());
            writer.unlock(&lease).unwrap();
            scene.lease = writer.lock(0).unwrap();
            assert_eq!(scene.store(2), Ok(Written::Once));
            scene.world.run_until(scene.world.now() + 60 * SECOND);
            assert_eq!(scene.load().unwrap(), whole(2), "{earlier:?} {late}");
        }
    }
    // Of the set eight requests change something, of the removal three, and one each of the others.
    assert!(refusals >= 2 * 14, "{refusals}");
}

/// Two calls at once would each put half of the values in their places.
#[test]
pub fn two_sets_are_not_stored_at_once() {
    let scene = Scene::new();
    let first = scene.start_store(1);
    assert_eq!(failure(scene.store(2)).kind, ErrorKind::Conflict);
    scene.pause();
    assert_eq!(first.take(), Some(Ok(Written::Once)));
    assert_eq!(scene.load().unwrap(), whole(1));
    assert_eq!(scene.store(2), Ok(Written::Once));
    assert_eq!(scene.load().unwrap(), whole(2));
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

/// Any request of a reader takes so long that sets are stored and removed meanwhile, the first of which was begun before.
#[test]
pub fn a_slow_reader_finds_one_set() {
    // A number stores that set, and 0 removes it.
    const CHANGES: [&[u64]; 6] = [&[2], &[0], &[2, 3], &[2, 0], &[0, 2], &[0, 2, 3]];
    for (has_set, changes) in [true, false].into_iter().flat_map(|has_set| CHANGES.map(|changes| (has_set, changes))) {
        for late in 0..12 {
            for begins in 0..8 {
                let scene = Scene::new();
                if has_set {
                    scene.store(1).unwrap();
                }
                let reads = Cell::new(0);
                scene.world.set_fate(move |request, _| {
                    // Writers read nothing.
                    let is_read = request.method == "GET" && !request.object.is_empty();
                    let is_late = is_read && reads.replace(reads.get() + 1) == late;
                    // So that a reader comes between the index and the values.
                    let is_value = request.method == "PUT" && KEYS.contains(&request.object.as_str());
                    let arrives = if is_late { 3 * SECOND } else { HALF * if is_value { 5 } else { 1 } };
                    Fate::of(Copy { arrives, answers: Some(HALF), ..Copy::default() })
                });
                let start = |number: u64| if number > 0 { scene.start_store(number) } else { scene.start_delete() };
                let first = start(changes[0]);
                scene.world.run_until(scene.world.now() + 2 * begins * HALF);
                let loading = scene.start_load();
                scene.world.run_until(scene.world.now() + SECOND / 4);
                assert_eq!(first.take(), Some(Ok(Written::Once)));
                for number in &changes[1..] {
                    let next = start(*number);
                    scene.world.run_until(scene.world.now() + SECOND / 4);
                    assert_eq!(next.take(), Some(Ok(Written::Once)));
                }
                scene.world.run_until(scene.world.now() + 10 * SECOND);
                let case = format!("{has_set} {changes:?} {late} {begins}");
                let loaded = loading.take().unwrap().unwrap_or_else(|error| panic!("{case}: no set: {error}"));
                let mut sets = changes.iter().chain(has_set.then_some(&1)).map(|number| whole(*number));
                assert!(loaded == nothing() || sets.any(|set| loaded == set), "{case}: a mix: {loaded:?}");
            }
        }
    }
}

/// A reader finds the copies of a set gone, when the set is in its place; and then an index of another set, which was broken off.
#[test]
pub fn what_is_gone_of_one_set_says_nothing_of_the_next() {
    let scene = Scene::new();
    let reads = Cell::new(0);
    scene.world.set_fate(move |request, _| {
        let is_read = request.method == "GET" && !request.object.is_empty();
        let arrives = match reads.get() {
            // The index, and the keys.
            0..4 if is_read => HALF,
            // The copies.
            4..7 if is_read => SECOND,
            // The index once more.
            _ if is_read => 3 * SECOND,
            _ if KEYS.contains(&request.object.as_str()) && request.method == "PUT" => 30 * HALF,
            _ => HALF,
        };
        reads.set(reads.get() + u64::from(is_read));
        Fate::of(Copy { arrives, answers: Some(HALF), ..Copy::default() })
    });
    let stored = scene.start_store(1);
    // Looks and copies are answered, and the index is there.
    scene.world.run_until(scene.world.now() + 5 * HALF + HALF / 2);
    let loading = scene.start_load();
    scene.world.run_until(scene.world.now() + SECOND + SECOND / 4);
    assert_eq!(stored.take(), Some(Ok(Written::Once)));
    assert_eq!(scene.delete(), Ok(Written::Once));
    scene.fates(|number, _| (number > INDEX).then(silence));
    let broken_off = scene.start_store(2);
    scene.world.run_until(scene.world.now() + SECOND / 4);
    assert!(broken_off.borrow().is_none() && loading.borrow().is_none());
    scene.all_is_fine();
    scene.world.run_until(scene.world.now() + 3 * SECOND);
    assert_eq!(loading.take().unwrap().unwrap(), whole(2));
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

/// Of requests that are sent at once several may fail, and the first failure is told: not that nothing can come of the call any
/// more, if that is not so of another.
#[test]
fn a_failure_says_whether_another_is_undecided() {
    let scene = Scene::new();
    scene.fates(|_, request| match request.object.as_str() {
        copy if copy.starts_with("d/a.crt/") => Some(Fate::instead(Reply::error(403, "AccessDenied"))),
        copy if copy.starts_with("d/a.json/") => Some(Fate::unanswered()),
        _ => None,
    });
    let error = failure(scene.store(1));
    assert!(error.kind == ErrorKind::AccessDenied && error.undecided, "{error}");
    scene.all_is_fine();
    assert_eq!(scene.load().unwrap(), nothing());
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
