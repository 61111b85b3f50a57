//! Patterns of repositories' names.

/// Stands for any number of components.
const COMPONENTS: &str = "**";

/// Stands for any characters of a component, and as a whole component for one.
const CHARACTERS: &str = "*";

/// A pattern: components separated by `/`, in which `*` stands for any characters of one component, and `**` as a component
/// for any number of components; at the end, for one at least.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// With a `*` before a `**` at the end, which then may stand for no component.
    components: Vec<String>,
    is_everything: bool,
}

/// Whether a sequence is what a pattern says, in which a star stands for any number of items, and everything else for one.
///
/// If an item is not what the pattern goes on with, the latest star takes one more. An earlier one need not: what is between both
/// was found as early as possible. So it takes at most as many steps as there are pairs.
fn matches<P, T>(pattern: &[P], items: &[T], is_star: impl Fn(&P) -> bool, is_one: impl Fn(&P, &T) -> bool) -> bool {
    let (mut place, mut at) = (0, 0);
    // Behind the latest star, and the first item that it has not taken.
    let mut latest: Option<(usize, usize)> = None;
    while let Some(item) = items.get(at) {
        match pattern.get(place) {
            Some(part) if is_star(part) => {
                place += 1;
                latest = Some((place, at));
            }
            Some(part) if is_one(part, item) => {
                place += 1;
                at += 1;
            }
            _ => {
                let Some((behind, first)) = latest else { return false };
                latest = Some((behind, first + 1));
                (place, at) = (behind, first + 1);
            }
        }
    }
    pattern.get(place..).is_some_and(|rest| rest.iter().all(is_star))
}

fn component_matches(pattern: &str, component: &str) -> bool {
    matches(pattern.as_bytes(), component.as_bytes(), |part| *part == b'*', |part, byte| part == byte)
}

impl Pattern {
    /// Parses a pattern.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-*/".contains(&byte);
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
        Ok(Self::of(text))
    }

    /// Matches every name.
    pub fn everything() -> Self {
        Self::of(COMPONENTS)
    }

    fn of(text: &str) -> Self {
        let mut components: Vec<String> = text.split('/').map(str::to_owned).collect();
        if components.last().is_some_and(|last| last == COMPONENTS) {
            components.insert(components.len() - 1, CHARACTERS.to_owned());
        }
        Self { components, is_everything: text == COMPONENTS }
    }

    /// Whether every name matches.
    pub fn is_everything(&self) -> bool {
        self.is_everything
    }

    /// Whether a name matches.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<&str> = name.split('/').collect();
        let is_one = |pattern: &String, component: &&str| component_matches(pattern, component);
        matches(&self.components, &name, |component| component == COMPONENTS, is_one)
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
    fn what_could_match_no_name_is_refused() {
        for pattern in ["", "/", "a//b", "/a", "a/", "a**", "***", "A", "a b", "a?", "[ab]", "{a,b}", "ä", "a\\*"] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    /// What a pattern means, by trying every division of the name.
    fn model(pattern: &[&str], name: &[&str]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some((&"**", rest)) => {
                // At the end it stands for one component at least, unless it is the whole pattern.
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
