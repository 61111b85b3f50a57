//! Digests in little memory.

use crate::digest::{Algorithm, Digest};

/// A map with digests as keys, which take 32 or 64 bytes each. Listings are in the order of digests, so the entries are
/// nearly always added in order.
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
    /// Adds a new digest. One that is out of order is inserted at its position.
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
    } else if let Err(place) = entries.binary_search_by(|(known, _)| known.cmp(&hash)) {
        entries.insert(place, (hash, value));
    }
}

fn get<const N: usize, V: Copy>(entries: &[([u8; N], V)], hash: &[u8; N]) -> Option<V> {
    let place = entries.binary_search_by(|(known, _)| known.cmp(hash)).ok()?;
    entries.get(place).map(|(_, value)| *value)
}

/// The hash of a digest. It has as many bytes as its algorithm says.
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
        for (place, digit) in "1a0f5".chars().enumerate() {
            table.insert(&digest(digit, 64), place);
            table.insert(&digest(digit, 128), place + 10);
        }
        for (place, digit) in "1a0f5".chars().enumerate() {
            assert_eq!(table.get(&digest(digit, 64)), Some(place));
            assert_eq!(table.get(&digest(digit, 128)), Some(place + 10));
        }
        assert_eq!((table.get(&digest('2', 64)), table.is_empty()), (None, false));
    }
}
