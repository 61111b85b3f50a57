//! Patterns for the names of repositories.

use fast_glob::glob_match;

/// The component that stands for any number of components.
const COMPONENTS: &str = "**";

/// A pattern: components separated by `/`. In a component `*` stands for any characters, and a component `**` stands
/// for any number of components, at the end of a pattern for at least one.
#[derive(Clone, Debug)]
pub(super) struct Pattern(String);

impl Pattern {
    /// Parses a pattern.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-*/".contains(&byte);
        // This excludes braces, brackets, question marks and other characters that have a meaning in the matching
        // library.
        if !text.bytes().all(is_known) {
            return Err("a character of this pattern is in no repository's name");
        }
        for component in text.split('/') {
            if component.is_empty() {
                return Err("a component of this pattern is empty");
            }
            if component.contains(COMPONENTS) && component != COMPONENTS {
                return Err("`**` must be a component of its own");
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The pattern that matches every name.
    pub fn everything() -> Self {
        Self(COMPONENTS.to_owned())
    }

    /// Whether this pattern matches every name.
    pub fn is_everything(&self) -> bool {
        self.0 == COMPONENTS
    }

    /// Whether this pattern matches a name.
    pub fn matches(&self, name: &str) -> bool {
        glob_match(&self.0, name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_match_within_a_component_and_double_stars_across() {
        for (pattern, matching, others) in [
            ("**", &["a", "a/b", "a/b/c"][..], &[][..]),
            ("a", &["a"], &["b", "a/b", "aa"]),
            ("*", &["a", "abc"], &["a/b"]),
            ("team/*", &["team/a"], &["team", "team/a/b", "teams/a", "x/team/a"]),
            ("team/**", &["team/a", "team/a/b"], &["team", "teams/a", "x/team/a"]),
            ("**/app", &["app", "a/app", "a/b/app"], &["apps", "a/app/b"]),
            ("a/**/z", &["a/z", "a/b/z", "a/b/c/z"], &["az", "a/zz"]),
            ("app-*", &["app-", "app-one"], &["app", "app-one/b"]),
            ("*-*x", &["a-x", "-x", "a-b-x"], &["ax", "a-xy"]),
            ("a.b", &["a.b"], &["axb"]),
        ] {
            let parsed = Pattern::parse(pattern).unwrap();
            for name in matching {
                assert!(parsed.matches(name), "{pattern} {name}");
            }
            for name in others {
                assert!(!parsed.matches(name), "{pattern} {name}");
            }
            assert_eq!(parsed.is_everything(), pattern == "**");
        }
    }

    #[test]
    fn pattern_that_can_match_no_name_is_rejected() {
        for pattern in ["", "/", "a//b", "/a", "a/", "a**", "***", "A", "a b", "a?", "[ab]", "{a,b}", "ä", "a\\*"] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    /// Matches by trying every division of the name, as a model for the test.
    fn model(pattern: &[&str], name: &[&str]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some((&"**", rest)) => {
                // At the end `**` stands for at least one component.
                let least = usize::from(rest.is_empty());
                (least..=name.len()).any(|taken| model(rest, &name[taken..]))
            }
            Some((one, rest)) => {
                name.split_first().is_some_and(|(first, others)| component(one, first) && model(rest, others))
            }
        }
    }

    fn component(pattern: &str, text: &str) -> bool {
        match pattern.split_at_checked(1) {
            None => text.is_empty(),
            Some(("*", rest)) => (0..=text.len()).any(|taken| component(rest, &text[taken..])),
            Some((letter, rest)) => text.strip_prefix(letter).is_some_and(|text| component(rest, text)),
        }
    }

    proptest! {
        #[test]
        fn pattern_matches_as_the_model_says(pattern in "([ab*]{1,3}|\\*\\*)(/([ab*]{1,3}|\\*\\*)){0,3}", name in "[ab]{1,3}(/[ab]{1,3}){0,4}") {
            if let Ok(parsed) = Pattern::parse(&pattern) {
                let components: Vec<&str> = pattern.split('/').collect();
                let expected = model(&components, &name.split('/').collect::<Vec<_>>());
                prop_assert_eq!(parsed.matches(&name), expected, "{} {}", pattern, name);
            }
        }
    }
}
