//! Key sets and ciphertexts of Google's Tink, both directions: see `vectors/README.md`.

use std::cell::RefCell;
use std::collections::VecDeque;

use ossicle_guest::encryption::{Form, KeyEncryption, KeySet, KeySetInfo, OutputPrefix, Status, Template};
use ossicle_guest::ports::Entropy;
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/tink-aead.json")).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

/// Gives out bytes that were laid in.
struct Fixed(RefCell<VecDeque<u8>>);

impl Fixed {
    fn new(bytes: impl IntoIterator<Item = u8>) -> Self {
        Self(RefCell::new(bytes.into_iter().collect()))
    }
}

impl Entropy for Fixed {
    fn random_u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill_with(|| self.0.borrow_mut().pop_front().unwrap());
    }
}

/// Counts, so that no two draws are the same.
#[derive(Default)]
struct Counting(RefCell<u64>);

impl Entropy for Counting {
    fn random_u64(&self) -> u64 {
        let next = self.0.borrow().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.replace(next);
        next
    }
}

const UNSUPPORTED: [&str; 2] = ["AesEaxKey", "XAesGcmKey"];

fn is_supported(keyset: &Value) -> bool {
    let url = keyset["key"][0]["keyData"]["typeUrl"].as_str().unwrap();
    !UNSUPPORTED.iter().any(|name| url.ends_with(name))
}

fn check(keys: &KeySet, vector: &Value) {
    let id = &vector["id"];
    let (text, data) = (hex(&vector["ciphertext_hex"]), hex(&vector["associated_data_hex"]));
    let opened = keys.open(&text, &data);
    if vector["result"] == "valid" {
        let opened = opened.unwrap_or_else(|| panic!("{id} does not open"));
        assert_eq!(*opened.value, hex(&vector["plaintext_hex"]), "{id}");
        if let Some(made_with) = vector["made_with_key_id"].as_u64() {
            assert_eq!(u64::from(opened.key_id), made_with, "{id}");
        }
        let by_primary = opened.key_id == keys.primary_id();
        assert_eq!(opened.by_primary, by_primary, "{id}");
    } else {
        assert!(opened.is_none(), "{id} opens");
    }
}

#[test]
fn every_group_of_a_supported_type() {
    let (mut checked, mut sealed) = (0, 0);
    for group in list(&vectors()["groups"]) {
        let (name, json) = (&group["name"], group["keyset"].to_string());
        if !is_supported(&group["keyset"]) {
            let problem = KeySet::parse(json.as_bytes()).unwrap_err().to_string();
            assert!(problem.contains("supported ones are"), "{name}: {problem}");
            continue;
        }
        let keys = KeySet::parse(json.as_bytes()).unwrap();
        assert_eq!(keys.overhead(), group["overhead_bytes"].as_u64());
        for vector in list(&group["vectors"]) {
            check(&keys, vector);
            checked += 1;
            // Sealing is held to the byte wherever the nonce is known.
            if vector["result"] == "valid" && !vector["iv_hex"].is_null() {
                let (value, data) = (hex(&vector["plaintext_hex"]), hex(&vector["associated_data_hex"]));
                let text = keys.seal(&Fixed::new(hex(&vector["iv_hex"])), &value, &data).unwrap();
                assert_eq!(text, hex(&vector["ciphertext_hex"]), "{}", vector["id"]);
                sealed += 1;
            }
        }
    }
    assert!(checked >= 230 && sealed >= 90, "{checked} checked, {sealed} sealed");
}

#[test]
fn rotation() {
    for set in list(&vectors()["rotation"]) {
        let keys = KeySet::parse(set["keyset"].to_string().as_bytes()).unwrap();
        for vector in list(&set["vectors"]) {
            check(&keys, vector);
            if let Some(prefix) = vector["expect_prefix_hex"].as_str() {
                let text = keys.seal(&Counting::default(), b"value", b"key").unwrap();
                assert!(text.starts_with(&hex(&Value::from(prefix))) && keys.is_marked(&text));
                assert!(keys.open(&text, b"key").unwrap().by_primary);
            }
        }
    }
}

#[test]
fn key_sets_that_the_python_implementation_takes_or_refuses() {
    for case in list(&vectors()["keyset_parsing"]) {
        let text = case["keyset_text"].as_str().unwrap();
        let result = KeySet::parse(text.as_bytes());
        let mut accepts = case["python_tink_accepts"].as_bool().unwrap();
        if UNSUPPORTED.iter().any(|name| text.contains(name)) {
            accepts = false;
        }
        assert_eq!(result.is_ok(), accepts, "{}: {result:?}", case["name"]);
        if let Err(problem) = result {
            for value in text.split('"').filter(|part| part.starts_with("Gi") || part.starts_with("EiY")) {
                assert!(!problem.to_string().contains(value), "{problem}");
            }
        }
    }
}

