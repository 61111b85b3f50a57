//! What the Go module gets wrong about encryption and its config, by number, and what must be instead.

use ossicle::{Config, ErrorKind, Protection, Reencrypted};
use ossicle_tests::Ground;

use super::support::{key_set, mixed, open, rotated, with};

/// 22: with encryption on, an export loads everything that is listed, and a lock's name is no obstacle.
#[tokio::test(flavor = "multi_thread")]
async fn gap_22() {
    let ground = Ground::new("").await;
    let storage = open(&ground, with(&key_set("AES256_GCM", 1)));
    storage.store("issue_cert_a.lock", "a value").await.unwrap();
    storage.store("sites/a.crt", "another").await.unwrap();
    let mut files = 0;
    for key in storage.list("", true).await.unwrap().keys() {
        if storage.stat(key).await.unwrap().is_terminal {
            storage.load(key).await.unwrap();
            files += 1;
        }
    }
    assert_eq!(files, 2);
}

/// 27: the associated data is the key alone, so a storage can be moved below another root.
#[tokio::test(flavor = "multi_thread")]
async fn gap_27() {
    let keys = key_set("AES256_GCM_RAW", 1);
    let (plain, rooted) = (Ground::new("").await, Ground::new("a/root/").await);
    open(&plain, with(&keys)).store("sites/a.crt", "value").await.unwrap();
    rooted.put_raw("a/root/sites/a.crt", &plain.get_raw("sites/a.crt").unwrap());
    let storage = open(&rooted, with(&keys));
    assert_eq!(*storage.load("sites/a.crt").await.unwrap(), b"value");
    // Every spelling of the key is the key.
    for alias in ["/sites/a.crt", "sites//a.crt", "./sites/a.crt"] {
        assert_eq!(*storage.load(alias).await.unwrap(), b"value");
    }
}

/// 28: the size is the value's, also of objects that other programs sealed.
#[tokio::test(flavor = "multi_thread")]
async fn gap_28() {
    let ground = Ground::new("").await;
    for (template, overhead) in [("AES128_GCM_RAW", 28), ("AES128_GCM", 33), ("AES256_CTR_HMAC_SHA256", 53)] {
        let keys = key_set(template, 1);
        open(&ground, with(&keys)).store("k", "value").await.unwrap();
        let object = ground.get_raw("k").unwrap();
        assert_eq!(object.len(), 5 + overhead);
        // As another program writes it: without Ossicle's mark.
        ground.put_raw("k", &object);
        ground.take_counts();
        assert_eq!(open(&ground, with(&keys)).stat("k").await.unwrap().size, 5);
        assert_eq!(ground.take_counts(), [("HeadObject".to_owned(), 1)], "{template}");
        assert_eq!(mixed(&ground, &keys).stat("k").await.unwrap().size, 5);
        let listed = open(&ground, with(&keys)).list("", false).await.unwrap().entries;
        assert_eq!(listed[0].value.unwrap().size, Some(5), "all of these keys add the same");
        let listed = mixed(&ground, &keys).list("", false).await.unwrap().entries;
        assert_eq!(listed[0].value.unwrap().size, None, "the object may hold a value in clear");
    }
}

/// 29: values in clear are read while a storage moves, it is known what sealed each value, and all can be sealed anew.
#[tokio::test(flavor = "multi_thread")]
async fn gap_29() {
    let ground = Ground::new("").await;
    ground.put_raw("k", b"-----BEGIN CERTIFICATE-----\n");
    let old = key_set("AES128_GCM", 1);
    let storage = mixed(&ground, &old);
    assert_eq!(storage.load_value("k").await.unwrap().protection, Protection::Clear);
    assert_eq!(storage.reencrypt("k").await.unwrap(), Reencrypted::Rewritten(Protection::Clear));
    let new = rotated(&old, "AES256_GCM");
    let storage = mixed(&ground, &new);
    let by_old = Protection::Sealed { key_id: old.primary_id(), by_primary: false };
    assert_eq!(storage.load_value("k").await.unwrap().protection, by_old);
    assert_eq!(storage.reencrypt("k").await.unwrap(), Reencrypted::Rewritten(by_old));
    // Without a key set what was sealed is no value: never ciphertext.
    assert_eq!(ground.open(ground.config()).load("k").await.unwrap_err().kind(), Some(ErrorKind::Corrupt));
}

/// 33: a config with a field that does not exist, or lacks one, is refused. A typo never leaves values in clear.
#[test]
fn gap_33() {
    const WHOLE: &str = "bucket = \"certificates\"\nregion = \"cn-hangzhou\"\n[credentials]\naccess-key-id = \"id\"\n\
                         access-key-secret = \"secret\"\n";
    let read = |more: &str| toml::from_str::<Config>(&[WHOLE, more].concat());
    assert!(read("[encryption]\nkey-set-file = \"keys.json\"\n").unwrap().encryption.is_some());
    for typo in [
        "[encryption]\nkey-set-fiel = \"keys.json\"\n",
        "[encryptoin]\nkey-set-file = \"keys.json\"\n",
        "[encryption]\nclear-values = \"recognised\"\n",
        "[encryption]\nkey-set-file = \"keys.json\"\nclear-values = \"recognized\"\n",
        "[encryption]\nkey-set-file = \"keys.json\"\nkey-encryption-associated-data = \"x\"\n",
        "security_token = \"t\"\n",
        "external-id = \"e\"\n",
        "source = \"ecs-role\"\n",
    ] {
        let error = read(typo).unwrap_err();
        assert!(!error.message().contains("secret\""), "{error}");
    }
}

/// 34: what is empty is refused before anything is sent, wherever it came from.
#[tokio::test(flavor = "multi_thread")]
async fn gap_34() {
    let ground = Ground::new("").await;
    let empty = tempfile::NamedTempFile::new().unwrap();
    for (secret, named) in [
        (ossicle::Secret::bytes(""), "encryption.key-set"),
        (ossicle::Secret::file(empty.path()), "encryption.key-set"),
        (ossicle::Secret::file("/no/such/file"), "/no/such/file"),
    ] {
        let error = open(&ground, ossicle::Encryption::new(secret)).store("k", "v").await.unwrap_err();
        assert_eq!(error.kind(), Some(ErrorKind::InvalidConfig), "{error}");
        assert!(error.to_string().contains(named), "{error}");
    }
    let mut config = ground.config();
    config.credentials = ossicle::Credentials::new("", "").into();
    let error = ground.open(config).store("k", "v").await.unwrap_err();
    assert!(error.to_string().contains("credentials.access-key-id"), "{error}");
    assert_eq!(ground.requests(), 0);
}
