//! The name of a lock's object. Any string is a valid name of a lock, and no two strings share an object.

use sha2::{Digest as _, Sha256};

use crate::error::{Error, ErrorKind};
use crate::key::{Key, ObjectName, Root};
use crate::signature::encode::encode_hex;

/// The layout of the folder, so that another layout can exist beside it.
const LAYOUT: &str = "v1";

/// The longest name of an object; a longer one is replaced by a hash. OSS allows 1023 bytes, and consoles and tools add
/// to names.
const MAX_NAME: usize = 1000;

/// The object with the log of a lock.
///
/// # Errors
/// [`ErrorKind::InvalidKey`] if the storage's root is so long that there is no room for a lock below it.
pub fn lock_object(root: &Root, folder: &str, name: &str) -> Result<ObjectName, Error> {
    let object = |encoded: &str| {
        let key = Key::parse(&[folder, "/", LAYOUT, "/", encoded].concat())?;
        root.object(&key)
    };
    match object(&escape(name)) {
        Ok(object) if object.as_str().len() <= MAX_NAME => Ok(object),
        _ => object(&hashed(name)).map_err(|problem| Error::new(ErrorKind::InvalidKey, name, problem.to_string())),
    }
}

/// Writes every byte except letters, digits, `_`, `-` and inner dots as `=XX`, so that the result is one component of a
/// key. `%` is not used, because it would be escaped again in the URL. The empty name becomes `=`, which no other name
/// does.
fn escape(name: &str) -> String {
    if name.is_empty() {
        return "=".to_owned();
    }
    let mut out = String::with_capacity(name.len() + 8);
    for (place, byte) in name.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => out.push(char::from(byte)),
            b'.' if place > 0 => out.push('.'),
            _ => out.push_str(&format!("={byte:02X}")),
        }
    }
    out
}

/// A name of fixed length that differs from every escaped name, none of which contains `==`.
fn hashed(name: &str) -> String {
    let mut out = String::from("==");
    encode_hex(&Sha256::digest(name.as_bytes()), &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn object(name: &str) -> String {
        lock_object(&Root::parse("root").unwrap(), "locks", name).unwrap().as_str().to_owned()
    }

    #[test]
    fn test_30_names() {
        for (name, expected) in [
            ("issue_cert_example.com", "issue_cert_example.com"),
            ("issue_cert_*.example.com", "issue_cert_=2A.example.com"),
            ("", "="),
            ("=", "=3D"),
            (".", "=2E"),
            ("..", "=2E."),
            ("a/../b", "a=2F..=2Fb"),
            ("[::1]", "=5B=3A=3A1=5D"),
            ("Foo", "Foo"),
            ("foo", "foo"),
            ("é", "=C3=A9"),
            ("\0\n\\", "=00=0A=5C"),
            ("a b+c%2F", "a=20b=2Bc=252F"),
        ] {
            assert_eq!(object(name), ["root/locks/v1/", expected].concat());
        }
    }

    #[test]
    fn long_names_are_hashed() {
        assert!(object(&"x".repeat(986)).ends_with("xx"));
        let long = object(&"x".repeat(987));
        assert_eq!(long.len(), "root/locks/v1/==".len() + 64);
        assert_ne!(long, object(&"x".repeat(988)));
        assert!(object(&"é".repeat(500)).starts_with("root/locks/v1/=="));
        let root = Root::parse(&"r".repeat(1000)).unwrap();
        assert_eq!(lock_object(&root, "locks", "a").unwrap_err().kind, ErrorKind::InvalidKey);
    }

    proptest! {
        #[test]
        fn no_two_names_share_an_object(a in "[=.a-c/*A2DE\u{e9}]{0,6}", b in "[=.a-c/*A2DE\u{e9}]{0,6}", c: String) {
            prop_assert_eq!(a == b, object(&a) == object(&b));
            prop_assert!(!object(&c).chars().any(char::is_control));
        }
    }
}
