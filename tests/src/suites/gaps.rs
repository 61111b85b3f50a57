//! What the Go module gets wrong, by number, and what must be instead.

use ossicle::ErrorKind;

use crate::{CertStorage, Ground};

/// 1: a non-recursive list has the directories, for a prefix without a trailing slash.
pub async fn gap_01(storage: &impl CertStorage, _: &Ground) {
    storage.store("certificates/issuer/site/site.crt", b"").await.unwrap();
    assert_eq!(storage.list("certificates", false).await.unwrap(), ["certificates/issuer"]);
    assert_eq!(storage.list("certificates/issuer", false).await.unwrap(), ["certificates/issuer/site"]);
}

/// 2: a prefix is whole components.
pub async fn gap_02(storage: &impl CertStorage, ground: &Ground) {
    let root = ground.root();
    for name in ["ocsp-report.pdf", "ocsp.txt", "ocspx/y", "ocsp/staple"] {
        ground.put_raw(&format!("{root}{name}"), b"x");
    }
    assert_eq!(storage.list("ocsp", false).await.unwrap(), ["ocsp/staple"]);
    assert_eq!(storage.list("ocsp", true).await.unwrap(), ["ocsp/staple"]);
    storage.delete("ocsp").await.unwrap();
    assert_eq!(ground.keys_below(""), ["ocsp-report.pdf", "ocsp.txt", "ocspx/y"]);
}

/// 3: a recursive list has the directories; a missing path is not found; a file has nothing below it.
pub async fn gap_03(storage: &impl CertStorage, _: &Ground) {
    storage.store("a/b/c", b"").await.unwrap();
    assert_eq!(storage.list("a", true).await.unwrap(), ["a/b", "a/b/c"]);
    assert_eq!(storage.list("", true).await.unwrap(), ["a", "a/b", "a/b/c"]);
    for recursive in [false, true] {
        assert!(storage.list("missing", recursive).await.unwrap_err().is(ErrorKind::NotFound));
        assert_eq!(storage.list("a/b/c", recursive).await.unwrap(), [""; 0]);
    }
    storage.delete("a").await.unwrap();
    assert_eq!(storage.list("", true).await.unwrap(), [""; 0], "the whole storage is there even when it is empty");
}

/// 4 and 5: stat and exists know directories.
pub async fn gap_04_05(storage: &impl CertStorage, ground: &Ground) {
    storage.store("ech/configs/1/key.bin", b"k").await.unwrap();
    ground.advance_clock(100);
    storage.store("ech/configs/1/meta.json", b"m").await.unwrap();
    let newest = storage.stat("ech/configs/1/meta.json").await.unwrap().modified;
    for key in ["ech", "ech/configs", "ech/configs/1", "ech/configs/1/"] {
        let info = storage.stat(key).await.unwrap();
        assert_eq!((info.key.as_str(), info.is_terminal, info.size, info.modified), (key, false, 0, newest));
        assert_eq!(storage.exists(key).await, Ok(true));
    }
    assert_eq!(storage.exists("ech/configs/").await, Ok(true));
    assert_eq!(storage.exists("ech/conf").await, Ok(false));
    assert!(storage.stat("ech/conf").await.unwrap_err().is(ErrorKind::NotFound));
    // Load of a directory: not found, and no bytes of anything.
    assert!(storage.load("ech/configs/1").await.unwrap_err().is(ErrorKind::NotFound));
}

/// 6: deleting a directory leaves nothing of it.
pub async fn gap_06(storage: &impl CertStorage, ground: &Ground) {
    let root = ground.root();
    for name in ["d/a", "d/b/c", "d", "d-sibling", "d.sibling", "d0", "d//foreign", "d/\u{1}"] {
        ground.put_raw(&format!("{root}{name}"), b"x");
    }
    storage.delete("d").await.unwrap();
    assert_eq!(ground.keys_below(""), ["d-sibling", "d.sibling", "d0"]);
    assert_eq!(storage.exists("d").await, Ok(false));
}

