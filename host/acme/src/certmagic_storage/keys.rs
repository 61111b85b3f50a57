//! Keys and listings as the crate certmagic writes them.

use certmagic::error::StorageError;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

/// The one spelling of a key: components separated by single slashes. certmagic gives directories with a slash at the end.
pub(super) fn canonical(key: &str) -> Result<Cow<'_, str>, StorageError> {
    match prefix(key)? {
        name if name.is_empty() => Err(StorageError::InvalidKey(key.to_owned())),
        name => Ok(name),
    }
}

/// The same for what is listed: an empty prefix is the whole storage.
pub(super) fn prefix(key: &str) -> Result<Cow<'_, str>, StorageError> {
    if key.split('/').any(|component| component == "..") {
        return Err(StorageError::InvalidKey(key.to_owned()));
    }
    if key.split('/').all(|component| !matches!(component, "" | ".")) {
        return Ok(Cow::Borrowed(key));
    }
    let components: Vec<_> = key.split('/').filter(|component| !matches!(*component, "" | ".")).collect();
    Ok(Cow::Owned(components.join("/")))
}

/// What certmagic expects of a listing, from all keys below `prefix`, directories included: the values if it is recursive;
/// otherwise the values and directories of one level, these with a slash at the end. A key that has a value and others below
/// it, which certmagic never makes, is listed as a directory.
pub(super) fn listing(prefix: &str, keys: &[&str], recursive: bool) -> Vec<String> {
    let own = if prefix.is_empty() { 0 } else { prefix.len() + 1 };
    let directories: HashSet<&str> =
        keys.iter().filter_map(|key| key.rsplit_once('/')).map(|(directory, _)| directory).collect();
    let listed: BTreeSet<String> = keys
        .iter()
        .filter_map(|&key| match key.get(own..)?.find('/') {
            _ if recursive => (!directories.contains(key)).then(|| key.to_owned()),
            Some(slash) => Some(key.get(..=own + slash)?.to_owned()),
            None => (!directories.contains(key)).then(|| key.to_owned()),
        })
        .collect();
    listed.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_spelling_and_does_not_leave_the_storage() {
        for alias in ["dir/key", "/dir/key/", "dir//key", "./dir/./key", "dir/key/."] {
            assert_eq!(canonical(alias).unwrap(), "dir/key", "{alias:?}");
        }
        assert!(matches!(canonical("dir/key").unwrap(), Cow::Borrowed(_)));
        for invalid in ["", "/", "///", ".", "./.", "..", "../key", "dir/../key"] {
            assert!(matches!(canonical(invalid), Err(StorageError::InvalidKey(_))), "{invalid:?}");
        }
        assert_eq!(prefix("/./").unwrap(), "");
    }

    #[test]
    fn a_listing_has_values_and_the_directories_of_one_level() {
        let keys = ["a/b", "a/b-c", "a/b/c.txt", "a/b/d", "a/b/d/e", "a/f.txt"];
        assert_eq!(listing("a", &keys, false), ["a/b-c", "a/b/", "a/f.txt"]);
        assert_eq!(listing("a", &keys, true), ["a/b-c", "a/b/c.txt", "a/b/d/e", "a/f.txt"]);
        let whole = ["a", "a/b", "c"];
        assert_eq!(listing("", &whole, false), ["a/", "c"]);
        assert_eq!(listing("", &whole, true), ["a/b", "c"]);
    }
}
