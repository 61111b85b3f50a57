//! Values of a storage that are encrypted: the key set and what to do with a value that is not sealed.

use bytes::Bytes;
use zeroize::Zeroizing;

use super::keyset::KeySet;
use super::options::{ClearValues, EncryptionOptions};
use crate::error::ConfigProblem;
use crate::ports::Entropy;

/// How a value was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// As it is.
    Clear,
    /// Sealed.
    Sealed {
        /// The id of the key that opened it.
        key_id: u32,
        /// Whether that is the primary key.
        by_primary: bool,
    },
}

/// What seals and opens the values of a storage.
#[derive(Debug)]
pub struct Encryption {
    keys: KeySet,
    clear_values: ClearValues,
}

/// No cipher adds more: the longest nonce, the longest tag and a prefix.
pub(crate) const MAX_OVERHEAD: u64 = 5 + 24 + 64;

impl Encryption {
    /// Reads the key sets.
    ///
    /// # Errors
    /// Names the field, and never what is in it.
    pub fn open(options: &EncryptionOptions) -> Result<Self, ConfigProblem> {
        Ok(Self { keys: options.read()?, clear_values: options.clear_values })
    }

    /// The text of a key's value, under the key as associated data. `None` when it is too long, which no value of a
    /// storage is.
    pub(crate) fn seal(&self, entropy: &impl Entropy, key: &str, value: &[u8]) -> Option<Bytes> {
        self.keys.seal(entropy, value, key.as_bytes()).map(Bytes::from)
    }

    /// The value of a key; `None` when these bytes are not one, be it that they were changed, moved from another key or
    /// sealed with a key that is not at hand. `marked` tells that the object says of itself that it is sealed.
    pub(crate) fn value(&self, key: &str, bytes: Bytes, marked: impl FnOnce() -> bool) -> Option<(Bytes, Protection)> {
        if let Some(mut opened) = self.keys.open(&bytes, key.as_bytes()) {
            let protection = Protection::Sealed { key_id: opened.key_id, by_primary: opened.by_primary };
            return Some((Bytes::from(std::mem::take(&mut *opened.value)), protection));
        }
        let clear = !marked() && !self.keys.is_marked(&bytes) && self.clear_values.takes(&bytes);
        clear.then_some((bytes, Protection::Clear))
    }

    /// The size of the value in an object of some size, where it can be told without its bytes: from what the object
    /// states, or because all texts of these keys are longer than their values by the same.
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

/// Whether a value of such a size could be in a sealed object of such a size. What an object states is not authenticated.
pub(crate) fn is_plausible(object: u64, value: u64) -> bool {
    object.checked_sub(value).is_some_and(|overhead| (1..=MAX_OVERHEAD).contains(&overhead))
}

/// A key set as it is given, wiped when dropped.
pub(super) type SecretBytes = Zeroizing<Vec<u8>>;
