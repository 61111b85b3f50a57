//! A file of text that is parsed, and read again after it has changed.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::AuthError;
use crate::watched::Watched;

/// A file and what was parsed of it.
pub(super) type WatchedFile<T> = Watched<T, AuthError>;

type Parse<T> = fn(&Path, &str) -> Result<T, AuthError>;

/// Reads a file, and again whenever it has changed.
pub(super) fn open<T: Send + Sync + 'static>(path: PathBuf, parse: Parse<T>) -> Result<WatchedFile<T>, AuthError> {
    Watched::open(vec![path.clone()], move || {
        let text = fs::read_to_string(&path).map_err(|source| AuthError::Unreadable { path: path.clone(), source })?;
        parse(&path, &text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(path: &Path, text: &str) -> Result<u32, AuthError> {
        let problem = |_| AuthError::File { path: path.to_owned(), problem: "this is not a number".to_owned() };
        text.trim().parse().map_err(problem)
    }

    #[test]
    fn file_that_is_missing_or_wrong_at_the_start_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let error = open(path.clone(), number).unwrap_err();
        assert!(matches!(error, AuthError::Unreadable { .. }), "{error}");
        fs::write(&path, "x").unwrap();
        let error = open(path.clone(), number).unwrap_err();
        assert_eq!(error.to_string(), format!("{}: this is not a number", path.display()));
    }
}
