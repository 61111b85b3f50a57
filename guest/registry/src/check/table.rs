//! A compact map from digests to values.

use crate::digest::{Algorithm, Digest};

/// A map whose keys are digests of 32 or 64 bytes. Listings are in the order of digests, so the entries are nearly
/// always appended.
#[derive(Debug)]
pub(super) struct Table<V> {
    short: Vec<([u8; 32], V)>,
    long: Vec<([u8; 64], V)>,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self { short: Vec::new(), long: Vec::new() }
    }
}

impl<V: Copy> Table<V> {
    /// Adds a digest, if it is new. A digest that is out of order is inserted at its position.
    pub fn insert(&mut self, digest: &Digest, value: V) {
        match digest.algorithm() {
            Algorithm::Sha256 => insert(&mut self.short, bytes(digest), value),
            Algorithm::Sha512 => insert(&mut self.long, bytes(digest), value),
        }
    }

    pub fn get(&self, digest: &Digest) -> Option<V> {
        match digest.algorithm() {
            Algorithm::Sha256 => get(&self.short, &bytes(digest)),
            Algorithm::Sha512 => get(&self.long, &bytes(digest)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.short.is_empty() && self.long.is_empty()
    }
}

fn insert<const N: usize, V>(entries: &mut Vec<([u8; N], V)>, hash: [u8; N], value: V) {
    if entries.last().is_none_or(|(last, _)| *last < hash) {
        entries.push((hash, value));
    } else if let Err(index) = entries.binary_search_by(|(known, _)| known.cmp(&hash)) {
        entries.insert(index, (hash, value));
    }
}

fn get<const N: usize, V: Copy>(entries: &[([u8; N], V)], hash: &[u8; N]) -> Option<V> {
    let index = entries.binary_search_by(|(known, _)| known.cmp(hash)).ok()?;
    entries.get(index).map(|(_, value)| *value)
}

/// The hash in a digest. It has `N` bytes, because the caller chose `N` by the algorithm.
fn bytes<const N: usize>(digest: &Digest) -> [u8; N] {
    let mut hash = [0; N];
    for (byte, hex) in hash.iter_mut().zip(digest.encoded().as_bytes().chunks(2)) {
        let hex = std::str::from_utf8(hex).unwrap_or_default();
        *byte = u8::from_str_radix(hex, 16).unwrap_or_default();
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_found_in_whatever_order_they_came() {
        let digest = |digit: char, length: usize| {
            let algorithm = if length == 64 { "sha256" } else { "sha512" };
            Digest::parse(&format!("{algorithm}:{}", String::from(digit).repeat(length))).unwrap()
        };
        let mut table = Table::default();
        assert!(table.is_empty());
        for (index, digit) in "1a0f5".chars().enumerate() {
            table.insert(&digest(digit, 64), index);
            table.insert(&digest(digit, 128), index + 10);
        }
        for (index, digit) in "1a0f5".chars().enumerate() {
            assert_eq!(table.get(&digest(digit, 64)), Some(index));
            assert_eq!(table.get(&digest(digit, 128)), Some(index + 10));
        }
        assert_eq!((table.get(&digest('2', 64)), table.is_empty()), (None, false));
    }
}
