//! A file of rights.

use std::path::Path;

use ossicle_registry::users::{Rights, RightsDocument};

use super::error::AuthError;

/// Parses a file.
pub(super) fn parse(path: &Path, text: &str) -> Result<Rights, AuthError> {
    let wrong = |problem: String| AuthError::File { path: path.to_owned(), problem };
    let document: RightsDocument = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    Rights::new(document).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_the_file_and_the_place() {
        for (text, expected) in [
            ("[users.ada]\n'a' = ['pul']", "rights.toml: user \"ada\", pattern \"a\": \"pul\" is not an action"),
            ("[user.ada]\n'a' = ['pull']", "unknown field `user`"),
            ("[users.ada]\n'a' = 'pull'", "line 2"),
            ("[users.ada", "line 1"),
        ] {
            let error = parse(Path::new("rights.toml"), text).unwrap_err().to_string();
            assert!(error.starts_with("rights.toml: ") && error.contains(expected), "{error}");
        }
    }
}
