//! Walks a bucket's keys as every listing does: a prefix, a place to start, and groups that end at a delimiter.

use std::ops::Bound;

use super::index::{Entry, Index, Key, after_prefix};

/// What to walk.
pub(crate) struct Walk<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) delimiter: &'a str,
    /// Only what comes after this.
    pub(crate) after: &'a str,
}

/// What the walk meets.
pub(crate) enum Item<'a> {
    Key(&'a Key, &'a Entry),
    /// Everything between the prefix and the first delimiter after it, and the delimiter.
    Group(String),
}

/// Calls `visit` for every item in order until it says no. `skip` says which entries do not exist for this listing.
///
/// A group is passed by with one look-up, however many keys it has.
pub(crate) fn walk<'a>(
    index: &'a Index,
    walk: &Walk<'_>,
    skip: impl Fn(&Entry) -> bool,
    mut visit: impl FnMut(Item<'a>) -> bool,
) {
    let mut place = start(walk);
    while let Some((key, entry)) = index.seek(as_ref(&place)) {
        let text = key.as_str();
        if !text.starts_with(walk.prefix) {
            return;
        }
        if skip(entry) {
            place = Bound::Excluded(text.as_bytes().to_vec());
            continue;
        }
        match group(text, walk) {
            Some(group) => {
                let next = after_prefix(group.as_bytes());
                if !visit(Item::Group(group.to_owned())) {
                    return;
                }
                let Some(next) = next else { return };
                place = Bound::Included(next);
            }
            None => {
                if !visit(Item::Key(key, entry)) {
                    return;
                }
                place = Bound::Excluded(text.as_bytes().to_vec());
            }
        }
    }
}

/// The group a key belongs to, if it has a delimiter after the prefix.
fn group<'k>(key: &'k str, walk: &Walk<'_>) -> Option<&'k str> {
    if walk.delimiter.is_empty() {
        return None;
    }
    let rest = &key[walk.prefix.len()..];
    let found = rest.find(walk.delimiter)?;
    Some(&key[..walk.prefix.len() + found + walk.delimiter.len()])
}

fn start(walk: &Walk<'_>) -> Bound<Vec<u8>> {
    if walk.after.is_empty() || walk.after < walk.prefix {
        return Bound::Included(walk.prefix.as_bytes().to_vec());
    }
    // A page that ended with a group goes on after the whole group.
    let ends_group = walk.after.starts_with(walk.prefix) && group(walk.after, walk) == Some(walk.after);
    match after_prefix(walk.after.as_bytes()) {
        Some(next) if ends_group => Bound::Included(next),
        _ => Bound::Excluded(walk.after.as_bytes().to_vec()),
    }
}

fn as_ref(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    match bound {
        Bound::Included(bytes) => Bound::Included(bytes),
        Bound::Excluded(bytes) => Bound::Excluded(bytes),
        Bound::Unbounded => Bound::Unbounded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(keys: &[&str], prefix: &str, delimiter: &str, after: &str) -> Vec<String> {
        let mut index = Index::default();
        for key in keys {
            index.entry(key);
        }
        let mut out = Vec::new();
        walk(
            &index,
            &Walk { prefix, delimiter, after },
            |_| false,
            |item| {
                out.push(match item {
                    Item::Key(key, _) => key.as_str().to_owned(),
                    Item::Group(group) => format!("[{group}]"),
                });
                true
            },
        );
        out
    }

    #[test]
    fn groups_and_keys_in_one_order() {
        let keys = ["a", "a/1", "a/2", "a/b/3", "b", "c//d", "é/x"];
        assert_eq!(names(&keys, "", "/", ""), ["a", "[a/]", "b", "[c/]", "[é/]"]);
        assert_eq!(names(&keys, "a/", "/", ""), ["a/1", "a/2", "[a/b/]"]);
        assert_eq!(names(&keys, "c/", "/", ""), ["[c//]"]);
        assert_eq!(names(&keys, "", "", "a/2"), ["a/b/3", "b", "c//d", "é/x"]);
    }

    #[test]
    fn a_walk_goes_on_after_a_group_or_a_key() {
        let keys = ["a/1", "a/2", "b", "b/1", "c"];
        assert_eq!(names(&keys, "", "/", "a/"), ["b", "[b/]", "c"]);
        assert_eq!(names(&keys, "", "/", "b"), ["[b/]", "c"]);
        assert_eq!(names(&keys, "b", "/", "a"), ["b", "[b/]"]);
        assert_eq!(names(&keys, "", "/", "z"), Vec::<String>::new());
    }
}
