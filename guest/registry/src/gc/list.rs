//! The list of an epoch: the digests that its collector may delete.

use sha2::{Digest as _, Sha256};

use super::record::EpochRecord;
use crate::digest::Digest;

/// The digests that an epoch lists, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DigestList(Vec<Digest>);

/// A list is not the one that its record announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list of the epoch {0:016x} is not the one that its record announced")]
pub struct OtherList(pub u64);

impl DigestList {
    /// A list of digests that come in order and once each.
    pub fn new(digests: impl IntoIterator<Item = Digest>) -> Self {
        let digests: Vec<Digest> = digests.into_iter().collect();
        debug_assert!(digests.is_sorted_by(|left, right| left < right));
        Self(digests)
    }

    /// The list as it is stored: a digest a line.
    pub fn to_text(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, digest| {
            text.push_str(&digest.to_string());
            text.push('\n');
            text
        })
    }

    /// Reads the list of a record.
    ///
    /// # Errors
    /// When the bytes are not what the record was published with.
    pub fn parse(bytes: &[u8], record: &EpochRecord) -> Result<Self, OtherList> {
        let other = OtherList(record.id);
        if hash(bytes) != record.list_hash {
            return Err(other);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| other)?;
        let digests: Vec<Digest> =
            text.lines().map(|line| Digest::parse(line).ok_or(other)).collect::<Result<_, _>>()?;
        if digests.len() as u64 != record.count || !digests.is_sorted_by(|left, right| left < right) {
            return Err(other);
        }
        Ok(Self(digests))
    }

    /// Whether a digest is listed.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.0.binary_search(digest).is_ok()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The digests, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Digest> {
        self.0.iter()
    }
}

/// The first half of the SHA-256 of a list as it is stored.
pub(crate) fn hash(bytes: &[u8]) -> u128 {
    let hash = Sha256::digest(bytes);
    hash.iter().take(16).fold(0, |value, byte| value << 8 | u128::from(*byte))
}
