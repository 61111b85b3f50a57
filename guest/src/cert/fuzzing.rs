//! Fuzz target of the tree that a listing makes.

use super::tree::Tree;
use crate::key::Key;

/// Whatever name is listed below a directory, what the tree gives are keys.
pub(crate) fn tree(directory: &str, name: &str) {
    let Ok(directory) = Key::parse(directory) else { return };
    let directory = [directory.as_str(), "/"].concat();
    let mut tree = Tree::new(&directory);
    // A tree that is full takes no more.
    let _ = tree.add(name.to_owned(), None);
    for key in tree.into_listing().keys() {
        assert!(Key::is_normal(key));
    }
}
