//! Values that are sealed anew beside sets.

use std::rc::Rc;

use bytes::Bytes;
use ossicle_guest::cert::{Reencrypted, Storage};
use ossicle_guest::error::{Error, ErrorKind};

use super::scene::*;
use crate::oss::SECOND;
use crate::peer::Later;
use crate::world::{Copy, Fate, HALF, Node};

const KEY: &str = KEYS[0];
/// Of sealing anew: a GET, a HEAD and a PUT.
const HEAD: u64 = 1;
const PUT: u64 = 2;

/// Begins to seal a value anew, by way of a request that arrives late.
fn start(scene: &Scene, sealing: &Rc<Storage<Node>>, late: u64, by: u64) -> Later<Result<Reencrypted, Error>> {
    scene.fates(move |number, _| {
        (number == late).then(|| Fate::of(Copy { arrives: by, answers: Some(HALF), ..Copy::default() }))
    });
    let sealing = sealing.clone();
    let sealed = scene.other.start(async move |_| sealing.reencrypt(KEY).await);
    scene.world.run_until(scene.world.now() + 5 * HALF);
    assert!(sealed.borrow().is_none());
    scene.all_is_fine();
    sealed
}

fn store_single(scene: &Scene, value: &'static str) {
    scene.other.run(async move |site| site.certificates().store(KEY, Bytes::from(value)).await).unwrap();
}

/// The ETag alone does not tell it.
#[test]
pub fn a_set_that_stores_the_same_bytes_again_is_noticed() {
    let scene = Scene::new();
    let sealing = scene.sealing();
    scene.store_one(KEY, "1 d/a.crt");
    let sealed = start(&scene, &sealing, HEAD, 2 * SECOND);
    scene.store(1).unwrap();
    assert!(matches!(sealed.take(), Some(Ok(Reencrypted::Rewritten(_)))));
    assert_eq!(scene.load_sealed(&sealing).unwrap(), whole(1));
}

/// The value of before two sets, neither of which replaces it, comes back. That it is older than the sets is seen although the
/// clock of the server that stored it was ahead.
#[test]
pub fn a_value_that_came_back_is_not_taken_for_a_later_one() {
    for ahead in [0, 2] {
        let scene = Scene::new();
        let sealing = scene.sealing();
        store_single(&scene, "x");
        scene.world.oss(|oss| oss.objects.get_mut(KEY).unwrap().history.last_mut().unwrap().1 += ahead * SECOND);
        let sealed = start(&scene, &sealing, PUT, 10 * SECOND);
        scene.store_quickly(1);
        scene.store_quickly(2);
        scene.world.run_until(scene.world.now() + 11 * SECOND);
        assert!(matches!(sealed.take(), Some(Ok(Reencrypted::Rewritten(_)))));
        assert_eq!(scene.load_one(KEYS[1]).as_deref(), Some("2 d/a.json"));
        assert_eq!(scene.load_sealed(&sealing).unwrap_err().kind, ErrorKind::Conflict, "{ahead}");
        scene.store(3).unwrap();
        assert_eq!(scene.load_sealed(&sealing).unwrap(), whole(3));
    }
}

/// However soon after a set a value was stored by itself: what is sealed anew long after the set did not come back.
#[test]
fn what_is_sealed_anew_later_stays_what_it_is() {
    let scene = Scene::new();
    let sealing = scene.sealing();
    let second = scene.world.now().next_multiple_of(SECOND);
    scene.world.run_until(second);
    scene.store_quickly(1);
    store_single(&scene, "x");
    assert_eq!(scene.world.now() / SECOND, second / SECOND, "all of it in one second");
    scene.world.run_until(scene.world.now() + 7200 * SECOND);
    for key in KEYS {
        let sealing = sealing.clone();
        scene.other.run(async move |_| sealing.reencrypt(key).await).unwrap();
    }
    let mut expected = whole(1);
    expected[0] = Some("x".into());
    assert_eq!(scene.load_sealed(&sealing).unwrap(), expected);
}

/// A removal that is overtaken brings one value back, and that is an error, not a part of a set.
#[test]
pub fn a_value_of_a_removed_set_that_came_back_is_an_error() {
    let scene = Scene::new();
    let sealing = scene.sealing();
    scene.store(1).unwrap();
    let sealed = start(&scene, &sealing, PUT, 2 * SECOND);
    scene.delete().unwrap();
    assert_eq!(scene.load().unwrap(), nothing());
    scene.world.run_until(scene.world.now() + 3 * SECOND);
    assert!(matches!(sealed.take(), Some(Ok(Reencrypted::Rewritten(_)))));
    assert_eq!(scene.load_sealed(&sealing).unwrap_err().kind, ErrorKind::Conflict);
    scene.delete().unwrap();
    assert_eq!(scene.load().unwrap(), nothing());
}
