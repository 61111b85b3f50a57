//! Values of several keys stored as one.

use std::time::Duration;

use ossicle::{ErrorKind, Unlocked, Written};
use ossicle_emulator::{FaultAction, FaultRule, Operation};

use crate::{CertStorage, Ground, Together};

const KEYS: [&str; 3] = ["sites/a/a.crt", "sites/a/a.json", "sites/a/a.key"];

fn set(number: u8) -> [Vec<u8>; 3] {
    KEYS.map(|key| format!("-----BEGIN {number} {key}-----\n").into_bytes())
}

async fn store<T: Together>(sets: &T, lease: &T::Lease, number: u8) -> Result<Written, crate::LockFailed> {
    let values = set(number);
    let pairs: Vec<_> = KEYS.into_iter().zip(values.iter().map(Vec::as_slice)).collect();
    // In another order than that of bytes.
    sets.store_together(lease, &pairs.into_iter().rev().collect::<Vec<_>>()).await
}

async fn load(sets: &impl Together) -> Vec<Option<Vec<u8>>> {
    sets.load_together(&KEYS).await.unwrap()
}

fn whole(number: u8) -> Vec<Option<Vec<u8>>> {
    set(number).map(Some).to_vec()
}

/// The life of a set: stored, loaded, replaced, changed key by key, removed.
pub async fn one_set(storage: &impl CertStorage, sets: &impl Together, ground: &Ground) {
    assert_eq!(load(sets).await, vec![None; 3]);
    let lease = sets.lock("sets", Duration::from_secs(5)).await.unwrap();
    ground.take_counts();
    assert_eq!(store(sets, &lease, 1).await.unwrap(), Written::Once);
    let counts = [("DeleteMultipleObjects", 1), ("HeadObject", 3), ("ListObjectsV2", 3), ("PutObject", 7)];
    assert_eq!(ground.take_counts(), counts.map(|(name, count)| (name.to_owned(), count)));
    assert_eq!(load(sets).await, whole(1));
    assert_eq!(ground.take_counts(), [("GetObject".to_owned(), 4)]);
    for (key, value) in KEYS.into_iter().zip(set(1)) {
        assert_eq!(storage.load(key).await.unwrap(), value);
        assert_eq!(ground.acl(&[ground.root(), key].concat()).as_deref(), Some("private"));
    }
    assert_eq!(store(sets, &lease, 2).await.unwrap(), Written::Once);
    assert_eq!(load(sets).await, whole(2));
    // Sets keep nothing that is listed.
    assert_eq!(storage.list("", true).await.unwrap(), [&["sites", "sites/a"][..], &KEYS].concat());
    assert_eq!(storage.list("sites/a", false).await.unwrap(), KEYS);
    storage.store(KEYS[0], b"stored by itself").await.unwrap();
    storage.delete(KEYS[1]).await.unwrap();
    let changed = vec![Some(b"stored by itself".to_vec()), None, Some(set(2)[2].clone())];
    assert_eq!(load(sets).await, changed);
    assert_eq!(store(sets, &lease, 3).await.unwrap(), Written::Once);
    assert_eq!(load(sets).await, whole(3));
    assert_eq!(sets.delete_together(&lease, &KEYS).await.unwrap(), Written::Once);
    assert_eq!(load(sets).await, vec![None; 3]);
    assert_eq!(ground.keys_below("sites"), [""; 0]);
    // A directory takes its sets along.
    store(sets, &lease, 4).await.unwrap();
    storage.delete("sites/a").await.unwrap();
    assert_eq!(load(sets).await, vec![None; 3]);
    assert_eq!(ground.keys_below("sites"), [""; 0]);
    for key in ["sites/a/.together", "sites/a/.together/x", ".together"] {
        assert!(storage.load(key).await.unwrap_err().is(ErrorKind::InvalidKey), "{key}");
        assert!(storage.list(key, true).await.unwrap_err().is(ErrorKind::InvalidKey), "{key}");
    }
    assert_eq!(sets.unlock(&lease).await.unwrap(), Unlocked::Released);
    assert!(sets.load_together(&[]).await.unwrap_err().is(ErrorKind::Unsupported));
    assert!(sets.load_together(&["a/b", "b"]).await.unwrap_err().is(ErrorKind::InvalidKey));
}

/// A set is broken off by each of its writes that OSS refuses: all is new or all is old.
pub async fn broken_off(storage: &impl CertStorage, sets: &impl Together, ground: &Ground) {
    let lease = sets.lock("sets", Duration::from_secs(5)).await.unwrap();
    let mut old = vec![None; 3];
    let refuse =
        || FaultAction::Error { status: 403, code: "AccessDenied".into(), message: String::new(), ec: String::new() };
    // Three copies, the index, three values.
    for (number, put) in (1..).zip(1..=7) {
        ground.fault(FaultRule::new(refuse()).on(Operation::PutObject).skip(put - 1).once());
        let failed = store(sets, &lease, number).await.unwrap_err().failed();
        assert!(failed.is(ErrorKind::AccessDenied), "{put}: {}", failed.text);
        let is_stored = put > 4;
        assert_eq!(failed.text.contains("the set is stored"), is_stored, "{put}: {}", failed.text);
        if is_stored {
            old = whole(number);
        }
        assert_eq!(load(sets).await, old, "{put}");
    }
    // A key that was new is deleted although its value was never put.
    storage.delete("sites").await.unwrap();
    ground.fault(FaultRule::new(refuse()).on(Operation::PutObject).skip(5).once());
    store(sets, &lease, 9).await.unwrap_err();
    assert_eq!(load(sets).await, whole(9));
    for (place, key) in KEYS.iter().enumerate() {
        storage.delete(key).await.unwrap();
        let mut left = whole(9);
        left[..=place].fill(None);
        assert_eq!(load(sets).await, left);
    }
    store(sets, &lease, 10).await.unwrap();
    assert_eq!(load(sets).await, whole(10));
    assert_eq!(ground.keys_below("sites").len(), 4, "the values and the index");
    assert_eq!(sets.unlock(&lease).await.unwrap(), Unlocked::Released);
}
