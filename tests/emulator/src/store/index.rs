//! The keys of a bucket in order, each with its versions.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::object::Version;

/// A key, ordered and looked up by its bytes: the place after a common prefix need not be valid UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(Arc<str>);

impl Key {
    pub(crate) fn new(key: &str) -> Self {
        Self(key.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<[u8]> for Key {
    // A str is ordered by its bytes, so both orders agree.
    fn borrow(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// The versions of a key, oldest first; never empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) versions: Vec<Arc<Version>>,
}

impl Entry {
    pub(crate) fn current(&self) -> Option<&Arc<Version>> {
        self.versions.last()
    }

    pub(crate) fn version(&self, id: &str) -> Option<&Arc<Version>> {
        self.versions.iter().find(|version| &*version.id == id)
    }
}

/// Every key of a bucket.
#[derive(Debug, Default)]
pub(crate) struct Index {
    entries: BTreeMap<Key, Entry>,
}

impl Index {
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key.as_bytes())
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Entry> {
        self.entries.get_mut(key.as_bytes())
    }

    /// The entry of a key, which is made if there is none.
    pub(crate) fn entry(&mut self, key: &str) -> &mut Entry {
        self.entries.entry(Key::new(key)).or_default()
    }

    /// Forgets a key that has no version left.
    pub(crate) fn prune(&mut self, key: &str) {
        if self.get(key).is_some_and(|entry| entry.versions.is_empty()) {
            self.entries.remove(key.as_bytes());
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter()
    }

    /// The first key at or after a place.
    pub(crate) fn seek(&self, from: Bound<&[u8]>) -> Option<(&Key, &Entry)> {
        self.entries.range::<[u8], _>((from, Bound::Unbounded)).next()
    }
}

/// The smallest bytes greater than everything that begins with `prefix`; `None` if there are none.
pub(crate) fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = prefix.to_vec();
    while let Some(last) = bytes.last_mut() {
        if *last < 0xFF {
            *last += 1;
            return Some(bytes);
        }
        bytes.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_after_a_prefix() {
        assert_eq!(after_prefix(b"a/"), Some(b"a0".to_vec()));
        assert_eq!(after_prefix(&[0x61, 0xFF]), Some(vec![0x62]));
        assert_eq!(after_prefix(&[0xFF]), None);
        assert_eq!(after_prefix(b""), None);
        let crab = "\u{10FFFF}/".as_bytes();
        assert!(after_prefix(crab).is_some_and(|after| after.as_slice() > crab));
    }
}
