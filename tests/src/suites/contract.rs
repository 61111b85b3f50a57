//! The storage contract: the assertions of certmagic's own tests, of the oyato and abh suites (by their number, locks
//! apart), of the Go module and of certmagic-gcs.
//!
//! Where they contradict each other: deleting a missing key is fine, as certmagic's callers and the Go module's tests want
//! (certmagic-gcs wants an error); an empty value is legal (the oyato suite stores two kinds of it).

use std::collections::BTreeMap;

use ossicle::ErrorKind;

use crate::{CertStorage, Ground};

/// The oyato and abh suites: one key.
pub async fn one_key(storage: &impl CertStorage, ground: &Ground) {
    let key = "__test__key__5577006791947779410";
    assert_eq!(storage.exists(key).await, Ok(false), "5");
    assert!(storage.load(key).await.unwrap_err().is(ErrorKind::NotFound), "6");
    assert!(storage.stat(key).await.unwrap_err().is(ErrorKind::NotFound), "7");
    assert!(storage.store("", b"value").await.unwrap_err().is(ErrorKind::InvalidKey), "8");
    // 9 and 10: nothing and an empty value, which are one thing here.
    storage.store(key, b"").await.expect("9, 10");
    assert_eq!(storage.load(key).await.as_deref(), Ok(&b""[..]), "10");
    storage.store(key, b"value").await.expect("11");
    assert_eq!(storage.exists(key).await, Ok(true), "12");
    assert_eq!(storage.load(key).await.as_deref(), Ok(&b"value"[..]), "13");
    let name = [ground.root(), key].concat();
    assert_eq!(ground.acl(&name).as_deref(), Some("private"), "1.10: whatever the bucket's ACL is");
    storage.delete(key).await.expect("14");
    assert_eq!(storage.exists(key).await, Ok(false), "15");
}

/// The oyato and abh suites: a directory.
pub async fn a_directory(storage: &impl CertStorage, _: &Ground) {
    assert!(storage.list("d", true).await.unwrap_err().is(ErrorKind::NotFound), "16");
    assert!(storage.list("d", false).await.unwrap_err().is(ErrorKind::NotFound), "17");
    for key in ["d/k1", "d/k/a/b", "d/k/c"] {
        storage.store(key, key.as_bytes()).await.expect("18");
    }
    let directory = storage.stat("d").await.expect("19");
    assert_eq!((directory.key.as_str(), directory.is_terminal), ("d", false), "19");
    let file = storage.stat("d/k/a/b").await.expect("20");
    assert_eq!((file.key.as_str(), file.is_terminal, file.size), ("d/k/a/b", true, 7), "20");
    assert_eq!(storage.list("d", false).await.unwrap(), ["d/k", "d/k1"], "21");
    assert_eq!(storage.list("d", true).await.unwrap(), ["d/k", "d/k/a", "d/k/a/b", "d/k/c", "d/k1"], "22");
    for recursive in [false, true] {
        for entry in storage.entries("d", recursive).await.unwrap() {
            let info = storage.stat(&entry.key).await.unwrap();
            let told = info.is_terminal.then_some((Some(info.size), info.modified));
            assert_eq!(entry.value, told, "{}: as stat says", entry.key);
        }
    }
}

/// The Go module's tests and certmagic-gcs's, but for locks and encryption.
pub async fn go_modules(storage: &impl CertStorage, _: &Ground) {
    storage.store("acme/example.com/sites/example.com/example.com.crt", b"crt").await.unwrap();
    storage.store("acme/example.com/sites/example.com/example.com.key", b"key").await.unwrap();
    storage.store("acme/direct.json", b"{}").await.unwrap();
    storage.store("other/file", b"x").await.unwrap();
    // With and without the trailing and leading slashes that those tests have.
    for prefix in ["acme/", "acme", "/acme/"] {
        let all = [
            "acme/direct.json",
            "acme/example.com",
            "acme/example.com/sites",
            "acme/example.com/sites/example.com",
            "acme/example.com/sites/example.com/example.com.crt",
            "acme/example.com/sites/example.com/example.com.key",
        ];
        assert_eq!(storage.list(prefix, true).await.unwrap(), all);
        assert_eq!(storage.list(prefix, false).await.unwrap(), ["acme/direct.json", "acme/example.com"]);
    }
    let info = storage.stat("acme/direct.json").await.unwrap();
    assert_eq!((info.size, info.is_terminal), (2, true));
    assert!(info.modified > 0);
    storage.store("acme/direct.json", b"overwritten").await.unwrap();
    assert_eq!(storage.load("acme/direct.json").await.unwrap(), b"overwritten");
    assert_eq!(storage.stat("acme/direct.json").await.unwrap().size, 11);
    storage.delete("never/stored").await.expect("absent is fine");
    // certmagic-gcs: keys with a leading slash.
    storage.store("/a/b/c1", b"1").await.unwrap();
    storage.store("/a/b/c2", b"2").await.unwrap();
    assert_eq!(storage.list("/a/b/", false).await.unwrap(), ["a/b/c1", "a/b/c2"]);
    assert_eq!(storage.list("/a/b/c1", false).await.unwrap(), [""; 0]);
    assert_eq!(storage.load("a/b/c1").await.unwrap(), b"1");
}

