//! The writer dies after any of its requests; of those that it sends at once, any may have arrived.

use ossicle_guest::lock::Written;

use super::scene::*;
use crate::oss::SECOND;
use crate::world::{Copy, Fate, HALF};

/// What there is before the set that is broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    Single,
    Set,
    /// A set of which a value was stored by itself, and one deleted.
    Changed,
    /// A set that was broken off when it had come to be.
    Broken,
    /// One that was broken off before.
    Begun,
    Removed,
}

const ALL: [Before; 7] =
    [Before::Nothing, Before::Single, Before::Set, Before::Changed, Before::Broken, Before::Begun, Before::Removed];

/// Requests of a set of three: six looks, three copies, the index, three values, and a delete.
const REQUESTS: u64 = 14;
const INDEX: u64 = 9;
/// And of removing one: six looks, the index, a delete of the values, and one of the index.
const REMOVAL: u64 = 9;

impl Before {
    /// Makes it, and tells what is seen of it.
    fn make(self, scene: &mut Scene) -> Seen {
        let seen = match self {
            Self::Nothing => nothing(),
            Self::Single => {
                scene.store_one(KEYS[0], "x");
                scene.store_one(KEYS[2], "y");
                vec![Some("x".into()), None, Some("y".into())]
            }
            Self::Set => {
                assert_eq!(scene.store(1), Ok(Written::Once));
                whole(1)
            }
            Self::Changed => {
                scene.store(1).unwrap();
                scene.store_one(KEYS[0], "x");
                scene.delete_one(KEYS[1]);
                vec![Some("x".into()), None, whole(1)[2].clone()]
            }
            Self::Broken => {
                crash(scene, INDEX + 1, 0, Some(4));
                scene.next_holder();
                whole(4)
            }
            Self::Begun => {
                scene.store(1).unwrap();
                crash(scene, INDEX - 1, 0, Some(4));
                scene.next_holder();
                whole(1)
            }
            Self::Removed => {
                scene.store(1).unwrap();
                scene.delete().unwrap();
                nothing()
            }
        };
        scene.pause();
        assert_eq!(scene.load().unwrap(), seen, "{self:?}");
        seen
    }
}

/// Whether a request arrives: so many do, and of the three after these some.
fn arrives(number: u64, arrive: u64, some: u64) -> bool {
    number < arrive || number < arrive + 3 && some >> (number - arrive) & 1 == 1
}

/// Breaks off storing a set of this number, or removing.
fn crash(scene: &Scene, arrive: u64, some: u64, stores: Option<u64>) {
    scene.fates(move |number, _| (!arrives(number, arrive, some)).then(silence));
    let (ended, requests) = match stores {
        Some(number) => (scene.start_store(number), REQUESTS),
        None => (scene.start_delete(), REMOVAL),
    };
    scene.world.run_until(scene.world.now() + SECOND);
    let is_done = (0..requests).all(|number| arrives(number, arrive, some));
    assert_eq!(ended.borrow().is_some(), is_done, "{arrive} {some:b}");
    // The process is gone: what it waits for never comes.
    scene.all_is_fine();
    scene.world.run_until(scene.world.now() + SECOND);
}

/// Every way to break off storing a set, and what follows it.
fn every_crash(check: impl Fn(&mut Scene, Seen, &str)) {
    for before in ALL {
        for arrive in 0..=REQUESTS {
            // Looks change nothing, whichever of them arrive.
            for some in 0..if arrive < 4 { 1 } else { 8 } {
                let mut scene = Scene::new();
                let old = before.make(&mut scene);
                crash(&scene, arrive, some, Some(2));
                // The index is sent only once all copies are there.
                let is_stored = (0..=INDEX).all(|number| arrives(number, arrive, some));
                check(&mut scene, if is_stored { whole(2) } else { old }, &format!("{before:?} {arrive} {some:b}"));
            }
        }
    }
}

#[test]
pub fn all_or_nothing_whenever_the_writer_dies() {
    every_crash(|scene, expected, case| {
        assert_eq!(scene.load().unwrap(), expected, "{case}");
        scene.next_holder();
        assert_eq!(scene.load().unwrap(), expected, "{case}: after the lease");
        assert_eq!(scene.store(3), Ok(Written::Once), "{case}");
        assert_eq!(scene.load().unwrap(), whole(3), "{case}");
        assert!(!scene.has_copies(), "{case}: {:?}", scene.objects());
        for (key, value) in set(3) {
            assert_eq!(scene.load_one(KEYS.into_iter().find(|other| *other == key).unwrap()), Some(text(&value)));
        }
        assert_eq!(scene.objects().len(), KEYS.len() + 1, "{case}: the index besides");
    });
}