/// The key set of the parsing cases, changed by one replacement.
fn changed(from: &str, to: &str) -> Result<KeySet, String> {
    let vectors = vectors();
    let case = list(&vectors["keyset_parsing"]).iter().find(|case| case["name"] == "key_id_max").unwrap();
    let text = case["keyset_text"].as_str().unwrap();
    assert!(text.contains(from), "{from}");
    KeySet::parse(text.replacen(from, to, 1).as_bytes()).map_err(|problem| problem.to_string())
}

#[test]
fn leniences_and_refusals_beyond_the_vectors() {
    for (from, to) in [
        ("\"keyId\": 4294967295", "\"keyId\": \"4294967295\""),
        ("\"keyId\": 4294967295", "\"keyId\": 4294967295.0"),
        ("8Q==", "8Q"),
        ("8Q==", "8Q\\u003d\\u003d"),
        ("/MhC", "_MhC"),
        ("\"SYMMETRIC\"", "null"),
        ("\"SYMMETRIC\"", "\"ODD\""),
    ] {
        assert!(changed(from, to).is_ok(), "{to}: {:?}", changed(from, to));
    }
    for (from, to, said) in [
        ("\"primaryKeyId\"", "\"primaryKeyId\": 1, \"primaryKeyId\"", "two members"),
        ("\"keyId\"", "\"key_id\": 1, \"keyId\"", "both spellings"),
        ("\"status\"", "\"comment\": 1, \"status\"", "\"comment\""),
        ("\"typeUrl\"", "\"canary canary\": 1, \"typeUrl\"", "an unknown member"),
        ("4294967295", "4294967296", "no number"),
        ("4294967295", "\"x\"", "no number"),
        ("\"ENABLED\"", "\"UNKNOWN_STATUS\"", "no status"),
        ("\"ENABLED\"", "9", "no status"),
        ("\"TINK\"", "5", "no outputPrefixType"),
        ("8Q==", "8Q==*", "no base64"),
        ("[", "{}, [", "JSON"),
        ("AesGcmKey", "AesGcmKe\\u0007y", "is of the type \"AesGcmKey\", and"),
    ] {
        let problem = changed(from, to).unwrap_err();
        assert!(problem.contains(said) && !problem.contains("canary"), "{to}: {problem}");
    }
    for (bytes, said) in [
        (&b""[..], "is empty"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b"{}", "no key"),
        (b"[]", "no object"),
        (b"not a key set", "neither JSON nor"),
        (&vec![b' '; 300_000], "larger than"),
    ] {
        let problem = KeySet::parse(bytes).unwrap_err().to_string();
        assert!(problem.contains(said), "{problem}");
    }
}

#[test]
fn both_forms_in_clear_and_encrypted() {
    let vectors = vectors();
    let formats = &vectors["keyset_formats"];
    let clear_json = formats["cleartext_keyset"].to_string();
    let clear = KeySet::parse(clear_json.as_bytes()).unwrap();
    let kek = KeySet::parse(formats["kek_keyset"].to_string().as_bytes()).unwrap();
    let data = hex(&formats["keyset_associated_data_hex"]);
    let encryption = KeyEncryption { keys: &kek, data: &data };
    let binary = hex(&formats["binary_keyset_hex"]);
    let encrypted_json = formats["encrypted_keyset_json"].to_string();
    let encrypted_binary = hex(&formats["encrypted_keyset_binary_hex"]);

    assert_eq!(*clear.write(Form::Binary), binary);
    let written: Value = serde_json::from_slice(&clear.write(Form::Json)).unwrap();
    assert_eq!(written, formats["cleartext_keyset"]);
    let sets = [
        KeySet::parse(&binary),
        KeySet::parse_encrypted(encrypted_json.as_bytes(), encryption),
        KeySet::parse_encrypted(&encrypted_binary, encryption),
    ];
    for keys in sets {
        let keys = keys.unwrap();
        check(&keys, &{
            let mut vector = formats["check"].clone();
            vector["result"] = "valid".into();
            vector
        });
        assert_eq!(keys.info(), clear.info());
    }
    for bytes in [clear_json.as_bytes(), &binary, encrypted_json.as_bytes()] {
        assert_eq!(KeySetInfo::parse(bytes).unwrap(), clear.info());
    }
    // Google's writer leaves the information out of the binary form.
    assert!(KeySetInfo::parse(&encrypted_binary).unwrap_err().to_string().contains("says nothing"));
    for form in [Form::Json, Form::Binary] {
        let written = clear.write_encrypted(form, encryption, &Counting::default()).unwrap();
        let keys = KeySet::parse_encrypted(&written, encryption).unwrap();
        assert_eq!((*keys.write(Form::Binary)).clone(), binary);
        assert_eq!(KeySetInfo::parse(&written).unwrap(), clear.info());
    }
    // What is given for something else is refused, and the reason is named.
    for bytes in [encrypted_json.as_bytes(), &encrypted_binary] {
        assert!(KeySet::parse(bytes).unwrap_err().to_string().contains("encrypted"));
        let other = KeyEncryption { keys: &clear, data: &data };
        assert!(KeySet::parse_encrypted(bytes, other).unwrap_err().to_string().contains("can't be decrypted"));
        let other = KeyEncryption { keys: &kek, data: b"" };
        assert!(KeySet::parse_encrypted(bytes, other).unwrap_err().to_string().contains("can't be decrypted"));
    }
    for bytes in [clear_json.as_bytes(), &binary] {
        assert!(KeySet::parse_encrypted(bytes, encryption).unwrap_err().to_string().contains("is not encrypted"));
    }
}