/// Every byte is kept, under every key that can be one.
pub async fn keys_and_values(storage: &impl CertStorage, ground: &Ground) {
    let all: Vec<u8> = (0..=255).collect();
    let long = ["x".repeat(511), "y".repeat(511 - ground.root().len())].join("/");
    let keys = [
        "a b",
        "a+b",
        "a%2Fb",
        "a%",
        "?acl",
        "?uploads",
        "x#y",
        "*.example.com",
        "wildcard_.example.com",
        "a&b=c",
        "<>&'\"",
        "测试/证书.crt",
        "é",
        "e\u{301}",
        "...",
        "~",
        "!'()",
        "a\\b",
        "delete",
        "\u{ffff}",
        &long,
    ];
    let mut expected = BTreeMap::new();
    for (n, key) in keys.iter().enumerate() {
        let value: Vec<u8> = all.iter().map(|byte| byte.wrapping_add(n as u8)).collect();
        storage.store(key, &value).await.unwrap_or_else(|error| panic!("{key:?}: {}", error.text));
        expected.insert(*key, value);
    }
    for (key, value) in &expected {
        assert_eq!(storage.load(key).await.as_deref(), Ok(&value[..]), "{key:?}");
        assert_eq!(storage.stat(key).await.map(|info| (info.key, info.size)), Ok(((*key).to_owned(), 256)));
        let raw = [ground.root(), key].concat();
        assert_eq!(ground.get_raw(&raw).as_deref(), Some(&value[..]), "the object's name is the key: {key:?}");
    }
    let listed = storage.list("", true).await.unwrap();
    for key in expected.keys() {
        assert!(listed.iter().any(|other| other == key), "{key:?} is listed");
    }
    assert_eq!(storage.list(&long, false).await.unwrap(), [""; 0], "nothing can be below the longest key");
    for key in expected.keys() {
        storage.delete(key).await.unwrap();
    }
    assert!(storage.list(&long, false).await.unwrap_err().is(ErrorKind::NotFound));
    assert_eq!(storage.exists(&long).await, Ok(false));
    assert_eq!(storage.list("", true).await.unwrap(), [""; 0]);
}

/// Two stores at once never mix (certmagic's overwrite race of 4 MiB values), and a load after a store sees it.
pub async fn stores_never_mix(storage: &impl CertStorage, _: &Ground) {
    let values: Vec<Vec<u8>> = (1..=2u8).map(|fill| vec![fill; 4 << 20]).collect();
    storage.store("race", &values[0]).await.unwrap();
    for _ in 0..3 {
        let (first, second, loaded) = futures_util::future::join3(
            storage.store("race", &values[0]),
            storage.store("race", &values[1]),
            storage.load("race"),
        )
        .await;
        first.unwrap();
        second.unwrap();
        assert!(values.contains(&loaded.unwrap()), "one of the two, whole");
        assert!(values.contains(&storage.load("race").await.unwrap()));
    }
    storage.store("race", b"last").await.unwrap();
    assert_eq!(storage.load("race").await.unwrap(), b"last");
}

/// More than one page of everything.
pub async fn many_keys(storage: &impl CertStorage, ground: &Ground) {
    let root = ground.root();
    for n in 0..1500 {
        ground.put_raw(&format!("{root}many/f{n:04}"), b"f");
        ground.put_raw(&format!("{root}many/g{n:04}/leaf"), b"g");
    }
    let level = storage.list("many", false).await.unwrap();
    assert_eq!(level.len(), 3000);
    assert!(level.is_sorted());
    assert_eq!((level[0].as_str(), level[2999].as_str()), ("many/f0000", "many/g1499"));
    let all = storage.list("many", true).await.unwrap();
    assert_eq!(all.len(), 4500);
    assert!(all.is_sorted() && all.windows(2).all(|pair| pair[0] != pair[1]));
    storage.delete("many").await.unwrap();
    assert_eq!(storage.exists("many").await, Ok(false));
    assert_eq!(ground.keys_below("many/"), [""; 0]);
}
