//! Makes the listing of a directory from the flat names of objects. No I/O.

use crate::common_prefix::{common_prefix_length, precedes};
use crate::key::TOGETHER;

/// The most memory for the entries of one listing, in bytes. certmagic's own entries take some KiB. A shared bucket, or
/// names that consist only of `/` and so have a directory for every other byte, could fill the instance's memory.
pub(super) const MAX_LISTING: usize = 16 * 1024 * 1024;

/// The memory of an entry besides its text: about 50 bytes here, and as many again when it is passed to the host.
const ENTRY: usize = 112;

/// The entries below a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyListing {
    /// The entries, in the byte order of their keys, each key once.
    pub entries: Vec<KeyEntry>,
    /// How many names can't be keys.
    pub left_out: u64,
}

impl KeyListing {
    /// The keys of the entries.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }
}

/// An entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// The key.
    pub key: String,
    /// The value, as far as the listing shows; `None` for a directory. A key that is both is a file.
    pub value: Option<ListedValue>,
}

/// What a listing shows about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedValue {
    /// The value's size in bytes; `None` if the object's size does not determine it.
    pub size: Option<u64>,
    /// When it was last changed, in seconds since 1970.
    pub modified: u64,
}

/// The entries are more than [`MAX_LISTING`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

/// The entries found so far below one directory, from the root of the storage.
///
/// Names come in byte order, page by page, so it suffices to remember the last directory. Entries come in order as
/// well, except for files with the same name as a directory (`d`, `d-x`, `d/k`), which are sorted at the end.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    /// The directory's key and a `/`; empty for the whole storage.
    directory: &'a str,
    entries: Vec<KeyEntry>,
    /// Bytes that the entries take.
    size: usize,
    /// How many names can't be keys.
    left_out: u64,
    /// The innermost directory of the last name that is a key, with a `/` at its end.
    last: String,
}

impl<'a> Tree<'a> {
    pub(super) fn new(directory: &'a str) -> Self {
        Self { directory, entries: Vec::new(), size: 0, left_out: 0, last: directory.to_owned() }
    }

    /// Adds a name below the directory, without the storage's root: a file with this value, or a directory if it ends
    /// in `/`. The directories of the name become entries of their own, and the name itself becomes the file's key
    /// without being copied.
    ///
    /// A name that can't be a key (`a//b`) is left out and counted, because `load` must accept every key that `list`
    /// returns. Its valid beginning is still listed as a directory, because that can be deleted.
    pub(super) fn add(&mut self, name: String, value: Option<ListedValue>) -> Result<(), TooLarge> {
        let same = common_prefix_length(name.as_bytes(), self.last.as_bytes());
        if same < self.last.len() {
            let slash = name.bytes().take(same).rposition(|byte| byte == b'/');
            let known = slash.map_or(0, |slash| slash + 1);
            if known < self.directory.len() {
                return Ok(());
            }
            self.last.truncate(known);
        }
        let mut end = self.last.len();
        for component in name.get(end..).unwrap_or_default().split_inclusive('/') {
            let text = component.strip_suffix('/');
            // Reserved objects of sets are not data, but show that the directory exists, like a marker object.
            if text.unwrap_or(component) == TOGETHER {
                return Ok(());
            }
            if !is_component(text.unwrap_or(component), end == 0) {
                self.left_out = self.left_out.saturating_add(1);
                return Ok(());
            }
            end += component.len();
            if let Some(text) = text {
                self.put([self.last.as_str(), text].concat(), None)?;
                self.last.push_str(component);
            }
        }
        // A name that ends in a slash is a directory, which is an entry by now.
        if name.ends_with('/') || name.is_empty() { Ok(()) } else { self.put(name, value) }
    }

    fn put(&mut self, key: String, value: Option<ListedValue>) -> Result<(), TooLarge> {
        self.size = self.size.saturating_add(key.len() + ENTRY);
        if self.size > MAX_LISTING {
            return Err(TooLarge);
        }
        self.entries.push(KeyEntry { key, value });
        Ok(())
    }

