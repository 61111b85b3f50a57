//! What is sealed opens, and its size is the value's.

use ossicle::{Encryption, Protection, Secret};
use ossicle_guest::encryption::{ClearValues, EncryptionOptions, Form, KeyEncryption, Template};
use ossicle_tests::suites::together;
use ossicle_tests::{Ground, Signature};

use super::support::{Counting, key_set, open, rotated, with};

const KEY: &str = "certificates/issuer/example.com/example.com.key";
const VALUE: &[u8] = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_key_in_every_prefix() {
    for root in ["", "some/root/"] {
        let ground = Ground::new(root).await;
        for name in Template::names().flat_map(|name| [name.to_owned(), format!("{name}_RAW")]) {
            let storage = open(&ground, with(&key_set(&name, 1)));
            for value in [VALUE, b"", &[0xff; 70_000]] {
                storage.store(KEY, value.to_vec()).await.unwrap();
                let object = ground.get_raw(&[root, KEY].concat()).unwrap();
                assert!(value.is_empty() || !object.windows(value.len().min(16)).any(|part| value.starts_with(part)));
                ground.take_counts();
                let loaded = storage.load_value(KEY).await.unwrap();
                assert_eq!(*loaded.value, value, "{name}");
                assert!(matches!(loaded.protection, Protection::Sealed { by_primary: true, .. }), "{name}");
                assert_eq!(storage.stat(KEY).await.unwrap().size, value.len() as u64, "{name}");
                let counts = [("GetObject".to_owned(), 1), ("HeadObject".to_owned(), 1)];
                assert_eq!(ground.take_counts(), counts, "{name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_stores_of_one_value_look_nothing_alike() {
    let ground = Ground::new("").await;
    let storage = open(&ground, with(&key_set("AES256_GCM_RAW", 1)));
    storage.store("a", VALUE).await.unwrap();
    let first = ground.get_raw("a").unwrap();
    storage.store("a", VALUE).await.unwrap();
    let second = ground.get_raw("a").unwrap();
    assert_ne!(first, second);
    assert_ne!(first[..12], second[..12], "the nonce is another");
}

#[tokio::test(flavor = "multi_thread")]
async fn key_sets_in_every_form() {
    let ground = Ground::new("").await;
    let (keys, wrapping) = (key_set("AES128_GCM", 3), key_set("AES256_GCM", 4));
    open(&ground, with(&keys)).store("k", VALUE).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for form in [Form::Json, Form::Binary] {
        let clear = Encryption::new(Secret::bytes(keys.write(form).to_vec()));
        let encryption = KeyEncryption { keys: &wrapping, data: b"some data" };
        let sealed = keys.write_encrypted(form, encryption, &Counting(Default::default())).unwrap();
        let wrapping = Secret::bytes(wrapping.write(form).to_vec());
        let encrypted = Encryption::new(Secret::bytes(sealed)).key_encryption(wrapping.clone(), "some data");
        let file = folder.path().join("keys");
        std::fs::write(&file, keys.write(form)).unwrap();
        for encryption in [clear, encrypted.clone(), Encryption::new(Secret::file(file))] {
            assert_eq!(*open(&ground, encryption).load("k").await.unwrap(), VALUE);
        }
        let mut other = encrypted;
        other.key_encryption = Encryption::new("").key_encryption(wrapping, "other data").key_encryption;
        let error = open(&ground, other).load("k").await.unwrap_err();
        assert!(error.to_string().contains("encryption.key-set"), "{error}");
    }
}

/// The file is read again when an instance starts: no program has to be.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_file_counts_for_the_next_instance() {
    let ground = Ground::new("").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let keys = key_set("AES128_GCM", 3);
    std::fs::write(&file, keys.write(Form::Json)).unwrap();
    let config = ground.config().encryption(Encryption::new(Secret::file(&file)));
    let tenant = ossicle_tests::ENGINE.tenant("rotating", config, Default::default()).unwrap();
    let storage = tenant.certificates();
    storage.store("k", VALUE).await.unwrap();
    let rotated = rotated(&keys, "AES256_GCM");
    std::fs::write(&file, rotated.write(Form::Json)).unwrap();
    tenant.recycle().await;
    let id = |value: ossicle::StoredValue| match value.protection {
        Protection::Sealed { key_id, .. } => key_id,
        _ => panic!("it is sealed"),
    };
    assert_eq!(id(storage.load_value("k").await.unwrap()), keys.primary_id());
    storage.store("k", VALUE).await.unwrap();
    assert_eq!(id(storage.load_value("k").await.unwrap()), rotated.primary_id());
}

/// What is stored together is sealed in every place it has.
#[tokio::test(flavor = "multi_thread")]
async fn values_that_are_stored_together() {
    let keys = key_set("AES256_GCM", 1);
    let ground = Ground::new("some/root/").await;
    let storage = open(&ground, with(&keys));
    together::one_set(&storage, &storage, &ground).await;
    together::broken_off(&storage, &storage, &ground).await;
    let ground = Ground::new("").await;
    let options =
        EncryptionOptions { key_set: keys.write(Form::Json), key_encryption: None, clear_values: ClearValues::Refused };
    let (locks, storage) = ground.native_with_locks(Signature::V4);
    let native = (locks, storage.with_encryption(Some(ossicle_guest::encryption::Encryption::open(&options).unwrap())));
    together::one_set(&native.1, &native, &ground).await;
    together::broken_off(&native.1, &native, &ground).await;
    for name in ground.keys() {
        let object = ground.get_raw(&name).unwrap();
        assert!(!object.windows(5).any(|part| part == b"BEGIN"), "{name}");
    }
}
