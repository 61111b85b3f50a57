//! Storages on the move: from clear to encrypted, and from key to key, while others read and write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use futures_util::StreamExt as _;
use ossicle::{Certificates, ErrorKind, Protection, Reencrypted};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_tests::Ground;

use super::support::{key_set, mixed, open, rotated, with};

fn pem(number: usize) -> Vec<u8> {
    format!("-----BEGIN CERTIFICATE-----\n{number}\n-----END CERTIFICATE-----\n").into_bytes()
}

async fn reencrypt_all(storage: &Certificates) -> Vec<Reencrypted> {
    let listed = storage.list("", true).await.unwrap();
    let all = futures_util::stream::iter(listed.keys()).map(async |key| storage.reencrypt(key).await.unwrap());
    all.buffered(8).collect().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clear_storage_is_read_told_and_sealed() {
    let ground = Ground::new("root/").await;
    let clear = ground.open(ground.config());
    for number in 0..20 {
        clear.store(&format!("sites/{number}.crt"), pem(number)).await.unwrap();
    }
    let keys = key_set("AES256_GCM", 1);
    let storage = mixed(&ground, &keys);
    let loaded = storage.load_value("sites/3.crt").await.unwrap();
    assert_eq!((&*loaded.value, loaded.protection), (&pem(3), Protection::Clear));
    assert_eq!(storage.stat("sites/3.crt").await.unwrap().size, pem(3).len() as u64);

    let first = reencrypt_all(&storage).await;
    let sealed = first.iter().filter(|outcome| **outcome == Reencrypted::Rewritten(Protection::Clear)).count();
    assert_eq!((sealed, first.len()), (20, 21), "one of the entries is a directory");
    ground.take_counts();
    let second = reencrypt_all(&storage).await;
    assert!(second.iter().all(|outcome| matches!(outcome, Reencrypted::Current | Reencrypted::Absent)));
    let counts = ground.take_counts();
    assert!(!counts.iter().any(|(name, _)| name == "PutObject"), "{counts:?}");

    // The move is over: clear values are refused again.
    let strict = open(&ground, with(&keys));
    for number in 0..20 {
        assert_eq!(*strict.load(&format!("sites/{number}.crt")).await.unwrap(), pem(number));
    }
}

/// Readers with both keys read on while everything is re-encrypted, and no finished store of a writer that holds the
/// value's lock, or that stores other keys, is undone.
#[tokio::test(flavor = "multi_thread")]
async fn readers_and_writers_go_on() {
    let ground = Ground::new("").await;
    let old = key_set("AES128_GCM_RAW", 1);
    let new = rotated(&old, "AES256_GCM");
    let before = open(&ground, with(&old));
    for number in 0..40 {
        before.store(&format!("k/{number}"), pem(number)).await.unwrap();
    }
    let storage = open(&ground, with(&new));
    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (storage, done) = (storage.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let mut read = 0;
            while !done.load(Relaxed) || read < 80 {
                let number = read % 40;
                assert_eq!(*storage.load(&format!("k/{number}")).await.unwrap(), pem(number));
                read += 1;
            }
        })
    };
    let writer = {
        let (storage, done) = (storage.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let mut written = 0;
            while !done.load(Relaxed) || written < 40 {
                storage.store(&format!("fresh/{written}"), pem(written)).await.unwrap();
                written += 1;
            }
            written
        })
    };
    let outcomes = reencrypt_all(&storage).await;
    done.store(true, Relaxed);
    reader.await.unwrap();
    let written = writer.await.unwrap();
    let rewritten = outcomes.iter().filter(|outcome| matches!(outcome, Reencrypted::Rewritten(_))).count();
    assert_eq!(rewritten, 40);
    for number in 0..written {
        assert_eq!(*storage.load(&format!("fresh/{number}")).await.unwrap(), pem(number));
    }
    for number in 0..40 {
        let loaded = storage.load_value(&format!("k/{number}")).await.unwrap();
        assert_eq!(*loaded.value, pem(number));
        assert_eq!(loaded.protection, Protection::Sealed { key_id: new.primary_id(), by_primary: true });
    }
}

