//! The file with the rights.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::actions::Actions;
use super::grants::{Grants, Rights};
use super::pattern::Pattern;
use crate::auth::error::AuthError;

/// In the file, the user that stands for every one.
const EVERY_USER: &str = "*";

/// The patterns of one user, each with what may be done there.
type Section = HashMap<String, Vec<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    anonymous: Section,
    #[serde(default)]
    users: HashMap<String, Section>,
}

fn grants(who: &str, section: Section) -> Result<Grants, String> {
    let mut grants = Vec::new();
    for (text, actions) in section {
        let pattern = Pattern::parse(&text).map_err(|problem| format!("{who}, pattern {text:?}: {problem}"))?;
        let mut allowed = Actions::default();
        for action in actions {
            let action = Actions::parse(&action).ok_or_else(|| {
                format!(
                    "{who}, pattern {text:?}: {action:?} is not an action, which are \"pull\", \"push\" and \"delete\""
                )
            })?;
            allowed = allowed.and(action);
        }
        grants.push((pattern, allowed));
    }
    Ok(Grants(grants))
}

impl Rights {
    /// Parses a file.
    pub fn parse(path: &Path, text: &str) -> Result<Self, AuthError> {
        let wrong = |problem: String| AuthError::File { path: path.to_owned(), problem };
        let document: Document = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let anonymous = grants("anonymous", document.anonymous).map_err(wrong)?;
        let mut users = HashMap::new();
        for (user, section) in document.users {
            let granted = grants(&format!("user {user:?}"), section).map_err(wrong)?;
            users.insert(user, granted);
        }
        let every_user = users.remove(EVERY_USER).unwrap_or_default();
        Ok(Self { anonymous, every_user, users })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_the_file_and_the_place() {
        for (text, expected) in [
            ("[users.ada]\n'a' = ['pul']", "rights.toml: user \"ada\", pattern \"a\": \"pul\" is not an action"),
            ("[anonymous]\n'A' = ['pull']", "rights.toml: anonymous, pattern \"A\": a character of this pattern"),
            ("[users.'*']\n'a/' = []", "rights.toml: user \"*\", pattern \"a/\": a component of this pattern is empty"),
            ("[user.ada]\n'a' = ['pull']", "unknown field `user`"),
            ("[users.ada]\n'a' = 'pull'", "line 2"),
            ("[users.ada", "line 1"),
        ] {
            let error = Rights::parse(Path::new("rights.toml"), text).unwrap_err().to_string();
            assert!(error.starts_with("rights.toml: ") && error.contains(expected), "{error}");
        }
    }
}