/// A key that was new and is deleted stays deleted: the copy goes with it.
#[test]
fn a_single_delete_after_a_crash_is_heeded() {
    every_crash(|scene, expected, case| {
        for place in 0..KEYS.len() {
            scene.delete_one(KEYS[place]);
            let mut expected = expected.clone();
            expected[..=place].fill(None);
            assert_eq!(scene.load().unwrap(), expected, "{case}: deleted {}", KEYS[place]);
        }
    });
}

#[test]
pub fn a_single_store_after_a_crash_is_heeded() {
    every_crash(|scene, mut expected, case| {
        for place in [1, 0, 2] {
            scene.store_one(KEYS[place], "z");
            expected[place] = Some("z".into());
            assert_eq!(scene.load().unwrap(), expected, "{case}: stored {}", KEYS[place]);
            assert_eq!(scene.load_one(KEYS[place]).as_deref(), Some("z"));
        }
    });
}

#[test]
fn what_was_broken_off_is_removed_as_a_whole() {
    every_crash(|scene, _, case| {
        scene.next_holder();
        assert_eq!(scene.delete(), Ok(Written::Once), "{case}");
        assert_eq!(scene.load().unwrap(), nothing(), "{case}");
        assert_eq!(scene.objects(), [""; 0], "{case}");
    });
}

#[test]
fn deleting_the_directory_removes_everything() {
    every_crash(|scene, _, case| {
        scene.delete_one("d");
        assert_eq!(scene.load().unwrap(), nothing(), "{case}");
        assert_eq!(scene.objects(), [""; 0], "{case}");
    });
}

/// While the values are there, so is the index, without which what a set replaces would stand again: OSS may remove a part of what
/// one request names.
#[test]
pub fn of_a_directory_the_index_goes_last() {
    // Three values, each with its copy behind it.
    for removed in 0..=6 {
        let mut scene = Scene::new();
        for key in KEYS {
            scene.store_one(key, "single");
        }
        crash(&scene, INDEX + 1, 0, Some(2));
        scene.next_holder();
        // The listing is answered, and one delete comes.
        scene.world.oss(|oss| oss.most_of_batch = removed);
        scene.fates(|number, _| match number {
            0 => None,
            1 => Some(Fate::of(Copy { arrives: HALF, ..Copy::default() })),
            _ => Some(silence()),
        });
        let deleted = scene.other.start(async |site| site.certificates().delete("d").await);
        scene.world.run_until(scene.world.now() + SECOND);
        scene.world.oss(|oss| oss.most_of_batch = usize::MAX);
        scene.all_is_fine();
        let seen = scene.load().unwrap();
        assert!(!seen.contains(&Some("single".into())), "{removed}: what was replaced is back: {seen:?}");
        assert_eq!(seen == nothing(), removed > 4, "{removed}: {seen:?}");
        assert!(deleted.borrow().is_none());
        scene.delete_one("d");
        assert_eq!(scene.objects(), [""; 0]);
    }
}

/// Values are sealed anew beside a set that was broken off, and it stays all or nothing.
#[test]
pub fn reencryption_after_a_crash_changes_no_set() {
    every_crash(|scene, expected, case| {
        let sealing = scene.sealing();
        for key in KEYS {
            let storage = sealing.clone();
            scene.other.run(async move |_| storage.reencrypt(key).await).unwrap();
        }
        assert_eq!(scene.load_sealed(&sealing).unwrap(), expected, "{case}");
    });
}

#[test]
pub fn removing_is_all_or_nothing_as_well() {
    for before in ALL {
        for arrive in 0..=REMOVAL {
            for some in 0..if arrive < 4 { 1 } else { 8 } {
                let mut scene = Scene::new();
                let old = before.make(&mut scene);
                crash(&scene, arrive, some, None);
                // The index is sent only after all looks.
                let is_removed = (0..=6).all(|number| arrives(number, arrive, some));
                let (expected, case) =
                    (if is_removed { nothing() } else { old }, format!("{before:?} {arrive} {some:b}"));
                assert_eq!(scene.load().unwrap(), expected, "{case}");
                if is_removed {
                    scene.store_one(KEYS[1], "z");
                    assert_eq!(scene.load().unwrap(), [None, Some("z".into()), None], "{case}");
                }
                scene.next_holder();
                scene.store(3).unwrap();
                assert_eq!(scene.load().unwrap(), whole(3), "{case}");
                assert!(!scene.has_copies());
            }
        }
    }
}

/// What is listed says nothing of what sets keep, but that a directory is there.
#[test]
fn what_sets_keep_is_not_listed() {
    every_crash(|scene, _, case| {
        let listed = scene.other.run(async |site| site.certificates().list("", true).await).unwrap();
        for key in listed.keys() {
            assert!(key == "d" || KEYS.contains(&key), "{case}: {key}");
        }
        assert_eq!(listed.left_out, 0, "{case}");
    });
}
