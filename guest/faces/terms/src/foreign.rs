//! Foreign text in the middle of a sentence: keys, paths, ids and messages, which come from a bucket, from a server or from
//! whoever named a file.

use ossicle_guest::foreign_text::is_invisible as misleads;
use std::borrow::Cow;

/// Text without what would steer a terminal or turn its letters around: each such letter is spelled out, `\u{1b}`. For
/// standard error, which is a terminal or a log that takes each line for a statement.
pub fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, |c, into| into.extend(c.escape_unicode()))
}

/// The same in quotes.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text))
}

/// Text in which each letter that misleads is replaced by what `escape` makes of it.
pub fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.chars().any(misleads) {
        return Cow::Borrowed(text);
    }
    let mut made = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if misleads(c) { escape(c, &mut made) } else { made.push(c) }
    }
    Cow::Owned(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_spelled_out() {
        assert_eq!(shown("sites/例.com"), "sites/例.com");
        assert_eq!(shown("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\u{a}");
        assert_eq!(quoted("txt\u{202e}crt\u{9b}"), "\"txt\\u{202e}crt\\u{9b}\"");
    }
}