/// A value that is stored while it is being re-encrypted stays: the look before the put shows that it is another.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_the_middle_is_kept() {
    let ground = Ground::new("").await;
    let old = key_set("AES128_GCM", 1);
    let new = rotated(&old, "AES256_GCM");
    open(&ground, with(&old)).store("k", "the old value").await.unwrap();
    let storage = open(&ground, with(&new));
    // The store comes between the read and the look.
    ground.fault(FaultRule::new(FaultAction::Delay { ms: 1500 }).on(Operation::HeadObject).once());
    let moving = tokio::spawn(storage.reencrypt("k"));
    while ground.emulator().stats().count(Operation::GetObject) == 0 {
        tokio::task::yield_now().await;
    }
    storage.store("k", "the new value").await.unwrap();
    assert_eq!(moving.await.unwrap().unwrap(), Reencrypted::Current);
    assert_eq!(*storage.load("k").await.unwrap(), b"the new value");
}

/// Broken off anywhere, a run leaves every value whole, and the next one goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_run_is_taken_up() {
    let ground = Ground::new("").await;
    let keys = key_set("XCHACHA20_POLY1305", 1);
    let clear = ground.open(ground.config());
    for number in 0..10 {
        clear.store(&format!("k/{number}"), pem(number)).await.unwrap();
    }
    let storage = mixed(&ground, &keys);
    ground.fault(FaultRule::new(FaultAction::LoseResponse).on(Operation::PutObject).skip(2).times(1));
    ground.fault(FaultRule::new(FaultAction::Refuse).on(Operation::PutObject).skip(5));
    let mut failed = 0;
    for number in 0..10 {
        failed += usize::from(storage.reencrypt(&format!("k/{number}")).await.is_err());
    }
    assert!((3..10).contains(&failed), "{failed}");
    for number in 0..10 {
        assert_eq!(*storage.load(&format!("k/{number}")).await.unwrap(), pem(number));
    }
    ground.clear_faults();
    let outcomes = reencrypt_all(&storage).await;
    let rewritten = outcomes.iter().filter(|outcome| matches!(outcome, Reencrypted::Rewritten(_))).count();
    assert!((1..10).contains(&rewritten), "{rewritten}");
    let strict = open(&ground, with(&keys));
    for number in 0..10 {
        assert_eq!(*strict.load(&format!("k/{number}")).await.unwrap(), pem(number));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_opened_stays_as_it_is() {
    let ground = Ground::new("").await;
    ground.put_raw("k", &[0xff; 50]);
    let error = mixed(&ground, &key_set("AES256_GCM", 1)).reencrypt("k").await.unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::Corrupt));
    assert_eq!(ground.get_raw("k").unwrap()[..], [0xff; 50]);
    let error = ground.open(ground.config()).reencrypt("k").await.unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::Unsupported));
}

/// A set that was broken off stays one while its values are sealed anew, and so does one that is whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_set_stays_one_while_it_is_sealed_anew() {
    let ground = Ground::new("").await;
    let (old, new) = (key_set("AES256_GCM", 1), rotated(&key_set("AES256_GCM", 1), "XCHACHA20_POLY1305"));
    let (before, after) = (open(&ground, with(&old)), open(&ground, with(&new)));
    let keys = ["sites/a.crt", "sites/a.key"];
    let values = |number| keys.map(|key| (key, pem(number))).to_vec();
    let lease = before.tenant().locks().lock("sets", std::time::Duration::from_secs(5)).await.unwrap();
    before.store_together(&lease, values(1)).await.unwrap();
    assert!(
        reencrypt_all(&after).await.iter().filter(|outcome| matches!(outcome, Reencrypted::Rewritten(_))).count() == 2
    );
    ground.take_counts();
    let loaded = after.load_together(&keys).await.unwrap();
    assert!(loaded.iter().all(|value| value.as_ref().is_some_and(|value| **value == pem(1))));
    assert_eq!(ground.take_counts(), [("GetObject".to_owned(), 3)], "it is still whole");
    // Two copies, the index, and then the first value.
    let refuse =
        FaultAction::Error { status: 403, code: "AccessDenied".into(), message: String::new(), ec: String::new() };
    before.store_together(&lease, values(2)).await.unwrap();
    ground.fault(FaultRule::new(refuse).on(Operation::PutObject).skip(3));
    before.store_together(&lease, values(3)).await.unwrap_err();
    ground.clear_faults();
    reencrypt_all(&after).await;
    for key in keys {
        assert_eq!(*after.load(key).await.unwrap(), pem(2));
    }
    let loaded = after.load_together(&keys).await.unwrap();
    assert!(loaded.iter().all(|value| value.as_ref().is_some_and(|value| **value == pem(3))));
}