#[test]
fn every_template_makes_a_key_that_works() {
    let entropy = Counting::default();
    for name in Template::names().flat_map(|name| [name.to_owned(), format!("{name}_RAW")]) {
        let keys = KeySet::create(Template::parse(&name).unwrap(), &entropy).unwrap();
        for form in [Form::Json, Form::Binary] {
            let again = KeySet::parse(&keys.write(form)).unwrap();
            let text = keys.seal(&entropy, b"value", b"key").unwrap();
            assert_eq!(*again.open(&text, b"key").unwrap().value, b"value", "{name}");
            assert!(again.open(&text, b"other").is_none(), "{name}");
            assert_eq!(keys.is_marked(&text), !name.ends_with("_RAW"), "{name}");
        }
    }
    // The first of the vectors' keys, drawn again: id, then key.
    let vectors = vectors();
    let group = &vectors["groups"][0]["keyset"];
    let random = (2_134_544_837u32.to_be_bytes()).into_iter().chain(hex(&"04a96fac5b48562798394cfda8e7be68".into()));
    let keys = KeySet::create(Template::parse("AES128_GCM").unwrap(), &Fixed::new(random)).unwrap();
    let written: Value = serde_json::from_slice(&keys.write(Form::Json)).unwrap();
    assert_eq!(written, *group);
    assert!(Template::parse("AES192_GCM").err().unwrap().to_string().contains("AES256_GCM"));
}

#[test]
fn a_set_through_its_life() {
    let entropy = Counting::default();
    let (old, new) = (Template::parse("AES128_GCM_RAW").unwrap(), Template::parse("XCHACHA20_POLY1305").unwrap());
    let mut keys = KeySet::create(old, &entropy).unwrap();
    let first = keys.primary_id();
    let text = keys.seal(&entropy, b"value", b"key").unwrap();
    let second = keys.add(new, &entropy).unwrap();
    assert_eq!(keys.primary_id(), first);
    assert!(keys.set_status(first, Status::Disabled).unwrap_err().to_string().contains("is the primary"));
    keys.promote(second).unwrap();
    let opened = keys.open(&text, b"key").unwrap();
    assert_eq!((opened.key_id, opened.by_primary), (first, false));
    assert_eq!(keys.overhead(), None, "28 of one and 45 of the other");
    keys.set_status(first, Status::Disabled).unwrap();
    assert!(keys.open(&text, b"key").is_none());
    assert!(keys.promote(first).unwrap_err().to_string().contains("not enabled"));
    keys.set_status(first, Status::Enabled).unwrap();
    assert!(keys.open(&text, b"key").is_some());
    keys.set_status(first, Status::Destroyed).unwrap();
    assert!(keys.set_status(first, Status::Enabled).unwrap_err().to_string().contains("destroyed"));
    let keys = KeySet::parse(&keys.write(Form::Json)).unwrap();
    assert!(keys.open(&text, b"key").is_none());
    let info = keys.info();
    let key = info.keys.first().unwrap();
    assert_eq!((key.type_name(), key.status, key.prefix), ("AesGcmKey", Status::Destroyed, OutputPrefix::Raw));
    assert!(keys.info().to_json().contains("\"status\":\"DESTROYED\""));
    assert_eq!(info.primary, second);
}

#[test]
fn debug_shows_no_key() {
    let vectors = vectors();
    let json = vectors["groups"][0]["keyset"].to_string();
    let shown = format!("{:?}", KeySet::parse(json.as_bytes()).unwrap());
    assert!(shown.contains("2134544837") && shown.contains("[redacted]"));
    assert!(!shown.contains("GhAE") && !shown.contains("169"), "{shown}");
}
