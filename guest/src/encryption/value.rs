//! Encrypts the values of a storage: the key set, and how to treat a value that is not encrypted.

use bytes::Bytes;
use zeroize::Zeroizing;

use super::keyset::KeySet;
use super::options::{ClearValues, EncryptionOptions};
use crate::error::ConfigProblem;
use crate::ports::Entropy;

/// How a value was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// In clear.
    Clear,
    /// Encrypted.
    Sealed {
        /// The id of the key that decrypted it.
        key_id: u32,
        /// Whether that is the primary key.
        by_primary: bool,
    },
}

/// The encryption of a storage's values.
#[derive(Debug)]
pub struct Encryption {
    keys: KeySet,
    clear_values: ClearValues,
}

/// The most bytes that a cipher adds: the longest nonce, the longest tag and a prefix.
pub(crate) const MAX_OVERHEAD: u64 = 5 + 24 + 64;

impl Encryption {
    /// Reads the key sets.
    ///
    /// # Errors
    /// Names the field, and never its content.
    pub fn open(options: &EncryptionOptions) -> Result<Self, ConfigProblem> {
        Ok(Self { keys: options.read()?, clear_values: options.clear_values })
    }

    /// Encrypts the value of a key, with the key as associated data. `None` if the value is too long, which no value of
    /// a storage is.
    pub(crate) fn seal(&self, entropy: &impl Entropy, key: &str, value: &[u8]) -> Option<Bytes> {
        self.keys.seal(entropy, value, key.as_bytes()).map(Bytes::from)
    }

    /// Decrypts the value of a key; `None` if these bytes are not one, because they were changed, moved from another
    /// key or encrypted with an unknown key. `marked` returns whether the object states that it is encrypted.
    pub(crate) fn value(&self, key: &str, bytes: Bytes, marked: impl FnOnce() -> bool) -> Option<(Bytes, Protection)> {
        if let Some(mut opened) = self.keys.open(&bytes, key.as_bytes()) {
            let protection = Protection::Sealed { key_id: opened.key_id, by_primary: opened.by_primary };
            return Some((Bytes::from(std::mem::take(&mut *opened.value)), protection));
        }
        let clear = !marked() && !self.keys.is_marked(&bytes) && self.clear_values.takes(&bytes);
        clear.then_some((bytes, Protection::Clear))
    }

    /// The size of the value in an object of this size, if it is known without the object's bytes: because the object
    /// states it, or because all keys add the same number of bytes.
    pub(crate) fn value_size(&self, object: u64, stated: Option<u64>) -> Option<u64> {
        if let Some(size) = stated.filter(|size| is_plausible(object, *size)) {
            return Some(size);
        }
        match (self.clear_values, self.keys.overhead()) {
            (ClearValues::Refused, Some(overhead)) => object.checked_sub(overhead),
            _ => None,
        }
    }
}

/// Whether an encrypted object of this size can contain a value of that size. The size that an object states is not
/// authenticated.
pub(crate) fn is_plausible(object: u64, value: u64) -> bool {
    object.checked_sub(value).is_some_and(|overhead| (1..=MAX_OVERHEAD).contains(&overhead))
}

/// A serialised key set, wiped when dropped.
pub(super) type SecretBytes = Zeroizing<Vec<u8>>;
