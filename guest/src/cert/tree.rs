//! What a directory looks like, made of the flat names of objects. No I/O.

use std::collections::BTreeSet;

use crate::key::Key;

/// The most that the entries of one listing may take, in bytes. certmagic's own are some KiB; a shared bucket, or names made
/// of nothing but `/`, which have a directory for every other byte, could fill the instance's memory.
pub(super) const MAX_LISTING: usize = 16 * 1024 * 1024;

/// What an entry takes besides its text.
const ENTRY: usize = 64;

/// The entries are more than [`MAX_LISTING`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

/// The entries found so far below one directory, from the root of the storage.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    /// The directory's key and a `/`; empty for the whole storage.
    directory: &'a str,
    entries: BTreeSet<String>,
    /// Bytes that the entries take.
    size: usize,
}

impl<'a> Tree<'a> {
    pub(super) fn new(directory: &'a str) -> Self {
        Self { directory, entries: BTreeSet::new(), size: 0 }
    }

    /// Takes in a name below the directory, without the storage's root: a file, or a directory when it ends in `/`. The
    /// directories on the way become entries of their own.
    ///
    /// A name that no key can be (`a//b`) is left out: what `list` gives, `load` must take. Its well-formed beginning
    /// still shows as a directory, for it can be deleted.
    pub(super) fn add(&mut self, name: &str) -> Result<(), TooLarge> {
        let Some(below) = name.strip_prefix(self.directory) else { return Ok(()) };
        let mut end = self.directory.len();
        for component in below.split_inclusive('/') {
            end += component.len();
            let Some(entry) = name.get(..end) else { return Ok(()) };
            let entry = entry.strip_suffix('/').unwrap_or(entry);
            if !Key::is_normal(entry) {
                return Ok(());
            }
            if !self.entries.contains(entry) {
                self.size = self.size.saturating_add(entry.len() + ENTRY);
                if self.size > MAX_LISTING {
                    return Err(TooLarge);
                }
                self.entries.insert(entry.to_owned());
            }
        }
        Ok(())
    }

    /// The entries in byte order.
    pub(super) fn into_keys(self) -> Vec<String> {
        self.entries.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(directory: &str, names: &[&str]) -> Vec<String> {
        let mut tree = Tree::new(directory);
        names.iter().for_each(|name| tree.add(name).unwrap());
        tree.into_keys()
    }

    #[test]
    fn directories_on_the_way_are_entries() {
        let names = ["d/k1", "d/k/a/b", "d/k/c"];
        assert_eq!(keys("d/", &names), ["d/k", "d/k/a", "d/k/a/b", "d/k/c", "d/k1"]);
        assert_eq!(keys("", &names), ["d", "d/k", "d/k/a", "d/k/a/b", "d/k/c", "d/k1"]);
    }

    #[test]
    fn markers_are_directories_and_foreign_names_do_no_harm() {
        assert_eq!(keys("d/", &["d/", "d/e/", "d/e/f/", "d/g"]), ["d/e", "d/e/f", "d/g"]);
        assert_eq!(
            keys("d/", &["d//x", "d/a//b", "d/./c", "d/../e", "d/f\u{1}", "d/g/\\h"]),
            ["d/a", "d/g", "d/g/\\h"]
        );
        assert_eq!(keys("d/", &["e/x", "dx"]), [""; 0]);
    }

    #[test]
    fn a_file_and_a_directory_of_one_name_are_one_entry() {
        assert_eq!(keys("", &["a", "a-b", "a/b"]), ["a", "a-b", "a/b"]);
    }

    #[test]
    fn is_bounded() {
        let mut tree = Tree::new("");
        let deep = "a/".repeat(500);
        let taken = (0..).take_while(|n| tree.add(&format!("{n}/{deep}")).is_ok()).count();
        assert!((20..100).contains(&taken), "{taken} names of 1000 bytes, each with 500 directories");
        assert!(tree.entries.iter().map(String::len).sum::<usize>() <= MAX_LISTING);
    }

    proptest! {
        #[test]
        fn every_entry_is_a_key_below_the_directory(names in prop::collection::vec("[a./\u{1}é]{0,8}", 0..20)) {
            let mut tree = Tree::new("a/");
            names.iter().for_each(|name| tree.add(name).unwrap());
            let keys = tree.into_keys();
            prop_assert!(keys.iter().all(|key| Key::is_normal(key) && key.starts_with("a/")));
            for name in names.iter().filter(|name| Key::is_normal(name) && name.starts_with("a/")) {
                prop_assert!(keys.contains(name));
            }
        }
    }
}