/// 7: directory markers, as consoles make them, are directories and never keys with a trailing slash.
pub async fn gap_07(storage: &impl CertStorage, ground: &Ground) {
    let root = ground.root();
    for name in ["m/", "m/n/", "m/file", "empty/"] {
        ground.put_raw(&format!("{root}{name}"), b"");
    }
    assert_eq!(storage.list("m", false).await.unwrap(), ["m/file", "m/n"]);
    assert_eq!(storage.list("m", true).await.unwrap(), ["m/file", "m/n"]);
    assert_eq!(storage.list("empty", false).await.unwrap(), [""; 0]);
    assert_eq!(storage.list("", true).await.unwrap(), ["empty", "m", "m/file", "m/n"]);
    assert_eq!(storage.exists("empty").await, Ok(true));
    assert!(!storage.stat("empty").await.unwrap().is_terminal);
    assert!(storage.load("empty").await.unwrap_err().is(ErrorKind::NotFound));
    storage.delete("empty").await.unwrap();
    storage.delete("m").await.unwrap();
    assert_eq!(ground.keys_below(""), [""; 0]);
}

/// 8: exists tells absence from failure.
pub async fn gap_08(storage: &impl CertStorage, ground: &Ground) {
    storage.store("certificates/x", b"").await.unwrap();
    for (status, code, kind) in [
        (403, "AccessDenied", ErrorKind::AccessDenied),
        (500, "InternalError", ErrorKind::Unavailable),
        (503, "TotalQpsLimitExceeded", ErrorKind::Throttled),
    ] {
        ground.answer_all_with(status, code);
        for key in ["certificates/x", "certificates", "missing"] {
            let error = storage.exists(key).await.unwrap_err();
            assert!(error.is(kind), "{code}: {}", error.text);
        }
        ground.clear_faults();
    }
    assert_eq!(storage.exists("certificates/x").await, Ok(true));
}

/// 9: a bucket that does not exist is never the absence of a key, or a new certificate authority would be made.
pub async fn gap_09(storage: &impl CertStorage, ground: &Ground) {
    storage.store("pki/authorities/local/root.crt", b"root").await.unwrap();
    ground.answer_all_with(404, "NoSuchBucket");
    let key = "pki/authorities/local/root.crt";
    for error in [
        storage.load(key).await.unwrap_err(),
        storage.store(key, b"").await.unwrap_err(),
        storage.delete(key).await.unwrap_err(),
        storage.exists(key).await.unwrap_err(),
        storage.stat(key).await.unwrap_err(),
        storage.list("pki", false).await.unwrap_err(),
        storage.list("", true).await.unwrap_err(),
    ] {
        assert!(error.is(ErrorKind::NoSuchBucket), "{}", error.text);
    }
}

/// 10: an error names the key, and OSS's code and request id where it answered.
pub async fn gap_10(storage: &impl CertStorage, _: &Ground) {
    for error in [storage.load("a/missing").await.unwrap_err(), storage.stat("a/missing").await.unwrap_err()] {
        assert_eq!(error.key.as_deref(), Some("a/missing"));
        let (code, request_id) = error.answer.clone().unwrap();
        assert_eq!((code.as_str(), request_id.map(|id| id.len())), ("NoSuchKey", Some(24)));
        assert!(error.text.contains("a/missing"));
    }
}

/// 11: a value that would fill the memory is refused, on the way in and out.
pub async fn gap_11(storage: &impl CertStorage, ground: &Ground) {
    let most = vec![7; 16 << 20];
    storage.store("big", &most).await.unwrap();
    assert_eq!(storage.load("big").await.unwrap(), most);
    // Several at once: an instance has the memory for them.
    let keys: Vec<_> = (0..6).map(|n| format!("big{n}")).collect();
    for stored in futures_util::future::join_all(keys.iter().map(|key| storage.store(key, &most))).await {
        stored.unwrap();
    }
    for loaded in futures_util::future::join_all(keys.iter().map(|key| storage.load(key))).await {
        assert_eq!(loaded.unwrap(), most);
    }
    let before = ground.requests();
    let too_large = storage.store("bigger", &vec![7; (16 << 20) + 1]).await.unwrap_err();
    assert!(too_large.is(ErrorKind::Unsupported), "{}", too_large.text);
    assert_eq!(ground.requests(), before, "nothing was sent");
    ground.put_raw(&format!("{}bigger", ground.root()), &vec![7; (16 << 20) + 1]);
    assert!(storage.load("bigger").await.unwrap_err().is(ErrorKind::Unsupported));
}

