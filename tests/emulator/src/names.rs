//! What OSS takes for a bucket name and for an object key, and nothing more: keys are never trimmed or normalised.

/// The longest key, in bytes of UTF-8.
pub(crate) const MAX_KEY: usize = 1023;

/// 3 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or a digit.
/// (OSS documentation: Bucket naming conventions.)
pub(crate) fn is_bucket(name: &str) -> bool {
    let bytes = name.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| plain(byte) || *byte == b'-')
        && bytes.first().is_some_and(plain)
        && bytes.last().is_some_and(plain)
}

/// Why a key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadKey {
    Empty,
    TooLong,
    LeadingSlash,
}

/// 1 to 1023 bytes, not beginning with a slash or a backslash. (OSS documentation: Object naming conventions.)
pub(crate) fn check_key(key: &str) -> Result<(), BadKey> {
    match key.as_bytes() {
        [] => Err(BadKey::Empty),
        [b'/' | b'\\', ..] => Err(BadKey::LeadingSlash),
        bytes if bytes.len() > MAX_KEY => Err(BadKey::TooLong),
        _ => Ok(()),
    }
}

/// What the emulator and OSS make of version ids: `null`, or a long text of letters and digits that begins with `CAE`.
pub(crate) fn check_version(id: &str) -> Result<(), ()> {
    let made = id.len() >= 32 && id.starts_with("CAE") && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if made || id == "null" { Ok(()) } else { Err(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names() {
        for good in ["abc", "a-b", "0bucket9", &"a".repeat(63)] {
            assert!(is_bucket(good), "{good}");
        }
        for bad in ["ab", "-ab", "ab-", "Abc", "a_b", "a.b", &"a".repeat(64), ""] {
            assert!(!is_bucket(bad), "{bad}");
        }
    }

    #[test]
    fn version_ids() {
        assert_eq!(check_version("null"), Ok(()));
        assert_eq!(check_version("CAEQNhiBgMDJgZCA0BYiIDc4MGZjZGI2OTBjOTRmNTE5NmU5NmFhZjhjYmY0"), Ok(()));
        for bad in ["", "234", "NULL", "CAEQ", "CAEQNhiBgMDJgZCA0BYi/Dc4MGZjZGI2OTBjOTRmNTE5NmU5NmFhZjhjYmY0"] {
            assert_eq!(check_version(bad), Err(()), "{bad}");
        }
    }

    #[test]
    fn keys() {
        assert_eq!(check_key("a//../b\u{301}"), Ok(()));
        assert_eq!(check_key(&"k".repeat(1023)), Ok(()));
        assert_eq!(check_key(&"é".repeat(512)), Err(BadKey::TooLong));
        assert_eq!(check_key(""), Err(BadKey::Empty));
        assert_eq!(check_key("/a"), Err(BadKey::LeadingSlash));
        assert_eq!(check_key("\\a"), Err(BadKey::LeadingSlash));
    }
}
