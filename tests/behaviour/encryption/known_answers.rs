//! Objects as the Go modules and every other Tink write them: the known answers as objects in the bucket.

use ossicle::{Encryption, ErrorKind, Secret};
use ossicle_tests::Ground;
use serde_json::Value;

use super::support::open;

const SUPPORTED: [&str; 5] =
    ["AesGcmKey", "AesGcmSivKey", "AesCtrHmacAeadKey", "ChaCha20Poly1305Key", "XChaCha20Poly1305Key"];

fn known() -> Value {
    serde_json::from_str(include_str!("../../../guest/tests/vectors/tink-aead.json")).unwrap()
}

fn is_supported(set: &Value) -> bool {
    let types = set["keyset"]["key"].as_array().unwrap().iter().map(|key| key["keyData"]["typeUrl"].as_str().unwrap());
    types.into_iter().all(|url| SUPPORTED.iter().any(|name| url.ends_with(&format!(".{name}"))))
}

fn bytes(vector: &Value, name: &str) -> Vec<u8> {
    let text = vector[name].as_str().unwrap_or_default();
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// Those of one key and those of many, as far as their associated data is a key of a storage.
#[tokio::test(flavor = "multi_thread")]
async fn every_group_of_a_supported_type() {
    let known = known();
    let sets = known["groups"].as_array().unwrap().iter().chain(known["rotation"].as_array().unwrap());
    let (mut opened, mut refused, mut sets_tried) = (0, 0, 0);
    for set in sets.filter(|set| is_supported(set)) {
        sets_tried += 1;
        let ground = Ground::new("").await;
        let storage = open(&ground, Encryption::new(Secret::bytes(set["keyset"].to_string())));
        for vector in set["vectors"].as_array().unwrap() {
            let data = bytes(vector, "associated_data_hex");
            let Ok(key) = String::from_utf8(data) else { continue };
            let is_a_key = !key.is_empty() && key.split('/').all(|part| !matches!(part, "" | "." | ".."));
            if !is_a_key || key.chars().any(char::is_control) || key.len() > 1000 {
                continue;
            }
            ground.put_raw(&key, &bytes(vector, "ciphertext_hex"));
            let loaded = storage.load(&key).await;
            if vector["result"] == "valid" {
                assert_eq!(*loaded.unwrap(), bytes(vector, "plaintext_hex"), "{}", vector["id"]);
                assert_eq!(
                    storage.stat(&key).await.unwrap().size,
                    bytes(vector, "plaintext_hex").len() as u64,
                    "{}",
                    vector["id"]
                );
                opened += 1;
            } else {
                let error = loaded.unwrap_err();
                assert_eq!(error.kind(), Some(ErrorKind::Corrupt), "{}: {error}", vector["id"]);
                refused += 1;
            }
        }
    }
    println!("{sets_tried} key sets: {opened} values opened, {refused} refused");
    assert!(sets_tried >= 24 && opened >= 50 && refused >= 100, "{sets_tried} {opened} {refused}");
}

/// Key sets that Google's parsers refuse are refused, with a word on what is wrong and nothing of what is in them.
#[tokio::test(flavor = "multi_thread")]
async fn key_sets_are_parsed_as_strictly_as_googles() {
    let known = known();
    let ground = Ground::new("").await;
    for case in known["keyset_parsing"].as_array().unwrap() {
        if case["python_tink_accepts"] == true {
            continue;
        }
        let text = case["keyset_text"].as_str().unwrap();
        let error = open(&ground, Encryption::new(text)).load("k").await.unwrap_err();
        assert_eq!(error.kind(), Some(ErrorKind::InvalidConfig), "{}: {error}", case["name"]);
        assert!(error.to_string().contains("encryption.key-set"), "{error}");
        for value in text.split('"').filter(|part| part.len() >= 20 && !part.contains('.')) {
            assert!(!format!("{error} {error:?}").contains(value), "{}: {error}", case["name"]);
        }
    }
    assert_eq!(ground.requests(), 0);
}
