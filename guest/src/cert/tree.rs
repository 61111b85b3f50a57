//! What a directory looks like, made of the flat names of objects. No I/O.

use std::collections::BTreeSet;

/// The most that the entries of one listing may take, in bytes. certmagic's own are some KiB; a shared bucket, or names made
/// of nothing but `/`, which have a directory for every other byte, could fill the instance's memory.
pub(super) const MAX_LISTING: usize = 16 * 1024 * 1024;

/// What an entry takes besides its text.
const ENTRY: usize = 64;

/// What is below a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyListing {
    /// The keys, in byte order.
    pub keys: Vec<String>,
    /// How many names no key can be.
    pub left_out: u64,
}

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
    /// How many names no key can be.
    left_out: u64,
    /// The name before. Names that are in the same directories follow each other.
    previous: String,
    /// How much of it is directories that are keys, a `/` at the end included.
    known: usize,
}

impl<'a> Tree<'a> {
    pub(super) fn new(directory: &'a str) -> Self {
        Self { directory, entries: BTreeSet::new(), size: 0, left_out: 0, previous: String::new(), known: 0 }
    }

    /// Takes in a name below the directory, without the storage's root: a file, or a directory when it ends in `/`. The
    /// directories on the way become entries of their own.
    ///
    /// A name that no key can be (`a//b`) is left out and counted: what `list` gives, `load` must take. Its well-formed
    /// beginning still shows as a directory, for it can be deleted.
    pub(super) fn add(&mut self, name: &str) -> Result<(), TooLarge> {
        if !name.starts_with(self.directory) {
            return Ok(());
        }
        let same = name.bytes().zip(self.previous.bytes()).take_while(|(one, other)| one == other).count();
        let slash = name.bytes().take(same.min(self.known)).rposition(|byte| byte == b'/');
        let mut end = slash.map_or(0, |slash| slash + 1).max(self.directory.len());
        self.previous.clear();
        self.previous.push_str(name);
        self.known = end;
        for component in name.get(end..).unwrap_or_default().split_inclusive('/') {
            let (text, slash) = match component.strip_suffix('/') {
                Some(text) => (text, 1),
                None => (component, 0),
            };
            if !is_component(text, end == 0) {
                self.left_out = self.left_out.saturating_add(1);
                return Ok(());
            }
            end += text.len();
            let Some(entry) = name.get(..end) else { return Ok(()) };
            self.size = self.size.saturating_add(entry.len() + ENTRY);
            if self.size > MAX_LISTING {
                return Err(TooLarge);
            }
            self.entries.insert(entry.to_owned());
            end += slash;
            self.known = if slash > 0 { end } else { self.known };
        }
        Ok(())
    }

    /// The entries in byte order.
    pub(super) fn into_listing(self) -> KeyListing {
        KeyListing { keys: self.entries.into_iter().collect(), left_out: self.left_out }
    }
}

/// Whether a component leaves a key in normal form.
fn is_component(text: &str, is_first: bool) -> bool {
    let is_refused = matches!(text, "" | "." | "..") || (is_first && text.starts_with('\\'));
    !is_refused && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use proptest::prelude::*;

    fn keys(directory: &str, names: &[&str]) -> Vec<String> {
        let mut tree = Tree::new(directory);
        names.iter().for_each(|name| tree.add(name).unwrap());
        tree.into_listing().keys
    }

    /// 4.11: `exists` said yes, and a listing was empty without a word.
    #[test]
    fn what_is_left_out_is_counted() {
        for (names, left_out) in [
            (&["q//x"][..], 1),
            (&["q//", "q/"], 1),
            (&["q//x", "q//y", "q/a/./b", "q/a/./c", "q/a/d", "q/\u{1}"], 5),
            (&["q/", "q/a", "q/a/"], 0),
        ] {
            let mut tree = Tree::new("q/");
            names.iter().for_each(|name| tree.add(name).unwrap());
            assert_eq!(tree.into_listing().left_out, left_out, "{names:?}");
        }
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
        assert_eq!(keys("", &["\\a", "\\b/c", "d/\\e"]), ["d", "d/\\e"]);
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

    /// 8.2: what names have in common is looked at once. A page of 1000 names in the same 500 directories made 500 000
    /// normal forms of up to 1000 bytes each, and took 1.7 s.
    #[test]
    #[allow(clippy::disallowed_methods)] // How long it takes is what it is about.
    fn deep_names_in_the_same_directories_cost_no_more_than_their_text() {
        let deep = "a/".repeat(500);
        let names: Vec<_> = (0..1000).map(|n| format!("{deep}{n:04}")).collect();
        let begin = std::time::Instant::now();
        let mut tree = Tree::new("");
        names.iter().for_each(|name| tree.add(name).unwrap());
        assert_eq!(tree.into_listing().keys.len(), 1500);
        // About 10 ms without optimisation, where it was a minute.
        assert!(begin.elapsed() < std::time::Duration::from_millis(500), "{:?}", begin.elapsed());
    }

    proptest! {
        #[test]
        fn entries_are_all_beginnings_that_are_keys(
            names in prop::collection::vec("[a./\\\\\u{1}é]{0,8}", 0..20),
            directory in prop_oneof![Just(""), Just("a/")],
            is_sorted in any::<bool>(),
        ) {
            let mut names = names;
            if is_sorted {
                names.sort();
            }
            let mut tree = Tree::new(directory);
            names.iter().for_each(|name| tree.add(name).unwrap());
            let mut expected = BTreeSet::new();
            for name in names.iter().filter(|name| name.starts_with(directory)) {
                let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
                let entries = ends.filter(|end| *end >= directory.len()).map(|end| &name[..end]);
                expected.extend(entries.take_while(|entry| Key::is_normal(entry)).map(str::to_owned));
            }
            prop_assert_eq!(tree.into_listing().keys, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
