//! What can't be a set is refused before anything is sent.

use bytes::Bytes;
use ossicle_guest::cert::{MAX_TOGETHER, MAX_VALUE};
use ossicle_guest::error::ErrorKind;
use ossicle_guest::lock::Written;

use super::scene::*;
use crate::oss::SECOND;
use crate::peer::failure;

#[test]
fn what_can_be_no_set_is_refused() {
    let scene = Scene::new();
    let many: Vec<_> = (0..=MAX_TOGETHER).map(|n| format!("d/{n}")).collect();
    // Below it there is no room for a copy.
    let long = ["d/", &"x".repeat(1000)].concat();
    let cases: [(&[&str], ErrorKind); 9] = [
        (&[], ErrorKind::Unsupported),
        (&many.iter().map(String::as_str).collect::<Vec<_>>(), ErrorKind::Unsupported),
        (&["d/a", "e/a"], ErrorKind::InvalidKey),
        (&["d/a", "a"], ErrorKind::InvalidKey),
        (&["d/a", "d/a/b"], ErrorKind::InvalidKey),
        (&["d/a", "/d//a"], ErrorKind::InvalidKey),
        (&["d/a", "locks/x"], ErrorKind::InvalidKey),
        (&["d/a", "d/.together"], ErrorKind::InvalidKey),
        (&["d/a", &long], ErrorKind::InvalidKey),
    ];
    scene.world.sent();
    for (keys, kind) in cases {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        let values: Vec<_> = keys.iter().map(|key| (key.clone(), Bytes::from("v"))).collect();
        let lease = scene.lease.clone();
        let stored = scene.writer.run(async move |site| site.certificates().store_together(&lease, values).await);
        assert_eq!(failure(stored).kind, kind, "{keys:?}");
        let (lease, given) = (scene.lease.clone(), keys.clone());
        let removed = scene.writer.run(async move |site| {
            let keys: Vec<_> = given.iter().map(String::as_str).collect();
            site.certificates().delete_together(&lease, &keys).await
        });
        assert_eq!(failure(removed).kind, kind, "{keys:?}");
        let given = keys.clone();
        let loaded = scene.writer.run(async move |site| {
            let keys: Vec<_> = given.iter().map(String::as_str).collect();
            site.certificates().load_together(&keys).await
        });
        assert_eq!(loaded.unwrap_err().kind, kind, "{keys:?}");
    }
    let (lease, half) = (scene.lease.clone(), Bytes::from(vec![0; MAX_VALUE as usize / 2 + 1]));
    let values = vec![("d/a".to_owned(), half.clone()), ("d/b".to_owned(), half)];
    let stored = scene.writer.run(async move |site| site.certificates().store_together(&lease, values).await);
    assert_eq!(failure(stored).kind, ErrorKind::Unsupported);
    assert_eq!(scene.world.sent(), [""; 0]);
}

/// One key is no set, so that it may be as long as any and may be changed while another is on its way.
#[test]
fn one_key_needs_no_room_for_copies() {
    let scene = Scene::new();
    for key in ["d/".to_owned() + &"x".repeat(1021), "x".repeat(1000)] {
        let (lease, values) = (scene.lease.clone(), vec![(key.clone(), Bytes::from("v"))]);
        let stored = scene.writer.run(async move |site| site.certificates().store_together(&lease, values).await);
        assert_eq!(stored, Ok(Written::Once));
        let given = key.clone();
        let loaded = scene.other.run(async move |site| site.certificates().load_together(&[&given]).await);
        assert_eq!(loaded.unwrap(), [Some(Bytes::from("v"))]);
        let (lease, given) = (scene.lease.clone(), key.clone());
        let removed = scene.writer.run(async move |site| site.certificates().delete_together(&lease, &[&given]).await);
        assert_eq!(removed, Ok(Written::Once));
        let loaded = scene.other.run(async move |site| site.certificates().load_together(&[&key]).await);
        assert_eq!(loaded.unwrap(), [None]);
    }
}

/// Values that were stored one by one are loaded, unless they are too large together.
#[test]
fn what_is_loaded_is_bounded() {
    let scene = Scene::new();
    let half = Bytes::from(vec![0; MAX_VALUE as usize / 2 + 1]);
    for key in ["d/a", "d/b"] {
        let value = half.clone();
        scene.other.run(async move |site| site.certificates().store(key, value).await).unwrap();
    }
    let loaded = scene.other.run(async |site| site.certificates().load_together(&["d/a", "d/b"]).await);
    assert_eq!(loaded.unwrap_err().kind, ErrorKind::Unsupported);
    let loaded = scene.other.run(async |site| site.certificates().load_together(&["d/a", "d/c"]).await).unwrap();
    assert!(loaded[0].is_some() && loaded[1].is_none());
}