/// 22: names of the data mean nothing else: `x.lock` is a value like any other. Locks live apart in a folder of their own.
pub async fn gap_22(storage: &impl CertStorage, ground: &Ground) {
    for key in ["issue_cert_example.com.lock", "locks.d/x.lock", "last_clean.json"] {
        storage.store(key, b"value").await.unwrap();
        assert_eq!(storage.load(key).await.unwrap(), b"value");
    }
    let keys = ["issue_cert_example.com.lock", "last_clean.json", "locks.d", "locks.d/x.lock"];
    assert_eq!(storage.list("", true).await.unwrap(), keys);
    assert_eq!(ground.keys_below(""), ["issue_cert_example.com.lock", "last_clean.json", "locks.d/x.lock"]);
}

/// 25: a root keeps everything in its place, and out of everybody else's.
pub async fn gap_25(storage: &impl CertStorage, ground: &Ground) {
    ground.put_raw("outside", b"x");
    ground.put_raw(&format!("{}-sibling/x", ground.root().trim_end_matches('/')), b"x");
    let outside = ground.keys();
    storage.store("last_clean.json", b"{}").await.unwrap();
    storage.store("a/b", b"x").await.unwrap();
    let inside: Vec<_> = ground.keys().into_iter().filter(|key| !outside.contains(key)).collect();
    assert!(inside.iter().all(|key| key.starts_with(ground.root())), "{inside:?}");
    if !ground.root().is_empty() {
        assert_eq!(storage.list("", true).await.unwrap(), ["a", "a/b", "last_clean.json"]);
        assert_eq!(storage.exists("outside").await, Ok(false));
        storage.delete("a").await.unwrap();
        storage.delete("last_clean.json").await.unwrap();
        assert_eq!(ground.keys(), outside);
    }
}

/// 26: what can be no key, or could become an operation on the bucket, is refused before anything is sent.
pub async fn gap_26(storage: &impl CertStorage, ground: &Ground) {
    storage.store("kept", b"x").await.unwrap();
    let before = ground.requests();
    let too_long = "x".repeat(1024);
    for key in ["", "/", "//", ".", "./", "..", "../kept", "a/../kept", "a\0", "a\nb", "\u{7f}", "\\a", &too_long] {
        let refused = |error: crate::Failed| {
            assert!(error.is(ErrorKind::InvalidKey), "{key:?}: {}", error.text);
            assert_eq!(error.key.as_deref(), Some(key));
        };
        refused(storage.store(key, b"x").await.unwrap_err());
        refused(storage.load(key).await.unwrap_err());
        refused(storage.delete(key).await.unwrap_err());
        refused(storage.exists(key).await.unwrap_err());
        refused(storage.stat(key).await.unwrap_err());
        if !key.trim_matches(['/', '.']).is_empty() || key.contains("..") {
            refused(storage.list(key, true).await.unwrap_err());
        }
    }
    assert_eq!(ground.requests(), before, "nothing was sent");
    assert_eq!(ground.keys_below(""), ["kept"]);
    // Aliases of one key are one key.
    for alias in ["/kept", "kept/", "./kept", "//kept//"] {
        assert_eq!(storage.load(alias).await.unwrap(), b"x", "{alias}");
    }
}

/// 31: what was changed on its way, or is not what OSS says it is, is never a value.
pub async fn gap_31(storage: &impl CertStorage, ground: &Ground) {
    storage.store("k", b"the value").await.unwrap();
    ground.corrupt_responses(ossicle_emulator::Operation::GetObject);
    let damaged = storage.load("k").await.unwrap_err();
    assert!(damaged.is(ErrorKind::Corrupt));
    let (_, request_id) = damaged.answer.expect("OSS answered");
    assert_eq!(request_id.map(|id| id.len()), Some(24), "of the answer whose bytes were damaged");
    ground.clear_faults();
    assert_eq!(storage.load("k").await.unwrap(), b"the value");
    ground.corrupt_requests(ossicle_emulator::Operation::PutObject);
    assert!(storage.store("k", b"another value").await.unwrap_err().is(ErrorKind::Corrupt));
    ground.clear_faults();
    assert_eq!(storage.load("k").await.unwrap(), b"the value", "what was changed on its way was not stored");
}
