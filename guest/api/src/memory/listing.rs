//! Listings of the bucket in memory: the keys and entries below a directory.

use std::collections::{BTreeMap, BTreeSet};

use super::bucket::Object;
use crate::ports::Entry;

/// The keys below a directory, whose name ends with `/`, and the directories on the way.
pub(super) fn keys<'a>(all: impl Iterator<Item = &'a String>, below: &str, recursive: bool) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for key in all {
        let Some(rest) = key.strip_prefix(below) else { continue };
        let ends = rest.match_indices('/').map(|(at, _)| at).chain([rest.len()]);
        for end in ends.take(if recursive { usize::MAX } else { 1 }) {
            keys.insert(key[..below.len() + end].to_owned());
        }
    }
    keys
}

/// The entries below a directory, `/` or one without a slash at its end.
pub(super) fn entries(files: &BTreeMap<String, Object>, directory: &str, recursive: bool) -> Vec<Entry> {
    let below = if directory == "/" { "/".to_owned() } else { format!("{directory}/") };
    let paths = keys(files.keys(), &below, recursive);
    paths.into_iter().map(|path| entry(files, path)).collect()
}

fn entry(files: &BTreeMap<String, Object>, path: String) -> Entry {
    match files.get(&path) {
        Some(object) => Entry {
            path,
            is_directory: false,
            size: object.content.len() as u64,
            modified: Some(object.modified),
            etag: None,
        },
        None => Entry { path, is_directory: true, size: 0, modified: None, etag: None },
    }
}