/// What a set replaces does not count, be it as large as can be itself.
#[test]
fn a_set_as_large_as_can_be_is_loaded_beside_what_it_replaces() {
    let scene = Scene::new();
    let keys = ["d/a", "d/b"];
    let values = move |filler: u8| {
        let half = Bytes::from(vec![filler; MAX_VALUE as usize / 2]);
        keys.map(|key| (key.to_owned(), half.clone())).to_vec()
    };
    let lease = scene.lease.clone();
    scene.writer.run(async move |site| site.certificates().store_together(&lease, values(1)).await).unwrap();
    scene.pause();
    // Four looks, two copies and the index arrive.
    scene.fates(|number, _| (number > 6).then(silence));
    let lease = scene.lease.clone();
    let stored = scene.writer.start(async move |site| site.certificates().store_together(&lease, values(2)).await);
    scene.world.run_until(scene.world.now() + SECOND);
    assert!(stored.borrow().is_none());
    scene.all_is_fine();
    let loaded = scene.other.run(async move |site| site.certificates().load_together(&keys).await).unwrap();
    let fillers: Vec<_> = loaded.iter().flatten().map(|value| (value.len() as u64, value[0])).collect();
    assert_eq!(fillers, [(MAX_VALUE / 2, 2); 2]);
}

/// A key may be a directory as well, whose sets keep their indexes where the key's copies are.
#[test]
pub fn sets_below_a_key_of_a_set_are_left_alone() {
    let scene = Scene::new();
    let below = ["d/a.crt/x", "d/a.crt/y"];
    let lease = scene.lease.clone();
    let values = below.map(|key| (key.to_owned(), Bytes::from(key))).to_vec();
    scene.writer.run(async move |site| site.certificates().store_together(&lease, values).await).unwrap();
    let load = || {
        let loaded = scene.other.run(async move |site| site.certificates().load_together(&below).await).unwrap();
        loaded.iter().flatten().map(text).collect::<Vec<_>>()
    };
    scene.store(1).unwrap();
    assert_eq!(load(), below);
    scene.delete().unwrap();
    assert_eq!(load(), below);
    assert!(scene.objects().iter().any(|name| name.contains(".together")), "{:?}", scene.objects());
}

/// Sets of other keys are other sets: what they have in common is an error for who asks for the other.
#[test]
pub fn sets_of_other_keys_are_other_sets() {
    let scene = Scene::new();
    scene.store(1).unwrap();
    let lease = scene.lease.clone();
    let values: Vec<_> = set(2).into_iter().take(2).collect();
    let stored = scene.writer.run(async move |site| site.certificates().store_together(&lease, values).await);
    assert_eq!(stored, Ok(Written::Once));
    assert_eq!(scene.load().unwrap_err().kind, ErrorKind::Conflict);
    let loaded = scene.other.run(async |site| site.certificates().load_together(&KEYS[..2]).await).unwrap();
    assert_eq!(loaded.iter().flatten().map(text).collect::<Vec<_>>(), ["2 d/a.crt", "2 d/a.json"]);
    scene.pause();
    scene.store(3).unwrap();
    assert_eq!(scene.load().unwrap(), whole(3));
}

/// One key needs nothing besides, and what each call costs.
#[test]
fn requests() {
    let scene = Scene::new();
    let lease = scene.lease.clone();
    scene.world.sent();
    let one = vec![("k".to_owned(), Bytes::from("v"))];
    scene.writer.run(async move |site| site.certificates().store_together(&lease, one).await).unwrap();
    assert_eq!(scene.world.sent(), ["guarded PUT k"]);
    let loaded = scene.other.run(async |site| site.certificates().load_together(&["/k"]).await).unwrap();
    assert_eq!((loaded, scene.world.sent()), (vec![Some(Bytes::from("v"))], vec!["GET k".to_owned()]));
    scene.store(1).unwrap();
    assert_eq!(scene.world.sent().len(), 4 * KEYS.len() + 2);
    scene.load().unwrap();
    assert_eq!(scene.world.sent().len(), KEYS.len() + 1);
    scene.store_one(KEYS[0], "z");
    scene.world.sent();
    scene.load().unwrap();
    assert_eq!(scene.world.sent().len(), KEYS.len() + 2);
    scene.delete_one(KEYS[0]);
    assert_eq!(scene.world.sent().len(), 2, "as always");
    scene.delete().unwrap();
    assert_eq!(scene.world.sent().len(), 2 * KEYS.len() + 3);
}
