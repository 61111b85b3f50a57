//! What does not open is `corrupt`, with the key's name and nothing else.

use ossicle::{Error, ErrorKind};
use ossicle_tests::Ground;

use super::support::{key_set, mixed, open, with};

const KEY: &str = "certificates/example.com.key";
const VALUE: &[u8] = b"CANARY-the-plaintext-of-a-value";

fn told(error: &Error) -> (Option<ErrorKind>, Option<String>, String) {
    let failure = error.failure().unwrap();
    assert!(!format!("{error} {error:?}").contains("CANARY"));
    assert!(failure.answer.is_none() && !error.is_retryable(), "{error:?}");
    (error.kind(), failure.key.clone(), failure.message.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_of_not_opening_looks_the_same() {
    for template in ["AES256_GCM", "AES256_GCM_RAW", "AES128_CTR_HMAC_SHA256", "XCHACHA20_POLY1305", "AES256_GCM_SIV"] {
        let ground = Ground::new("").await;
        let keys = key_set(template, 1);
        let storage = open(&ground, with(&keys));
        storage.store(KEY, VALUE).await.unwrap();
        let sealed = ground.get_raw(KEY).unwrap();
        let mut seen = Vec::new();

        // A wrong key.
        seen.push(told(&open(&ground, with(&key_set(template, 2))).load(KEY).await.unwrap_err()));
        // A swapped object, also with the mark that it is sealed.
        ground.put_raw("certificates/other.key", &sealed);
        let error = storage.load("certificates/other.key").await.unwrap_err();
        assert_eq!(error.failure().unwrap().key.as_deref(), Some("certificates/other.key"));
        // A changed byte, wherever it is; a byte less; half of it; nothing; one more.
        for at in 0..sealed.len() {
            let mut changed = sealed.to_vec();
            changed[at] ^= 1;
            ground.put_raw(KEY, &changed);
            seen.push(told(&storage.load(KEY).await.unwrap_err()));
        }
        for cut in [sealed.len() - 1, sealed.len() / 2, 5, 1, 0] {
            ground.put_raw(KEY, &sealed[..cut]);
            seen.push(told(&storage.load(KEY).await.unwrap_err()));
        }
        ground.put_raw(KEY, &[&sealed[..], b"x"].concat());
        seen.push(told(&storage.load(KEY).await.unwrap_err()));
        // The value in clear.
        ground.put_raw(KEY, VALUE);
        seen.push(told(&storage.load(KEY).await.unwrap_err()));

        let first = seen.first().unwrap().clone();
        assert_eq!((first.0, first.1.as_deref()), (Some(ErrorKind::Corrupt), Some(KEY)));
        assert!(seen.iter().all(|told| *told == first), "{seen:?}");
    }
}

/// The key set is lost, or left out: what Ossicle sealed is never taken for a value.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_set_no_ciphertext_is_given_out() {
    let ground = Ground::new("").await;
    open(&ground, with(&key_set("AES256_GCM_RAW", 1))).store(KEY, VALUE).await.unwrap();
    let error = ground.open(ground.config()).load(KEY).await.unwrap_err();
    assert_eq!(told(&error).0, Some(ErrorKind::Corrupt));
}

/// Mixed mode takes what is in clear, and never what was sealed and does not open.
#[tokio::test(flavor = "multi_thread")]
async fn mixed_mode_is_no_way_around() {
    for template in ["AES256_GCM", "AES256_GCM_RAW"] {
        let ground = Ground::new("").await;
        let keys = key_set(template, 1);
        let storage = mixed(&ground, &keys);
        storage.store(KEY, VALUE).await.unwrap();
        let sealed = ground.get_raw(KEY).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.to_vec();
            changed[at] ^= 1;
            ground.put_raw(KEY, &changed);
            let loaded = storage.load(KEY).await;
            assert_eq!(loaded.unwrap_err().kind(), Some(ErrorKind::Corrupt), "{template} {at}");
        }
        // And nothing is ever written in clear.
        ground.put_raw(KEY, VALUE);
        assert_eq!(*storage.load(KEY).await.unwrap(), VALUE);
        storage.store(KEY, VALUE).await.unwrap();
        assert_ne!(ground.get_raw(KEY).unwrap(), VALUE);
    }
}
