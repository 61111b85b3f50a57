//! What certmagic and Caddy do with a storage, step by step.

use ossicle::ErrorKind;

use crate::{CertStorage, Ground};

const ISSUER: &str = "acme-v02.api.letsencrypt.org-directory";

/// `checkStorage` before every obtain: 10 240 random bytes at the root, read back, deleted.
pub async fn check_storage(storage: &impl CertStorage, _: &Ground) {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let bytes: Vec<u8> = (0..10_240)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .collect();
    storage.store("rw_test_8674665223082153551", &bytes).await.unwrap();
    assert_eq!(storage.load("rw_test_8674665223082153551").await.unwrap(), bytes);
    storage.delete("rw_test_8674665223082153551").await.unwrap();
    assert!(storage.load("rw_test_8674665223082153551").await.unwrap_err().is(ErrorKind::NotFound));
}

/// `saveCertResource`, `storageHasCertResources`, `loadCertResource`, `moveCompromisedPrivateKey`, `deleteSiteAssets`.
pub async fn certificate_resources(storage: &impl CertStorage, _: &Ground) {
    for domain in ["example.com", "wildcard_.example.com"] {
        let site = format!("certificates/{ISSUER}/{domain}");
        for suffix in ["key", "crt", "json"] {
            let key = format!("{site}/{domain}.{suffix}");
            assert_eq!(storage.exists(&key).await, Ok(false));
            storage.store(&key, suffix.as_bytes()).await.unwrap();
            assert_eq!(storage.exists(&key).await, Ok(true));
            assert_eq!(storage.load(&key).await.unwrap(), suffix.as_bytes());
        }
        let key = format!("{site}/{domain}.key");
        let compromised = format!("{key}.compromised");
        let value = storage.load(&key).await.unwrap();
        storage.store(&compromised, &value).await.unwrap();
        storage.delete(&key).await.unwrap();
        assert_eq!(storage.exists(&key).await, Ok(false));
        assert_eq!(storage.load(&compromised).await.unwrap(), b"key");
        for suffix in ["crt", "key", "json"] {
            storage.delete(&format!("{site}/{domain}.{suffix}")).await.unwrap();
        }
        storage.delete(&site).await.unwrap();
        assert!(storage.list(&site, true).await.unwrap_err().is(ErrorKind::NotFound), "nothing is left of the site");
    }
}

/// `TestGetEmailFromRecent`: each account is a directory, and the newest is found by `stat` on it.
pub async fn recent_account(storage: &impl CertStorage, ground: &Ground) {
    let users = format!("acme/{ISSUER}/users");
    for email in ["old@example.com", "new@example.com", "middle@example.com"] {
        storage.store(&format!("{users}/{email}/registration.json"), b"{}").await.unwrap();
    }
    for email in ["old@example.com", "middle@example.com", "new@example.com"] {
        ground.advance_clock(60);
        storage.store(&format!("{users}/{email}/private.key"), b"key").await.unwrap();
    }
    storage.store(&format!("{users}/stray-file"), b"").await.unwrap();
    let mut accounts = Vec::new();
    for key in storage.list(&users, false).await.unwrap() {
        let info = storage.stat(&key).await.unwrap();
        if !info.is_terminal {
            accounts.push((info.modified, key));
        }
    }
    accounts.sort();
    assert_eq!(accounts.len(), 3);
    assert_eq!(accounts.last().unwrap().1, format!("{users}/new@example.com"));
}

/// `CleanStorage`: staples that do not parse are deleted, expired certificates are found and their sites removed.
pub async fn clean_storage(storage: &impl CertStorage, ground: &Ground) {
    ground.put_raw(&format!("{}ocsp-report.pdf", ground.root()), b"none of certmagic's");
    ground.put_raw(&format!("{}certificates-of-others/x", ground.root()), b"none of certmagic's");
    storage.store("ocsp/example.com-d6f51c46", b"staple").await.unwrap();
    let site = format!("certificates/{ISSUER}/expired.example.com");
    for suffix in ["crt", "key", "json"] {
        storage.store(&format!("{site}/expired.example.com.{suffix}"), b"old").await.unwrap();
    }
    for staple in storage.list("ocsp", false).await.unwrap() {
        storage.delete(&staple).await.unwrap();
    }
    for issuer in storage.list("certificates", false).await.unwrap() {
        assert_eq!(issuer, format!("certificates/{ISSUER}"));
        for site in storage.list(&issuer, false).await.unwrap() {
            let assets = storage.list(&site, false).await.unwrap();
            assert_eq!(assets.len(), 3);
            for asset in assets.iter().filter(|asset| asset.ends_with(".crt")) {
                assert_eq!(storage.load(asset).await.unwrap(), b"old");
                let base = asset.strip_suffix(".crt").unwrap();
                for suffix in ["crt", "key", "json"] {
                    storage.delete(&format!("{base}.{suffix}")).await.unwrap();
                }
            }
            match storage.list(&site, false).await {
                Ok(left) => assert_eq!(left, [""; 0]),
                Err(error) => assert!(error.is(ErrorKind::NotFound)),
            }
            storage.delete(&site).await.unwrap();
        }
    }
    assert_eq!(storage.list("", false).await.unwrap(), ["certificates-of-others", "ocsp-report.pdf"]);
    assert!(storage.list("ocsp", false).await.unwrap_err().is(ErrorKind::NotFound));
}

/// Caddy's ECH: ids are directories; a free one is found by `exists`, an old one removed whole.
pub async fn ech_configs(storage: &impl CertStorage, _: &Ground) {
    assert!(storage.list("ech/configs", false).await.unwrap_err().is(ErrorKind::NotFound));
    for id in ["7", "70"] {
        for file in ["key.bin", "config.bin", "meta.json"] {
            storage.store(&format!("ech/configs/{id}/{file}"), id.as_bytes()).await.unwrap();
        }
    }
    assert_eq!(storage.list("ech/configs", false).await.unwrap(), ["ech/configs/7", "ech/configs/70"]);
    assert_eq!(storage.exists("ech/configs/7").await, Ok(true));
    assert_eq!(storage.exists("ech/configs/8").await, Ok(false));
    storage.delete("ech/configs/7").await.unwrap();
    assert_eq!(storage.exists("ech/configs/7").await, Ok(false));
    assert_eq!(storage.load("ech/configs/70/key.bin").await.unwrap(), b"70", "a sibling is not touched");
}

/// `caddy storage export` and `import`: everything, by keys that can be used again elsewhere.
pub async fn export_and_import(storage: &impl CertStorage, _: &Ground) {
    let stored = ["last_clean.json", "stek/stek.bin", "pki/authorities/local/root.crt", "a/b"];
    for key in stored {
        storage.store(key, key.as_bytes()).await.unwrap();
    }
    let mut archive = Vec::new();
    for key in storage.list("", true).await.unwrap() {
        if storage.stat(&key).await.unwrap().is_terminal {
            archive.push((key.clone(), storage.load(&key).await.unwrap()));
        }
    }
    let mut expected: Vec<_> = stored.iter().map(|key| ((*key).to_owned(), key.as_bytes().to_vec())).collect();
    expected.sort();
    assert_eq!(archive, expected);
    for (key, value) in archive {
        storage.store(&format!("imported/{key}"), &value).await.unwrap();
        assert_eq!(storage.load(&format!("imported/{key}")).await.unwrap(), value);
    }
}
