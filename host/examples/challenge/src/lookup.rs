//! How a challenge is looked up.

use crate::authority;
use crate::published::Published;
use crate::request::Challenge;

/// Why it can't be told whether there is an answer. What can't be read is not taken for absent, so that the operator learns why an
/// order fails.
#[derive(Debug, PartialEq)]
pub enum LookupError<E> {
    /// The storage failed.
    Storage(E),
    /// The value of this key is no published challenge.
    Content { key: String, why: String },
}

/// The answer to a challenge, if one was published: the first that fits, of all directories. One that was left behind, of an order
/// that is over, has another token and does not hide another.
///
/// `load` loads a value of the storage, and gives none where there is none.
pub fn answer<E>(
    directories: &str,
    challenge: &Challenge,
    mut load: impl FnMut(&str) -> Result<Option<Vec<u8>>, E>,
) -> Result<Option<String>, LookupError<E>> {
    for key in authority::keys(directories, challenge) {
        // certmagic takes an empty value for none.
        let Some(value) = load(&key).map_err(LookupError::Storage)?.filter(|value| !value.is_empty()) else {
            continue;
        };
        match Published::parse(&value) {
            Ok(published) => match published.answers(challenge) {
                None => continue,
                answer => return Ok(answer),
            },
            Err(why) => return Err(LookupError::Content { key, why: why.to_string() }),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const DIRECTORIES: &str = "https://ca.example/dir https://other.example/dir";
    const GO: &str = "acme/ca.example-dir/challenge_tokens/example.com.json";
    const RUST: &str = "certificates/ca.example-dir/challenge_tokens/example.com.json";
    const OTHER: &str = "acme/other.example-dir/challenge_tokens/example.com.json";

    fn published(token: &str) -> String {
        format!(
            r#"{{"kind":"http-01","token":"{token}","identifier":"example.com","key_authorization":"{token}.thumb"}}"#
        )
    }

    fn found(values: &[(&str, &str)], token: &str) -> Result<Option<String>, LookupError<()>> {
        let values: HashMap<&str, &str> = values.iter().copied().collect();
        let challenge = Challenge { host: "example.com".to_owned(), token: token.to_owned() };
        answer(DIRECTORIES, &challenge, |key| match values.get(key) {
            Some(&"broken") => Err(()),
            value => Ok(value.map(|value| value.as_bytes().to_vec())),
        })
    }

    #[test]
    fn an_answer_is_found_wherever_it_was_published() {
        for key in [GO, RUST, OTHER] {
            let values = [(key, &*published("t-1"))];
            assert_eq!(found(&values, "t-1"), Ok(Some("t-1.thumb".to_owned())), "{key}");
            assert_eq!(found(&values, "t-2"), Ok(None), "{key}");
        }
        assert_eq!(found(&[], "t-1"), Ok(None));
    }

    #[test]
    fn what_was_left_behind_or_is_empty_hides_nothing() {
        let values = [(GO, &*published("t-1")), (RUST, ""), (OTHER, &*published("t-2"))];
        assert_eq!(found(&values, "t-2"), Ok(Some("t-2.thumb".to_owned())));
    }

    #[test]
    fn a_failure_is_not_absence() {
        let after = (OTHER, &*published("t-1"));
        assert_eq!(found(&[(GO, "broken"), after], "t-1"), Err(LookupError::Storage(())));
        let unreadable = found(&[(RUST, "no JSON"), after], "t-1");
        assert!(matches!(unreadable, Err(LookupError::Content { key, .. }) if key == RUST));
    }
}
