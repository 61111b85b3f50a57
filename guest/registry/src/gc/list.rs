//! The list of an epoch: the digests that its collector may delete.

use sha2::{Digest as _, Sha256};

use super::record::EpochRecord;
use crate::digest::Digest;

/// The digests that an epoch lists, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DigestList(Vec<Digest>);

/// The error for a list that does not match its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list of the epoch {0:016x} is not the one that its record announced")]
pub struct ListMismatch(pub u64);

impl DigestList {
    /// Creates a list from digests in ascending order without duplicates.
    pub fn new(digests: impl IntoIterator<Item = Digest>) -> Self {
        let digests: Vec<Digest> = digests.into_iter().collect();
        debug_assert!(digests.is_sorted_by(|left, right| left < right));
        Self(digests)
    }

    /// The list as it is stored: one digest for each line.
    pub fn to_text(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, digest| {
            text.push_str(&digest.to_string());
            text.push('\n');
            text
        })
    }

    /// Parses the stored list of a record.
    ///
    /// # Errors
    /// If the bytes are not those for which the record was made.
    pub fn parse(bytes: &[u8], record: &EpochRecord) -> Result<Self, ListMismatch> {
        let mismatch = ListMismatch(record.id);
        if hash(bytes) != record.list_hash {
            return Err(mismatch);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| mismatch)?;
        let digests: Vec<Digest> =
            text.lines().map(|line| Digest::parse(line).ok_or(mismatch)).collect::<Result<_, _>>()?;
        if digests.len() as u64 != record.count || !digests.is_sorted_by(|left, right| left < right) {
            return Err(mismatch);
        }
        Ok(Self(digests))
    }

    /// Whether a digest is listed.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.0.binary_search(digest).is_ok()
    }

    /// The number of digests.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the list is empty.
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
