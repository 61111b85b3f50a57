//! Rights as they are written in a file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::actions::Actions;
use super::grants::{Grants, Rights};
use super::pattern::Pattern;

/// The name in the table of users that stands for every user.
const EVERY_USER: &str = "*";

/// The patterns of one user, each with the names of the allowed actions.
type Section = BTreeMap<String, Vec<String>>;

/// Rights as they are written in a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightsDocument {
    #[serde(default)]
    anonymous: Section,
    #[serde(default)]
    users: BTreeMap<String, Section>,
}

/// An error in the rights: for whom, in which pattern, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RightsError(String);

fn grants(who: &str, section: Section) -> Result<Grants, RightsError> {
    let mut grants = Vec::new();
    for (text, actions) in section {
        let wrong = |problem: String| RightsError(format!("{who}, pattern {text:?}: {problem}"));
        let pattern = Pattern::parse(&text).map_err(|problem| wrong(problem.to_owned()))?;
        let mut allowed = Actions::default();
        for action in actions {
            let action = Actions::parse(&action)
                .ok_or_else(|| wrong(format!("{action:?} is not an action: use \"pull\", \"push\" or \"delete\"")))?;
            allowed = allowed.union(action);
        }
        grants.push((pattern, allowed));
    }
    Ok(Grants(grants))
}

impl Rights {
    /// Checks and converts the rights of a file.
    ///
    /// # Errors
    /// If a pattern or the name of an action is invalid.
    pub fn new(document: RightsDocument) -> Result<Self, RightsError> {
        let anonymous = grants("anonymous", document.anonymous)?;
        let mut users = BTreeMap::new();
        for (user, section) in document.users {
            let granted = grants(&format!("user {user:?}"), section)?;
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
    fn error_names_the_user_and_the_pattern() {
        for (text, expected) in [
            (r#"{"users":{"ada":{"a":["pul"]}}}"#, "user \"ada\", pattern \"a\": \"pul\" is not an action"),
            (r#"{"anonymous":{"A":["pull"]}}"#, "anonymous, pattern \"A\": a character of this pattern"),
            (r#"{"users":{"*":{"a/":[]}}}"#, "user \"*\", pattern \"a/\": a component of this pattern is empty"),
        ] {
            let document: RightsDocument = serde_json::from_str(text).unwrap();
            let error = Rights::new(document).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        assert!(serde_json::from_str::<RightsDocument>(r#"{"user":{"ada":{"a":["pull"]}}}"#).is_err());
    }
}