    /// The entries in byte order.
    pub(super) fn into_listing(self) -> KeyListing {
        let Self { mut entries, left_out, .. } = self;
        // A file and a directory may have the same name. A single check covers both cases, since nearly all listings
        // need no correction.
        if !entries.is_sorted_by(|one, next| precedes(&one.key, &next.key)) {
            // The sort detects sorted runs, of which there are few, so it does little more than merge them. A file
            // sorts before a directory of the same name, and is the one that is kept.
            entries.sort_by(|one, other| {
                one.key.cmp(&other.key).then_with(|| one.value.is_none().cmp(&other.value.is_none()))
            });
            entries.dedup_by(|next, one| next.key == one.key);
        }
        KeyListing { entries, left_out }
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
    use std::collections::BTreeSet;

    const VALUE: Option<ListedValue> = Some(ListedValue { size: Some(1), modified: 2 });

    fn listing<'a>(directory: &str, names: impl IntoIterator<Item = &'a str>) -> KeyListing {
        let mut tree = Tree::new(directory);
        names.into_iter().for_each(|name| tree.add(name.to_owned(), VALUE).unwrap());
        tree.into_listing()
    }

    fn keys(directory: &str, names: &[&str]) -> Vec<String> {
        listing(directory, names.iter().copied()).keys().map(str::to_owned).collect()
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
            assert_eq!(listing("q/", names.iter().copied()).left_out, left_out, "{names:?}");
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
    fn what_sets_keep_is_hidden_and_makes_directories() {
        let names = ["d/.together/1", "d/a/.together/2", "d/b", "d/b/.together/2", "d/c.together/k"];
        let listed = listing("", names);
        assert_eq!(listed.keys().collect::<Vec<_>>(), ["d", "d/a", "d/b", "d/c.together", "d/c.together/k"]);
        assert_eq!((listed.left_out, listed.entries[2].value), (0, VALUE));
        assert_eq!(keys("d/", &["d/.together/", "d/a/"]), ["d/a"]);
    }

    #[test]
    fn a_file_and_a_directory_of_one_name_are_one_entry() {
        let listed = listing("", ["a", "a-b", "a/b", "c/d"]);
        assert_eq!(listed.keys().collect::<Vec<_>>(), ["a", "a-b", "a/b", "c", "c/d"]);
        let values: Vec<_> = listed.entries.iter().map(|entry| entry.value).collect();
        assert_eq!(values, [VALUE, VALUE, VALUE, None, VALUE], "the file stays");
    }

    #[test]
    fn is_bounded() {
        let mut tree = Tree::new("");
        let deep = "a/".repeat(500);
        let taken = (0..).take_while(|n| tree.add(format!("{n}/{deep}"), None).is_ok()).count();
        assert!((20..100).contains(&taken), "{taken} names of 1000 bytes, each with 500 directories");
        assert!(tree.entries.iter().map(|entry| entry.key.len()).sum::<usize>() <= MAX_LISTING);
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
        names.iter().for_each(|name| tree.add((*name).to_owned(), VALUE).unwrap());
        assert_eq!(tree.into_listing().entries.len(), 1500);
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
            names.iter().for_each(|name| tree.add((*name).to_owned(), VALUE).unwrap());
            let mut expected = BTreeSet::new();
            for name in names.iter().filter(|name| name.starts_with(directory)) {
                let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
                let entries = ends.filter(|end| *end >= directory.len()).map(|end| &name[..end]);
                expected.extend(entries.take_while(|entry| Key::is_normal(entry)).map(str::to_owned));
            }
            let listed = tree.into_listing();
            prop_assert!(listed.entries.iter().all(|entry| entry.value.is_some() == names.contains(&entry.key)));
            prop_assert_eq!(listed.keys().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
        }
    }
}
