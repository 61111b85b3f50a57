//! Names of repositories and of tags.

use std::fmt;

/// The longest name of a repository, in bytes: distribution's limit, which clients share.
const LONGEST_NAME: usize = 255;

/// The longest tag, in bytes.
const LONGEST_TAG: usize = 128;

/// The name of a repository: components of lower-case letters and digits, separated by `/`; within a component `.`, `_`,
/// `__` or any number of `-` may stand between them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryName(String);

impl RepositoryName {
    /// The name that a string is; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= LONGEST_NAME && text.split('/').all(is_component)).then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_component(text: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends_well = |byte: Option<&u8>| byte.is_some_and(|byte| alphanumeric(*byte));
    ends_well(bytes.first())
        && ends_well(bytes.last())
        && bytes.split(|byte| alphanumeric(*byte)).all(|separator| match separator {
            b"" | b"." | b"_" | b"__" => true,
            dashes => dashes.iter().all(|byte| *byte == b'-'),
        })
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// The tag that a string is; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let starts_well = text.bytes().next().is_some_and(word);
        let goes_on_well = text.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-');
        (starts_well && goes_on_well && text.len() <= LONGEST_TAG).then(|| Self(text.to_owned()))
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repository_name_follows_the_grammar() {
        for right in ["a", "0", "a/b/c", "a.b", "a_b", "a__b", "a---b", "my-org/my.repo_1/x"] {
            assert!(RepositoryName::parse(right).is_some(), "{right}");
        }
        let long = "a".repeat(256);
        for wrong in ["", "A", "a/", "/a", "a//b", "a..b", "a___b", "a.-b", "-a", "a-", "_a", "a/_b", "a b", "ä", &long]
        {
            assert!(RepositoryName::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn tag_follows_the_grammar() {
        let longest = "a".repeat(128);
        for right in ["latest", "V1.0-rc_1", "_x", &longest] {
            assert!(Tag::parse(right).is_some(), "{right}");
        }
        let long = "a".repeat(129);
        for wrong in ["", ".a", "-a", "a/b", "a:b", "a b", "ä", &long] {
            assert!(Tag::parse(wrong).is_none(), "{wrong}");
        }
    }
}
