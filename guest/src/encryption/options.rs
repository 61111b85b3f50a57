//! The encryption options of a storage.

use std::fmt;

use super::form::KeyEncryption;
use super::keyset::KeySet;
use super::problem::KeySetProblem;
use super::value::SecretBytes;
use crate::error::ConfigProblem;

/// How to treat a value that was not encrypted with a key of the set and does not claim to be encrypted. This matters
/// while a storage moves from clear to encrypted values: until then, anyone who can write to the bucket can store a
/// value that is accepted.
///
/// Nothing is ever written in clear, and bytes that are marked as encrypted, by their prefix or by their object, are
/// never accepted as a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClearValues {
    /// The value is corrupt.
    #[default]
    Refused,
    /// The value is accepted if it is text (PEM, JSON) or DER, as certificates, keys and staples are, and corrupt
    /// otherwise: a damaged ciphertext of a RAW key is neither.
    Recognised,
    /// Every value is accepted. For a bucket that never contained a ciphertext of a RAW key that Ossicle did not write:
    /// one that was damaged, or whose key is lost, would be accepted as a value.
    All,
}

impl ClearValues {
    pub(super) fn takes(self, bytes: &[u8]) -> bool {
        match self {
            Self::Refused => false,
            Self::Recognised => is_text(bytes) || is_der(bytes),
            Self::All => true,
        }
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let allowed = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(allowed))
}

/// Whether this is a SEQUENCE of the stated length.
fn is_der(bytes: &[u8]) -> bool {
    let (length, rest) = match bytes {
        [0x30, short @ 0..=0x7f, rest @ ..] => (usize::from(*short), rest),
        [0x30, 0x81, a, rest @ ..] => (usize::from(*a), rest),
        [0x30, 0x82, a, b, rest @ ..] => (usize::from(u16::from_be_bytes([*a, *b])), rest),
        _ => return false,
    };
    rest.len() == length
}

/// The key-encryption key of an encrypted key set.
#[derive(Clone)]
pub struct KeyEncryptionOptions {
    /// The key set with that key, in clear, in either of Tink's formats.
    pub key_set: SecretBytes,
    /// The associated data that the key set was encrypted under; often none.
    pub associated_data: Vec<u8>,
}

/// The encryption of a storage's values.
#[derive(Clone)]
pub struct EncryptionOptions {
    /// The key set in either of Tink's formats, JSON or binary.
    pub key_set: SecretBytes,
    /// The key-encryption key; must be given if, and only if, the key set is encrypted.
    pub key_encryption: Option<KeyEncryptionOptions>,
    /// How to treat values that are not encrypted.
    pub clear_values: ClearValues,
}

impl EncryptionOptions {
    pub(super) fn read(&self) -> Result<KeySet, ConfigProblem> {
        let of = |field| move |problem: KeySetProblem| ConfigProblem::new(field, problem.to_string());
        match &self.key_encryption {
            None => KeySet::parse(&self.key_set).map_err(of("encryption.key-set")),
            Some(given) => {
                let keys = KeySet::parse(&given.key_set).map_err(of("encryption.key-encryption.key-set"))?;
                let encryption = KeyEncryption { keys: &keys, data: &given.associated_data };
                KeySet::parse_encrypted(&self.key_set, encryption).map_err(of("encryption.key-set"))
            }
        }
    }
}

impl fmt::Debug for EncryptionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionOptions")
            .field("key_set", &"[redacted]")
            .field("key_encryption", &self.key_encryption.as_ref().map(|_| "[redacted]"))
            .field("clear_values", &self.clear_values)
            .finish()
    }
}

impl fmt::Debug for KeyEncryptionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyEncryptionOptions([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_recognised() {
        for clear in [
            &b""[..],
            b"-----BEGIN CERTIFICATE-----\r\nMIIB\n-----END CERTIFICATE-----\n",
            "{\n\t\"sans\": [\"пример.испытание\"]}".as_bytes(),
            &[0x30, 0x03, 0x02, 0x01, 0xff],
            &[&[0x30, 0x81, 0x80][..], &[0xff; 128]].concat(),
            &[&[0x30, 0x82, 0x01, 0x00][..], &[0xff; 256]].concat(),
        ] {
            assert!(ClearValues::Recognised.takes(clear), "{clear:x?}");
            assert!(ClearValues::All.takes(clear) && !ClearValues::Refused.takes(clear));
        }
        for other in [&b"a\0b"[..], b"\x1b[2J", &[0x30, 0x03, 0x02, 0x01], &[0x30, 0x80, 0xff], &[0xff; 40]] {
            assert!(!ClearValues::Recognised.takes(other), "{other:x?}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let key_set: SecretBytes = b"canary".to_vec().into();
        let key_encryption =
            Some(KeyEncryptionOptions { key_set: key_set.clone(), associated_data: b"canary".to_vec() });
        let options = EncryptionOptions { key_set, key_encryption, clear_values: ClearValues::All };
        assert!(!format!("{options:?} {:?}", options.key_encryption).contains("canary"));
    }

    #[test]
    fn key_sets_are_checked_and_the_field_is_named() {
        let template = crate::encryption::Template::parse("AES256_GCM").unwrap();
        let keys = KeySet::create(template, &crate::testing::Scripted::new([])).unwrap();
        let clear = keys.write(crate::encryption::Form::Json);
        let with = |key_set: &[u8], key_encryption_key: Option<&[u8]>| {
            let options = EncryptionOptions {
                key_set: key_set.to_vec().into(),
                key_encryption: key_encryption_key.map(|key_set| KeyEncryptionOptions {
                    key_set: key_set.to_vec().into(),
                    associated_data: Vec::new(),
                }),
                clear_values: ClearValues::default(),
            };
            options.read().map(|_| ()).map_err(|problem| problem.field)
        };
        assert_eq!(with(&clear, None), Ok(()));
        assert_eq!(with(b"canary", None), Err("encryption.key-set"));
        assert_eq!(with(&clear, Some(&clear)), Err("encryption.key-set"));
        assert_eq!(with(&clear, Some(b"canary")), Err("encryption.key-encryption.key-set"));
    }

    proptest! {
        #[test]
        fn random_bytes_are_not_recognised(bytes in prop::collection::vec(any::<u8>(), 64..300)) {
            prop_assert!(!ClearValues::Recognised.takes(&bytes));
        }
    }
}
