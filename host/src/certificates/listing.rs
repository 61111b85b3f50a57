//! Listings of certificates' keys.

use super::handle::{KeyInfo, moment};
use crate::wit::cert_storage as wit;
use std::time::SystemTime;

/// What is below a directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyListing {
    /// The entries, in the byte order of their keys, each key once.
    pub entries: Vec<KeyEntry>,
    /// How many objects and, where one level was asked for, directories no key can name: with `//` in them, say, or a
    /// control character. They make [`Certificates::exists`](super::Certificates::exists) true, and go with the directory
    /// that they are in.
    pub left_out: u64,
}

/// An entry of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyEntry {
    /// The key, in full.
    pub key: String,
    /// Its value, as far as the listing tells; none for a directory. A key that is both is told as a file.
    pub value: Option<ListedValue>,
}

/// What a listing tells of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedValue {
    /// The value's size in bytes; none where [`Certificates::stat`](super::Certificates::stat) would have to ask. OSS lists
    /// the sizes of objects, and a sealed one is longer than its value: the size is known where all keys of the key set add
    /// the same and values in clear are refused. Without a key set it is the object's.
    pub size: Option<u64>,
    /// When it was last changed, to the second.
    pub modified: SystemTime,
}

impl KeyListing {
    /// The keys of the entries.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }
}

impl From<KeyInfo> for KeyEntry {
    fn from(info: KeyInfo) -> Self {
        let value = ListedValue { size: Some(info.size), modified: info.modified };
        Self { key: info.key, value: info.is_terminal.then_some(value) }
    }
}

impl From<wit::KeyListing> for KeyListing {
    fn from(listing: wit::KeyListing) -> Self {
        let entries = listing.entries.into_iter().map(|wit::KeyEntry { key, value }| KeyEntry {
            key,
            value: value.map(|value| ListedValue { size: value.size, modified: moment(value.modified) }),
        });
        Self { entries: entries.collect(), left_out: listing.left_out }
    }
}
